from datetime import UTC, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.subjects.life import freeze
from consents.catalogue.models import PurposeText
from consents.choices.may import may
from consents.choices.models import Event, Method
from tests.consents.purposes import make_purpose, say

CHOICES = "/api/v1/choices/"


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads", de="Werbung")
    make_purpose("mail")
    make_purpose("service", essential=True)


def words(slug: str, language: str = "en") -> str:
    return PurposeText.objects.get(purpose__slug=slug, language=language).sha256


def grant(slug: str, language: str = "en") -> dict[str, str]:
    return {"purpose": slug, "decision": "granted", "text_sha256": words(slug, language)}


def refusal(slug: str) -> dict[str, str]:
    return {"purpose": slug, "decision": "refused"}


def post(api: APIClient, *decisions: Any, headers: dict[str, str] | None = None, **rest: Any) -> Any:
    return api.post(CHOICES, {"decisions": decisions, **rest}, format="json", headers=headers)


def test_nobody_is_answered_without_a_sign_in(client):
    for path in (CHOICES, "/api/v1/choices/history/", "/api/v1/receipts/01a20427-34ff-7398-a9c0-33af15a284a4/"):
        response = client.get(path)
        assert response.status_code == 401
        assert response.headers["Content-Type"] == "application/problem+json"
    assert client.post(CHOICES, {}, content_type="application/json").status_code == 401


def test_staff_who_are_nobodys_subject_have_no_choices(client_for, dana):
    assert client_for(dana).get(CHOICES).status_code == 403


def test_every_optional_purpose_is_listed_the_undecided_too(api_for, alice):
    [event] = say(alice, ads=True)
    results = api_for(alice).get(CHOICES).json()["results"]
    by_purpose = {result["purpose"]: result for result in results}
    assert by_purpose.keys() == {"ads", "mail"}
    assert by_purpose["mail"] == {
        "purpose": "mail",
        "name": "Mail",
        "decision": None,
        "allowed": False,
        "since": None,
        "version": None,
        "expires_at": None,
        "ask": "undecided",
        "receipt": None,
        "decided_text_sha256": None,
        "text_sha256": words("mail"),
    }
    ads = by_purpose["ads"]
    assert (ads["decision"], ads["receipt"], ads["decided_text_sha256"]) == ("granted", str(event.pk), words("ads"))
    assert ads["since"].endswith("Z")
    assert ads["allowed"]


def test_what_was_granted_is_not_allowed_once_erasure_was_asked(api_for, alice):
    say(alice, ads=True)
    api = api_for(alice)
    freeze(alice.subject)
    [ads] = [result for result in api.get(CHOICES).json()["results"] if result["purpose"] == "ads"]
    assert (ads["decision"], ads["allowed"]) == ("granted", False)


def test_unchanged_choices_answer_304_and_changed_ones_do_not(api_for, alice):
    api = api_for(alice)
    etag = api.get(CHOICES).headers["ETag"]
    assert api.get(CHOICES, headers={"If-None-Match": etag}).status_code == 304
    say(alice, ads=False)
    assert api.get(CHOICES, headers={"If-None-Match": etag}).status_code == 200


def test_a_batch_is_recorded_and_answered_with_its_events(api_for, alice):
    said_at = (timezone.now() - timedelta(hours=2)).replace(microsecond=0)
    response = post(
        api_for(alice),
        grant("ads", "de"),
        refusal("mail"),
        client_id="phone-1",
        said_at=said_at.isoformat(),
        language="de",
    )
    assert response.status_code == 201
    first, second = response.json()["events"]
    assert (first["purpose"], first["decision"], first["language"]) == ("ads", "granted", "de")
    assert (second["purpose"], second["decision"], second["text_sha256"]) == ("mail", "refused", None)
    assert first["said_at"] == said_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert {event.method for event in Event.objects.all()} == {Method.APP}
    event = Event.objects.get(pk=first["id"])
    assert (event.client_id, event.said_at, event.actor) == ("phone-1", said_at, None)
    assert may(alice.subject, "ads")


def test_withdrawing_is_the_same_call(api_for, alice):
    api = api_for(alice)
    post(api, grant("ads"))
    assert post(api, refusal("ads")).json()["events"][0]["decision"] == "withdrawn"
    assert not may(alice.subject, "ads")


