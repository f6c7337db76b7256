"""What needs an explicit yes closes the portal and the API from its day on; nothing that is a right waits for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.notices.send import send_due
from consents.policies import gate
from consents.policies.acknowledge import acknowledge, outstanding
from consents.policies.gate import first_wanted
from consents.policies.models import Acceptance, Acknowledgement, Document, Version
from tests.consents.policies import release
from tests.consents.purposes import make_purpose
from tests.people import subject_of

Method = Acknowledgement.Method
PAGE = "/policies/privacy/2.0/acknowledge/"


@pytest.fixture(autouse=True)
def _cold() -> None:
    cache.clear()


def changed(dana: User, acceptance: Acceptance, run: Callable[..., Any]) -> Version:
    """Alice has an account since 1.0; then came 2.0."""
    Document.objects.update(acceptance=acceptance)
    with run(execute=True):
        return release("2.0", dana, material=True)


@pytest.fixture
def explicit(alice: User, dana: User, django_capture_on_commit_callbacks: Callable[..., Any]) -> Version:
    release("1.0", dana)
    return changed(dana, Acceptance.EXPLICIT, django_capture_on_commit_callbacks)


@pytest.fixture
def browser(alice: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(alice)


@pytest.mark.usefixtures("explicit")
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_every_way_into_the_portal_leads_to_the_page_that_asks(browser: Client, method: str) -> None:
    answer = getattr(browser, method)("/accounts/email/")
    assert answer.status_code == 302
    assert answer["Location"].partition("?")[0] == PAGE


@pytest.mark.usefixtures("explicit")
def test_whoever_says_yes_goes_on_where_they_were_stopped(browser: Client, alice: User) -> None:
    asked = browser.get("/accounts/email/?a=b", follow=True)
    assert "I accept version 2.0" in asked.content.decode()
    assert 'value="/accounts/email/?a=b"' in asked.content.decode()
    said = browser.post(PAGE, {"next": "/accounts/email/?a=b"})
    assert said["Location"] == "/accounts/email/?a=b"
    assert browser.get("/accounts/email/").status_code == 200
    assert Acknowledgement.objects.get(subject=subject_of(alice), method=Method.EXPLICIT).version.number == "2.0"


@pytest.mark.usefixtures("explicit")
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\0", ""]
)
def test_nobody_is_led_to_another_site(browser: Client, elsewhere: str) -> None:
    assert browser.get(PAGE, {"next": elsewhere}).context["back"] == ""
    assert browser.post(PAGE, {"next": elsewhere})["Location"] == "/policies/privacy/2.0/"


@pytest.mark.usefixtures("explicit")
@pytest.mark.parametrize(
    "path",
    [
        "/policies/",
        "/policies/privacy/",
        PAGE,
        "/choices/",
        "/notices/",
        "/requests/",
        "/requests/new/access/",
        "/requests/new/erasure/",
        "/cookies/",
        "/accounts/logout/",
        "/verify/",
    ],
)
def test_what_is_a_right_stays_open(browser: Client, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200 or "acknowledge" not in answer["Location"]


def app_of(user: User) -> APIClient:
    app = APIClient()
    app.force_login(user)
    return app


@pytest.mark.usefixtures("explicit")
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_the_api_answers_with_a_problem_and_never_with_a_page(
    alice: User, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All that the API has so far is a right; a call that is none is refused without anybody thinking of it.
    monkeypatch.setattr(gate, "CALLS", ())
    answer = getattr(app_of(alice), method)("/api/v1/acknowledgements/")
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    if method != "head":
        assert answer.json()["type"].endswith("policy-not-accepted")


@pytest.mark.usefixtures("explicit")
def test_who_has_not_said_yes_may_refuse_and_not_allow_more(alice: User, browser: Client) -> None:
    make_purpose("ads")

    def say(decision: str) -> Any:
        [choice] = app_of(alice).get("/api/v1/choices/").json()["results"] or [{}]
        said = {"purpose": "ads", "decision": decision, "text_sha256": choice.get("text_sha256")}
        return app_of(alice).post("/api/v1/choices/", {"decisions": [said]}, format="json")

    assert say("granted").status_code == 409
    assert say("refused").status_code == 201


def test_what_is_a_right_stays_open_by_api(alice: User, explicit: Version) -> None:
    app = app_of(alice)
    for path in ("me", "policies", "notices", "choices", "requests"):
        assert app.get(f"/api/v1/{path}/").status_code == 200, path
    assert app.post("/api/v1/acknowledgements/", {"version": str(explicit.pk)}, format="json").status_code == 201
    assert first_wanted(subject_of(alice)) is None


def test_a_yes_in_one_language_and_worker_holds_in_all_at_once(alice: User, explicit: Version) -> None:
    assert first_wanted(subject_of(alice)) == explicit
    acknowledge(subject_of(alice), explicit, method=Method.EXPLICIT, language="de")
    assert first_wanted(subject_of(alice)) is None


def test_what_does_not_bind_yet_stops_nobody_and_then_does(
    alice: User, dana: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    release("1.0", dana)
    Document.objects.update(acceptance=Acceptance.EXPLICIT)
    day = timezone.now() + timedelta(minutes=2)
    version = release("2.0", dana, material=True, effective_at=day)
    assert first_wanted(subject_of(alice)) is None
    with time_machine.travel(day + timedelta(seconds=1)):
        assert first_wanted(subject_of(alice)) == version


def test_a_correction_disturbs_nobody_and_excuses_from_nothing(alice: User, dana: User, explicit: Version) -> None:
    release("2.1", dana)
    assert first_wanted(subject_of(alice)) == explicit
    acknowledge(subject_of(alice), explicit, method=Method.EXPLICIT)
    release("2.2", dana)
    assert first_wanted(subject_of(alice)) is None


def test_who_was_let_through_is_stopped_by_the_next_publication(
    alice: User, dana: User, explicit: Version, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    acknowledge(subject_of(alice), explicit, method=Method.EXPLICIT)
    assert first_wanted(subject_of(alice)) is None
    third = None
    with django_capture_on_commit_callbacks(execute=True):
        third = release("3.0", dana, material=True)
    assert first_wanted(subject_of(alice)) == third


def test_the_gate_asks_the_database_once_when_cold_and_not_at_all_when_warm(alice: User, explicit: Version) -> None:
    acknowledge(subject_of(alice), explicit, method=Method.EXPLICIT)
    subject = Subject.objects.get(pk=subject_of(alice).pk)
    used = []
    for _turn in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert first_wanted(subject) is None
        used.append(len(queries))
    assert used == [1, 0]


def test_staff_and_strangers_are_not_asked(explicit: Version, dana: User, client_for: Callable[[User], Client]) -> None:
    assert client_for(dana).get("/staff/").status_code == 200
    assert "acknowledge" not in Client().get("/").headers.get("Location", "")


# By going on


def test_going_on_counts_once_the_person_was_told_and_not_before(
    alice: User,
    dana: User,
    client_for: Callable[[User], Client],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    release("1.0", dana)
    version = changed(dana, Acceptance.CONTINUED, django_capture_on_commit_callbacks)
    browser = client_for(alice)
    went_on = Acknowledgement.objects.filter(subject=subject_of(alice), method=Method.CONTINUED)
    assert browser.get("/accounts/email/").status_code == 200
    assert not went_on.exists(), "nobody told her"
    send_due()
    cache.clear()
    browser.get("/policies/privacy/")
    assert not went_on.exists(), "to read it is not to agree"
    for _turn in range(2):
        cache.clear()
        assert browser.get("/accounts/email/").status_code == 200
    assert went_on.get().version == version
    assert outstanding(subject_of(alice)) == [version], "it stays on her pages until she says that she knows"
    browser.post(PAGE)
    assert outstanding(subject_of(alice)) == []


def test_what_is_only_told_asks_for_nothing(
    alice: User,
    dana: User,
    client_for: Callable[[User], Client],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    release("1.0", dana)
    changed(dana, Acceptance.NOTICE, django_capture_on_commit_callbacks)
    send_due()
    cache.clear()
    assert client_for(alice).get("/accounts/email/").status_code == 200
    assert not Acknowledgement.objects.filter(subject=subject_of(alice), version__number="2.0").exists()
