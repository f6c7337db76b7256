"""A plain call that records choices goes a short way. Nobody can tell it from the long one but by the clock."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from accounts.subjects.life import freeze
from consents.catalogue.models import PurposeText
from consents.choices.models import Event, Method
from tests.consents.purposes import make_purpose

CHOICES = "/api/v1/choices/"
# An Accept header of some length makes it the long way.
SHORT, LONG = {"Accept": "application/json"}, {"Accept": "application/json, */*;q=0.1"}


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads")
    # The same words in two languages: only the caller's tells which were shown.
    make_purpose("mail", de="Mail")
    make_purpose("service", essential=True)


def grant(**rest: Any) -> dict[str, Any]:
    text = PurposeText.objects.get(purpose__slug="ads", language="en").sha256
    return {"decisions": [{"purpose": "ads", "decision": "granted", "text_sha256": text}], **rest}


def call(api: APIClient, body: Any, headers: dict[str, str]) -> Any:
    return api.post(CHOICES, body, format="json", headers=headers)


def test_both_ways_answer_the_same(api_for, alice):
    api, body = api_for(alice), grant(client_id=uuid4().hex)
    short, long = (call(api, body, headers) for headers in (SHORT, LONG))
    assert short.status_code == long.status_code == 201
    assert "Allow" in long.headers
    assert "Allow" not in short.headers
    assert short.content == long.content
    for header in ("Content-Type", "Content-Length", "X-Content-Type-Options"):
        assert short[header] == long[header]
    [event] = Event.objects.all()
    assert event.method == Method.APP


def test_both_ways_know_the_language_of_the_caller(api_for, alice):
    api = api_for(alice)
    german = PurposeText.objects.get(purpose__slug="mail", language="de").sha256
    body = {"decisions": [{"purpose": "mail", "decision": "granted", "text_sha256": german}]}
    answers = [call(api, body, headers | {"Accept-Language": "de"}).json() for headers in (SHORT, LONG)]
    assert [answer["events"][0]["language"] for answer in answers] == ["de", "de"]


def test_a_host_that_is_not_ours_is_answered_by_neither_way(api_for, alice, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    api = api_for(alice)
    for headers in (SHORT, LONG):
        assert call(api, grant(), headers | {"Host": "elsewhere.example"}).status_code == 400
    assert not Event.objects.exists()


def test_both_ways_keep_the_same_evidence(api_for, alice):
    api = api_for(alice)
    for headers in (SHORT, LONG):
        call(api, grant(), headers | {"User-Agent": "An app", "Sec-GPC": "1"})
    one, other = Event.objects.all()
    assert one.evidence == other.evidence
    assert "An app" in one.evidence


REFUSED: list[tuple[Any, int]] = [
    ([], 400),
    ({}, 400),
    ({"decisions": [{"purpose": "adz", "decision": "refused"}]}, 422),
    ({"decisions": [{"purpose": "service", "decision": "refused"}]}, 422),
    ({"decisions": [{"purpose": "ads", "decision": "granted", "text_sha256": "0" * 64}]}, 422),
    ({"decisions": [{"purpose": "ads", "decision": "refused"}], "subject": str(UUID(int=0))}, 403),
]


@pytest.mark.parametrize(("body", "status"), REFUSED)
def test_both_ways_refuse_the_same(api_for, alice, body, status):
    api = api_for(alice)
    short, long = (call(api, body, headers) for headers in (SHORT, LONG))
    assert short.status_code == long.status_code
    assert short.content == long.content
    assert short["Content-Type"] == "application/problem+json"
    assert short.status_code == status
    assert not Event.objects.exists()


@pytest.mark.parametrize("headers", [SHORT, LONG])
def test_a_token_that_nobody_has_opens_neither_way(alice, headers):
    api = APIClient()
    api.credentials(HTTP_X_SESSION_TOKEN="x" * 32)
    assert call(api, grant(), headers).status_code == 401
    assert not Event.objects.exists()


@pytest.mark.parametrize("headers", [SHORT, LONG])
def test_staff_who_are_nobodys_subject_are_let_in_by_neither_way(api_for, dana, headers):
    assert call(api_for(dana), grant(), headers).status_code == 403


@pytest.mark.parametrize("headers", [SHORT, LONG])
def test_whoever_asked_for_erasure_allows_nothing_by_either_way(api_for, alice, headers):
    api = api_for(alice)
    freeze(alice.subject)
    assert call(api, grant(), headers).status_code == 409
    assert not Event.objects.exists()


def test_a_repeat_under_an_idempotency_key_acts_once(api_for, alice):
    api, body = api_for(alice), grant()
    one, other = (call(api, body, SHORT | {"Idempotency-Key": "once"}) for _turn in range(2))
    assert one.json() == other.json()
    assert Event.objects.count() == 1


def test_calls_of_both_ways_are_counted_together_and_once(api_for, alice, monkeypatch, time_machine):
    time_machine.move_to(datetime.now(UTC), tick=False)
    monkeypatch.setattr("accounts.calls.throttling.PersonThrottle.THROTTLE_RATES", {"person": "4/min"})
    api = api_for(alice)
    turns: list[tuple[Any, dict[str, str]]] = [({}, SHORT), ({}, LONG), (grant(), SHORT), (grant(), LONG)]
    assert [call(api, body, headers).status_code for body, headers in turns] == [400, 400, 201, 201]
    assert [call(api, grant(), headers).status_code for headers in (SHORT, LONG)] == [429, 429]
    assert Event.objects.count() == 2