def test_a_browser_session_may_call_too_and_is_recorded_as_the_api(client_for, alice):
    response = client_for(alice).post(CHOICES, {"decisions": [refusal("ads")]}, content_type="application/json")
    assert response.status_code == 201
    assert Event.objects.get().method == Method.API


def test_the_same_batch_under_its_client_id_is_recorded_once_and_answered_the_same(api_for, alice):
    api = api_for(alice)
    first, second = (post(api, grant("ads"), refusal("mail"), client_id="one") for _time in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert Event.objects.count() == 2


def test_another_batch_under_a_used_client_id_is_refused(api_for, alice):
    api = api_for(alice)
    post(api, grant("ads"), client_id="one")
    response = post(api, refusal("ads"), client_id="one")
    assert response.status_code == 409
    assert response.json()["errors"].keys() == {"client_id"}


def test_an_idempotency_key_acts_once(api_for, alice):
    api, key = api_for(alice), {"Idempotency-Key": "k1"}
    first, second = (post(api, grant("ads"), headers=key) for _time in range(2))
    assert first.json() == second.json()
    assert Event.objects.count() == 1
    assert post(api, refusal("ads"), headers=key).status_code == 422


def test_an_old_choice_made_offline_does_not_override_a_newer_one(api_for, alice):
    say(alice, ads=False)
    response = post(api_for(alice), grant("ads"), said_at=(timezone.now() - timedelta(days=2)).isoformat())
    assert response.status_code == 201
    assert not may(alice.subject, "ads")


NONSENSE: list[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "decisions"),
    ({"decisions": []}, 400, "decisions"),
    ({"decisions": "ads"}, 400, "decisions"),
    ({"decisions": [None]}, 400, "decisions"),
    ({"decisions": [{}]}, 400, "decisions"),
    ({"decisions": [{"purpose": "ads", "decision": "withdrawn"}]}, 400, "decisions"),
    ({"decisions": [{"purpose": "ads", "decision": True}]}, 400, "decisions"),
    ({"decisions": [{"purpose": "a\0b", "decision": "refused"}]}, 400, "body"),
    ({"decisions": [{"purpose": "ads", "decision": "refused", "text_sha256": "short"}]}, 400, "decisions"),
    ({"decisions": [refusal("ads")] * 201}, 400, "decisions"),
    ({"decisions": [refusal("ads")], "client_id": "x" * 65}, 400, "client_id"),
    ({"decisions": [refusal("ads")], "client_id": "with space"}, 400, "client_id"),
    ({"decisions": [refusal("ads")], "said_at": "yesterday"}, 400, "said_at"),
    ({"decisions": [refusal("ads")], "said_at": "9999-12-31T23:59:59-12:00"}, 400, "said_at"),
    ({"decisions": [refusal("ads")], "language": "!"}, 400, "language"),
    ({"decisions": [refusal("ads")], "said_at": "2999-01-01T00:00:00Z"}, 422, "said_at"),
    ({"decisions": [refusal("nonsense")]}, 422, "decisions.0.purpose"),
    ({"decisions": [refusal("ads"), refusal("ads")]}, 422, "decisions.1.purpose"),
    ({"decisions": [refusal("service")]}, 422, "decisions.0.purpose"),
    ({"decisions": [refusal("mail"), refusal("ads") | {"text_sha256": "f" * 64}]}, 422, "decisions.1.text_sha256"),
    ({"decisions": [{"purpose": "ads", "decision": "granted"}]}, 422, "decisions.0.text_sha256"),
    ({"decisions": [refusal("ads") | {"version": 2}]}, 422, "decisions.0.version"),
    ({"decisions": [refusal("ads") | {"version": 0}]}, 400, "decisions"),
    ({"decisions": [refusal("ads") | {"version": 1e9}]}, 400, "decisions"),
    ({"decisions": [refusal("ads")], "subject": "alice"}, 400, "subject"),
    ({"decisions": [refusal("ads")], "subject": "01a20427-34ff-7398-a9c0-33af15a284a4"}, 403, "subject"),
]


