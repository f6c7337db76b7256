"""People take note of what affects them: corrections disturb nobody, a missed change still asks later."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.policies.acknowledge import acknowledge, outstanding
from consents.policies.frame import outstanding_notices, policy_in_force
from consents.policies.models import Acknowledgement, Document, Version
from tests.consents.policies import release, write
from tests.people import person, subject_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPLICIT = Acknowledgement.Method.EXPLICIT


def asked(user: User) -> list[str]:
    assert user.subject is not None
    return [version.number for version in outstanding(user.subject)]


# What is asked


def test_who_signs_up_takes_note_of_what_is_in_force(dana: User) -> None:
    release("1.0", dana, material=True)
    cookies = release("1.0", dana, material=True, document="cookies")
    with translation.override("de"):
        alice = person("Alice")
    made = Acknowledgement.objects.get(version=cookies)
    assert (made.subject, made.method, made.language) == (subject_of(alice), Acknowledgement.Method.SIGNUP, "de")
    assert asked(alice) == []


def test_what_was_announced_for_later_is_asked_of_who_joins_before_its_day(dana: User) -> None:
    release("1.0", dana)
    release("2.0", dana, material=True, effective_at=datetime.now(UTC) + timedelta(days=30))
    assert asked(person("Alice")) == ["2.0"]


def test_a_correction_disturbs_nobody(dana: User) -> None:
    release("1.0", dana)
    alice = person("Alice")
    release("1.1", dana)
    assert asked(alice) == []


def test_a_material_version_asks_from_its_announcement_on(dana: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        release("1.0", dana)
        alice = person("Alice")
        release("2.0", dana, material=True, effective_at=NOON + timedelta(days=30))
        assert asked(alice) == ["2.0"]
        clock.shift(timedelta(days=60))
        assert asked(alice) == ["2.0"]


def test_a_missed_material_version_still_asks_after_later_corrections(dana: User) -> None:
    release("1.0", dana)
    alice = person("Alice")
    release("2.0", dana, material=True)
    release("2.1", dana)
    assert asked(alice) == ["2.0"]


def test_a_later_version_covers_the_earlier_ones(dana: User) -> None:
    release("1.0", dana)
    alice = person("Alice")
    release("2.0", dana, material=True)
    third = release("3.0", dana, material=True)
    assert asked(alice) == ["2.0", "3.0"]
    acknowledge(subject_of(alice), third, method=EXPLICIT)
    assert asked(alice) == []


def test_an_earlier_version_does_not_cover_a_later_one(dana: User) -> None:
    release("1.0", dana)
    alice = person("Alice")
    second = release("2.0", dana, material=True)
    release("3.0", dana, material=True)
    acknowledge(subject_of(alice), second, method=EXPLICIT)
    assert asked(alice) == ["3.0"]


def test_one_document_does_not_cover_another_and_one_person_not_another(dana: User) -> None:
    alice, bob = person("Alice"), person("Bob")
    release("1.0", dana, material=True, document="cookies")
    privacy = release("1.0", dana, material=True)
    acknowledge(subject_of(alice), privacy, method=EXPLICIT)
    assert [version.document.slug for version in outstanding(subject_of(alice))] == ["cookies"]
    assert len(asked(bob)) == 2


def test_taking_note_in_one_language_holds_in_all(dana: User) -> None:
    alice = person("Alice")
    version = release("1.0", dana, material=True)
    with translation.override("de"):
        acknowledge(subject_of(alice), version, method=EXPLICIT)
    for language in ("en", "de"):
        with translation.override(language):
            assert asked(alice) == []
    assert Acknowledgement.objects.get().language == "de"


def test_taking_note_twice_keeps_the_first(dana: User) -> None:
    alice = person("Alice")
    version = release("1.0", dana, material=True)
    first, is_new = acknowledge(subject_of(alice), version, method=EXPLICIT)
    again, is_new_again = acknowledge(subject_of(alice), version, method=EXPLICIT)
    assert (first, is_new, is_new_again) == (again, True, False)


def test_a_draft_can_not_be_taken_note_of(alice: User) -> None:
    with pytest.raises(Refusal, match="not-published"):
        acknowledge(subject_of(alice), write("1.0"), method=EXPLICIT)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE policies_acknowledgement SET method = 'signup'",
        "DELETE FROM policies_acknowledgement",
        "TRUNCATE policies_acknowledgement",
    ],
)
def test_acknowledgements_are_only_ever_added(alice: User, dana: User, sql: str) -> None:
    acknowledge(subject_of(alice), release("1.0", dana), method=EXPLICIT)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(sql)
    assert Acknowledgement.objects.get().method == EXPLICIT


def test_the_database_refuses_a_method_that_is_none(alice: User, dana: User) -> None:
    version = release("1.0", dana)
    with pytest.raises(IntegrityError, match="policies_method_is_known"), transaction.atomic():
        Acknowledgement.objects.create(subject=subject_of(alice), version=version, method="guess", language="en")


# The frame of the pages


def test_the_frame_shows_the_newest_change_of_each_document_for_one_query_when_there_is_none(
    dana: User, django_assert_num_queries: Any
) -> None:
    release("1.0", dana)
    alice = person("Alice")
    with django_assert_num_queries(1):
        assert outstanding_notices(subject_of(alice)) == []
    release("2.0", dana, material=True)
    release("3.0", dana, material=True, effective_at=datetime.now(UTC) + timedelta(days=30))
    (notice,) = outstanding_notices(subject_of(alice))
    assert notice["title"] == "Privacy Policy is going to change."
    assert "3.0" in notice["text"]
    assert notice["href"] == "/policies/privacy/3.0/acknowledge/"


def test_the_foot_of_the_page_names_the_first_document(dana: User, django_assert_num_queries: Any) -> None:
    release("1.0", dana, document="terms")
    privacy = release("1.0", dana)
    Document.objects.filter(slug="terms").update(position=1)
    release("2.0", dana, effective_at=datetime.now(UTC) + timedelta(days=30))
    with django_assert_num_queries(1):
        found = policy_in_force()
        assert found == privacy
        assert found is not None
        assert found.get_absolute_url() == "/policies/privacy/1.0/"


def test_without_a_policy_the_frame_has_none(db: None) -> None:
    assert policy_in_force() is None


# Page and API


def test_the_page_says_what_changes_and_only_its_button_takes_note(
    alice: User, dana: User, client_for: Callable[[User], Client]
) -> None:
    release("1.0", dana)
    release("2.0", dana, material=True)
    client = client_for(alice)
    address = "/policies/privacy/2.0/acknowledge/"
    page = client.get(address).content.decode()
    assert "<strong>more</strong>" in page
    for deed in ("/policies/privacy/compare/1.0/2.0/", "/choices/", "/requests/new/access/", "/requests/new/erasure/"):
        assert deed in page
    assert asked(alice) == ["2.0"]
    client.head(address)
    assert asked(alice) == ["2.0"]
    answer = client.post(address)
    assert (answer.status_code, answer["Location"]) == (302, "/policies/privacy/2.0/")
    assert asked(alice) == []
    assert "Nothing is left to do." in client.get(address).content.decode()


def test_a_visitor_is_asked_to_sign_in_before_taking_note(dana: User, client: Client) -> None:
    release("1.0", dana, material=True)
    answer = client.post("/policies/privacy/1.0/acknowledge/")
    assert answer["Location"].startswith("/accounts/login/")
    assert not Acknowledgement.objects.exists()


def test_an_app_learns_what_is_outstanding_and_takes_note(
    alice: User, dana: User, api_for: Callable[[User], APIClient]
) -> None:
    release("1.0", dana)
    version = release("2.0", dana, material=True)
    api = api_for(alice)
    me = api.get("/api/v1/me/").json()
    assert (me["id"], me["email"], me["unread_notices"]) == (str(alice.subject_id), alice.email, 1)
    (waiting,) = me["outstanding"]
    assert (waiting["id"], waiting["document"], waiting["number"]) == (str(version.pk), "privacy", "2.0")
    assert waiting["summary"] == "We keep **more**."
    first = api.post("/api/v1/acknowledgements/", {"version": waiting["id"]}, format="json")
    again = api.post("/api/v1/acknowledgements/", {"version": waiting["id"]}, format="json")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert api.get("/api/v1/me/").json()["outstanding"] == []
    assert [made["version"] for made in api.get("/api/v1/acknowledgements/").json()["results"]] == [str(version.pk)]


def test_the_same_key_gives_the_same_answer(alice: User, dana: User, api_for: Callable[[User], APIClient]) -> None:
    version, other = release("1.0", dana), release("2.0", dana)
    api = api_for(alice)

    def post(of: Version) -> tuple[int, object]:
        answer = api.post(
            "/api/v1/acknowledgements/", {"version": str(of.pk)}, format="json", HTTP_IDEMPOTENCY_KEY="once"
        )
        return answer.status_code, answer.json().get("id")

    assert post(version) == post(version)
    assert post(other)[0] == 422


@pytest.mark.parametrize("body", [{}, {"version": "x"}, {"version": None}])
def test_an_app_that_names_no_version_is_told_so_at_the_field(
    alice: User, api_for: Callable[[User], APIClient], body: dict[str, object]
) -> None:
    answer = api_for(alice).post("/api/v1/acknowledgements/", body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert "version" in answer.json()["errors"]


def test_an_app_can_not_take_note_of_a_draft(alice: User, api_for: Callable[[User], APIClient]) -> None:
    draft = write("1.0")
    api = api_for(alice)
    for unknown in (str(draft.pk), "00000000-0000-7000-8000-000000000000"):
        answer = api.post("/api/v1/acknowledgements/", {"version": unknown}, format="json")
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:privacy-center:problem:not-published")


def test_other_peoples_acknowledgements_are_not_listed(
    alice: User, bob: User, dana: User, api_for: Callable[[User], APIClient]
) -> None:
    acknowledge(subject_of(bob), release("1.0", dana), method=EXPLICIT)
    assert api_for(alice).get("/api/v1/acknowledgements/").json()["results"] == []


def test_without_a_sign_in_the_api_tells_nothing_about_a_person(db: None) -> None:
    for path in ("me", "acknowledgements", "notices"):
        assert APIClient().get(f"/api/v1/{path}/").status_code == 401
