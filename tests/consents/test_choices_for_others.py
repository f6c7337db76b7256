"""Choices by API for somebody else: guardians decide for their minors, systems write down what people said there."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.guardians.models import Guardianship
from accounts.subjects.addresses import guest
from accounts.subjects.life import entomb, freeze
from accounts.subjects.merge import merge
from consents.catalogue.models import Purpose, PurposeText
from consents.choices.may import may
from consents.choices.models import Event, Method
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of

CHOICES = "/api/v1/choices/"


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads")
    make_purpose("mail")


def grant(slug: str) -> dict[str, str]:
    text = PurposeText.objects.get(purpose__slug=slug, language="en")
    return {"purpose": slug, "decision": "granted", "text_sha256": text.sha256}


def refusal(slug: str) -> dict[str, str]:
    return {"purpose": slug, "decision": "refused"}


def post(api: APIClient, *decisions: Any, path: str = CHOICES, **rest: Any) -> Any:
    return api.post(path, {"decisions": decisions, **rest}, format="json")


def test_a_guardian_decides_for_the_minor(api_for, bob, mia):
    api = api_for(bob)
    answer = post(api, grant("ads"), subject=str(mia.subject_id))
    assert answer.status_code == 201
    assert answer.json()["events"][0]["by_guardian"] is True
    event = Event.objects.get()
    assert (event.subject, event.actor, event.method) == (mia.subject, bob.subject, Method.APP)
    assert may(mia.subject, "ads")
    assert not may(bob.subject, "ads")


def test_a_guardian_sees_what_holds_for_the_minor_and_what_was_said(api_for, bob, mia):
    say(mia, ads=True, actor=bob)
    api, about = api_for(bob), {"subject": str(mia.subject_id)}
    held = {choice["purpose"]: choice["decision"] for choice in api.get(CHOICES, about).json()["results"]}
    assert held == {"ads": "granted", "mail": None}
    assert len(api.get(f"{CHOICES}history/", about).json()["results"]) == 1
    assert api.get(f"{CHOICES}history/").json()["results"] == []


def test_the_same_key_for_oneself_and_for_the_minor_is_two_calls(api_for, bob, mia):
    api, headers = api_for(bob), {"Idempotency-Key": "one"}
    mine, hers = {"decisions": [refusal("ads")]}, {"decisions": [refusal("ads")], "subject": str(mia.subject_id)}
    assert api.post(CHOICES, mine, format="json", headers=headers).status_code == 201
    assert api.post(CHOICES, hers, format="json", headers=headers).status_code == 422


@pytest.mark.parametrize("address", [CHOICES, f"{CHOICES}history/"])
def test_nobody_else_is_answered_about_a_person_or_told_that_they_exist(api_for, alice, charlie, mia, address):
    api = api_for(charlie)
    answers = [
        api.get(address, {"subject": str(pk)})
        for pk in (alice.subject_id, mia.subject_id, "01a20427-34ff-7398-a9c0-33af15a284a4")
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["errors"].keys() == {"subject"}


def test_nobody_else_decides_for_a_person(api_for, alice, charlie, mia):
    api = api_for(charlie)
    for pk in (alice.subject_id, mia.subject_id):
        assert post(api, refusal("ads"), subject=str(pk)).status_code == 403
    assert not Event.objects.exists()


def test_who_was_guardian_decides_no_more(api_for, bob, mia):
    Guardianship.objects.update(ended_at=timezone.now())
    assert post(api_for(bob), grant("ads"), subject=str(mia.subject_id)).status_code == 403


def test_nonsense_in_the_address_is_told(api_for, bob):
    answer = api_for(bob).get(CHOICES, {"subject": "mia"})
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {"subject"}


def test_an_app_tells_which_version_it_showed(api_for, alice):
    Purpose.objects.filter(slug="ads").update(version=3, asks_since=2)
    answer = post(api_for(alice), grant("ads") | {"version": 2})
    assert answer.json()["events"][0]["version"] == 2
    (ads,) = [row for row in api_for(alice).get(CHOICES).json()["results"] if row["purpose"] == "ads"]
    assert (ads["version"], ads["ask"]) == (2, None)


def test_an_app_is_told_when_to_ask_anew(api_for, alice):
    say(alice, ads=True, mail=True)
    Purpose.objects.filter(slug="ads").update(version=2, asks_since=2)
    results = api_for(alice).get(CHOICES).json()["results"]
    assert {row["purpose"]: row["ask"] for row in results} == {"ads": "changed", "mail": None}


def path(subject: Any) -> str:
    return f"/api/v1/subjects/{subject.pk}/choices/"


def test_a_system_writes_down_what_a_person_said_there(system_api, alice):
    api = system_api("choices:record:ads")
    evidence = {"address": "198.51.100.7", "user_agent": "Till 4"}
    answer = post(api, grant("ads"), path=path(alice.subject), client_id="till-1", evidence=evidence)
    assert answer.status_code == 201
    event = Event.objects.get()
    assert (event.actor, event.method, event.client_id) == (None, Method.API, "till-1")
    assert event.recorder.startswith("system:")
    assert event.opened_evidence() == evidence
    assert may(alice.subject, "ads")
    again = post(api, grant("ads"), path=path(alice.subject), client_id="till-1", evidence=evidence)
    assert again.json() == answer.json()
    assert Event.objects.count() == 1


def test_a_system_writes_only_what_its_scopes_name_and_then_nothing_at_all(system_api, alice):
    answer = post(system_api("choices:record:ads"), refusal("ads"), refusal("mail"), path=path(alice.subject))
    assert answer.status_code == 403
    assert "choices:record:mail" in answer.json()["detail"]
    assert post(system_api("choices:check"), refusal("ads"), path=path(alice.subject)).status_code == 403
    assert not Event.objects.exists()


def test_a_system_can_not_allow_what_only_a_guardian_may(system_api, mia):
    api = system_api("choices:record")
    assert post(api, grant("ads"), path=path(mia.subject)).status_code == 403
    assert post(api, refusal("ads"), path=path(mia.subject)).status_code == 201


def test_a_system_writes_for_the_person_that_a_guest_turned_out_to_be(system_api, alice):
    was = guest("gina@example.org")
    merge(was, subject_of(alice))
    assert post(system_api("choices:record"), grant("ads"), path=path(was)).status_code == 201
    assert may(subject_of(alice), "ads")


def test_about_the_erased_and_the_unknown_a_system_is_told_the_same(system_api, alice, bob):
    api = system_api("choices:record")
    freeze(subject_of(bob))
    assert post(api, grant("ads"), path=path(bob.subject)).status_code == 409
    entomb(subject_of(alice), evidence_until=timezone.localdate())
    erased = post(api, refusal("ads"), path=path(alice.subject))
    unknown = post(api, refusal("ads"), path="/api/v1/subjects/01a20427-34ff-7398-a9c0-33af15a284a4/choices/")
    assert erased.status_code == unknown.status_code == 404
    assert erased.content == unknown.content


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"evidence": {"address": "here"}}, "evidence"),
        ({"evidence": {"gpc": "perhaps"}}, "evidence"),
        ({"evidence": {"user_agent": "x" * 401}}, "evidence"),
        ({"evidence": []}, "evidence"),
        ({"said_at": "yesterday"}, "said_at"),
    ],
)
def test_nonsense_of_a_system_is_refused_at_its_field(system_api, alice, extra, field):
    answer = post(system_api("choices:record"), refusal("ads"), path=path(alice.subject), **extra)
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}
    assert not Event.objects.exists()


def test_people_do_not_write_there(api_for, alice):
    assert post(api_for(alice), refusal("ads"), path=path(alice.subject)).status_code == 401