@pytest.mark.parametrize(("body", "status", "field"), NONSENSE)
def test_nonsense_is_a_problem_that_names_the_field_and_stores_nothing(api_for, alice, body, status, field):
    response = api_for(alice).post(CHOICES, body, format="json")
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    if field:
        assert field in problem["errors"]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "decisions"),
        (b"{", "body"),
        (b"\xff", "body"),
        (b'{"decisions": [{"purpose": "\xc3\x28", "decision": "refused"}]}', "body"),
        (b'{"decisions": [], "decisions": []}', "decisions"),
        (b'{"decisions": [{"purpose": "ads", "decision": "refused", "decision": "granted"}]}', "decision"),
        (b'{"decisions": NaN}', "body"),
        (b'{"a": ' + b"[" * 100_000, "body"),
    ],
)
def test_what_is_not_json_is_a_problem_too(api_for, alice, body, field):
    response = api_for(alice).post(CHOICES, body, content_type="application/json")
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["errors"].keys() == {field}
    assert not Event.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"\\ud800"'])
def test_json_that_is_no_object_is_a_problem_too(api_for, alice, body):
    response = api_for(alice).post(CHOICES, body, content_type="application/json")
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"


def test_half_of_a_surrogate_pair_is_a_problem_too(api_for, alice):
    body = b'{"decisions": [{"purpose": "\\ud800", "decision": "refused"}]}'
    response = api_for(alice).post(CHOICES, body, content_type="application/json")
    assert response.status_code in {400, 422}
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("minutes", [5, 6])
def test_a_clock_five_minutes_ahead_is_told_so(api_for, alice, minutes):
    said_at = timezone.now() + timedelta(minutes=minutes, seconds=1)
    response = post(api_for(alice), refusal("ads"), said_at=said_at.isoformat())
    assert response.status_code == 422
    assert response.json()["errors"].keys() == {"said_at"}
    assert not Event.objects.exists()


def test_two_megabytes_are_too_large(api_for, alice):
    body = b'{"decisions": [], "client_id": "' + b"x" * 2_000_000 + b'"}'
    response = api_for(alice).post(CHOICES, body, content_type="application/json")
    assert response.status_code == 413
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["errors"].keys() == {"body"}


def test_a_minor_is_told_that_the_guardian_must_allow(api_for, mia):
    response = post(api_for(mia), grant("ads"))
    assert response.status_code == 403
    assert response.json()["type"] == "urn:privacy-center:problem:guardian-needed"
    assert not Event.objects.exists()
    assert post(api_for(mia), refusal("ads")).status_code == 201


def test_while_erasure_is_asked_refusing_works_and_allowing_does_not(api_for, alice):
    api = api_for(alice)
    freeze(alice.subject)
    assert post(api, grant("ads")).status_code == 409
    assert post(api, refusal("ads")).status_code == 201


def test_the_history_is_ones_own_newest_first_and_paged(api_for, alice, bob):
    say(bob, ads=True)
    for allow in (True, False, True):
        say(alice, ads=allow)
    api = api_for(alice)
    first = api.get("/api/v1/choices/history/?page_size=2").json()
    second = api.get(first["next"]).json()
    events = [*first["results"], *second["results"]]
    assert [event["decision"] for event in events] == ["granted", "withdrawn", "granted"]
    assert second["next"] is None
    assert events[0]["text_sha256"] == words("ads")


@pytest.mark.parametrize("cursor", ["nonsense", "cD0x", "%ff"])
def test_a_nonsense_cursor_is_a_problem(api_for, alice, cursor):
    response = api_for(alice).get(f"/api/v1/choices/history/?cursor={cursor}")
    assert response.status_code in {400, 404}
    assert response.headers["Content-Type"] == "application/problem+json"


def test_listing_costs_the_same_for_one_decision_and_for_many(api_for, alice, django_assert_max_num_queries):
    api = api_for(alice)
    say(alice, ads=True)
    for path in (CHOICES, "/api/v1/choices/history/"):
        with django_assert_max_num_queries(30) as first:
            api.get(path)
        for number in range(10):
            say(alice, ads=bool(number % 2), mail=True)
        with django_assert_max_num_queries(len(first.captured_queries)):
            api.get(path)
