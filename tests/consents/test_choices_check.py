"""Systems ask before they act; the answer is that of `may`, for thousands as for one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.subjects.addresses import address_hash, guest
from accounts.subjects.life import entomb, freeze, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.check import NoSuchPurpose, check, check_addresses
from consents.choices.may import may
from consents.choices.models import Current, Event
from tests.consents.purposes import make_purpose, say
from tests.people import person, subject_of

CHECK = "/api/v1/choices/check/"


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads")
    make_purpose("service", essential=True)


@pytest.fixture
def mailer(system_api: Callable[..., APIClient]) -> APIClient:
    return system_api("choices:check:ads")


def ask(api: APIClient, purpose: str = "ads", **question: Any) -> Any:
    return api.post(CHECK, {"purpose": purpose, **question}, format="json")


def situations() -> dict[str, Subject]:
    """People in everything that may matter, most of them with a yes from before."""

    def allowing(name: str) -> User:
        user = person(name, password=None)
        say(user, ads=True)
        return user

    people = {name: allowing(name) for name in ("allows", "withdrew", "ended", "ends", "outdated", "froze", "left")}
    people |= {name: person(name, password=None) for name in ("undecided", "refuses")}
    say(people["refuses"], ads=False)
    say(people["withdrew"], ads=False)
    mine = {name: Current.objects.filter(subject=user.subject) for name, user in people.items()}
    mine["ended"].update(expires_at=timezone.now() - timedelta(seconds=1))
    mine["ends"].update(expires_at=timezone.now() + timedelta(hours=1))
    mine["outdated"].update(version=0)
    freeze(subject_of(people["froze"]))
    entomb(subject_of(people["left"]), evidence_until=timezone.localdate())
    return {name: subject_of(user) for name, user in people.items()} | {
        "guest": guest("gina@example.org"),
        "device": open_subject(Subject.Stage.DEVICE),
    }


@pytest.mark.parametrize("purpose", ["ads", "service"])
@pytest.mark.parametrize("retired", [False, True])
def test_the_answer_is_that_of_may_whatever_happened(purpose, retired):
    people = situations()
    if retired:
        Purpose.objects.update(retired_at=timezone.now())
    expected = {name: may(subject, purpose) for name, subject in people.items()}
    answers = check(purpose, [subject.pk for subject in people.values()])
    assert dict(zip(people, answers.allowed, strict=True)) == expected
    if purpose == "ads" and not retired:
        assert {name for name, allowed in expected.items() if allowed} == {"allows", "ends"}


def test_answers_come_in_the_order_of_the_question_and_as_often(mailer, alice, bob):
    say(alice, ads=True)
    asked = [str(pk) for pk in (bob.subject_id, alice.subject_id, uuid4(), alice.subject_id)]
    answer = ask(mailer, subjects=asked)
    assert answer.status_code == 200
    assert answer.json() == {
        "purpose": "ads",
        "results": [
            {"subject": pk, "allowed": allowed} for pk, allowed in zip(asked, [False, True, False, True], strict=True)
        ],
    }


def test_people_are_found_by_the_keyed_hashes_of_their_addresses(mailer, alice, bob):
    say(alice, ads=True)
    asked = [address_hash(address) for address in ("bob@example.org", "nobody@example.org", "Alice@Example.org")]
    results = ask(mailer, address_hashes=asked).json()["results"]
    assert [result["address_hash"] for result in results] == asked
    assert [result["allowed"] for result in results] == [False, False, True]


def test_a_plain_hash_without_the_key_finds_nobody(mailer, alice):
    import hashlib

    say(alice, ads=True)
    plain = hashlib.sha256(b"alice@example.org").hexdigest()
    assert ask(mailer, address_hashes=[plain]).json()["results"][0]["allowed"] is False


def test_a_guest_who_joined_is_asked_about_as_who_they_are(alice):
    was = guest("gina@example.org")
    say(was, ads=True)
    merge(was, subject_of(alice))
    hashes = [address_hash("gina@example.org")]
    for answers in (check("ads", [was.pk], with_people=True), check_addresses("ads", hashes, with_people=True)):
        assert answers == (False, [True], [alice.subject_id])
    freeze(subject_of(alice))
    assert check("ads", [was.pk, alice.subject_id]).allowed == [False, False]


def test_a_withdrawal_holds_for_the_next_question(mailer, alice):
    say(alice, ads=True)
    assert ask(mailer, subjects=[str(alice.subject_id)]).json()["results"][0]["allowed"]
    say(alice, ads=False)
    assert not ask(mailer, subjects=[str(alice.subject_id)]).json()["results"][0]["allowed"]


def test_it_takes_one_statement_however_many_are_asked_about(alice, django_assert_num_queries):
    say(alice, ads=True)
    with django_assert_num_queries(1):
        answers = check("ads", [alice.subject_id, *(uuid4() for _number in range(9_999))])
    assert answers.allowed == [True] + [False] * 9_999
    assert answers.people is None


def test_a_call_takes_two_statements_and_the_next_of_the_same_second_one(
    mailer, alice, django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr("accounts.calls.systems.REMEMBERED_FOR", 60)
    for statements in (2, 1):
        with django_assert_num_queries(statements):
            ask(mailer, subjects=[str(alice.subject_id)])


def test_whoever_may_be_written_to_comes_with_a_link_where_it_is_wanted(system_api, alice, bob, client):
    api = system_api("choices:check")
    say(alice, ads=True)
    asked = [str(alice.subject_id), str(bob.subject_id)]
    yes, no = ask(api, subjects=asked, unsubscribe=True).json()["results"]
    assert no == {"subject": str(bob.subject_id), "allowed": False}
    client.post(yes["unsubscribe"].removeprefix("http://testserver"), {"List-Unsubscribe": "One-Click"})
    assert not may(subject_of(alice), "ads")
    # What the service needs can not be ended.
    assert "unsubscribe" not in ask(api, "service", subjects=asked, unsubscribe=True).json()["results"][0]


def test_a_purpose_that_nobody_knows_is_a_mistake_to_be_told(system_api, alice):
    answer = ask(system_api("choices:check"), "adz", subjects=[str(alice.subject_id)])
    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"purpose"}
    with pytest.raises(NoSuchPurpose):
        check_addresses("adz", ["0" * 64])


def test_a_system_asks_only_about_the_purposes_of_its_scopes(mailer, alice):
    answer = ask(mailer, "service", subjects=[str(alice.subject_id)])
    assert answer.status_code == 403
    assert "choices:check:service" in answer.json()["detail"]


def test_people_do_not_ask_here(api_for, alice):
    assert ask(api_for(alice), subjects=[str(alice.subject_id)]).status_code == 401


@pytest.mark.parametrize("question", ["subjects", "address_hashes"])
def test_the_short_way_and_the_long_way_answer_the_same(mailer, alice, bob, question):
    """An Accept header of some length makes it the long one."""
    say(alice, ads=True)
    asked: dict[str, Any] = {"subjects": [str(alice.subject_id), str(bob.subject_id)]}
    if question == "address_hashes":
        asked = {"address_hashes": [address_hash("alice@example.org"), "0" * 64]}
    body = {"purpose": "ads", **asked}
    short, long = (
        mailer.post(CHECK, body, format="json", headers={"Accept": accept})
        for accept in ("application/json", "application/json, */*;q=0.1")
    )
    assert "Allow" in long.headers
    assert "Allow" not in short.headers
    assert short.content == long.content
    assert short["Content-Type"] == long["Content-Type"]


def test_the_short_way_is_throttled_as_the_long_one(mailer, alice, monkeypatch, time_machine):
    time_machine.move_to(datetime.now(UTC), tick=False)
    monkeypatch.setattr("accounts.calls.throttling.SystemThrottle.rate", "2/min", raising=False)
    asked = [str(alice.subject_id)]
    assert [ask(mailer, subjects=asked).status_code for _number in range(3)] == [200, 200, 429]


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({}, "subjects"),
    ({"subjects": [str(uuid4())], "address_hashes": ["0" * 64]}, "subjects"),
    ({"subjects": []}, "subjects"),
    ({"subjects": "all"}, "subjects"),
    ({"subjects": {"id": 1}}, "subjects"),
    ({"subjects": None}, "subjects"),
    ({"subjects": [str(uuid4()), 7]}, "subjects"),
    ({"subjects": [str(uuid4()), "alice@example.org"]}, "subjects"),
    ({"subjects": [uuid4().hex]}, "subjects"),
    ({"subjects": [str(uuid4())] * 10_001}, "subjects"),
    ({"address_hashes": ["alice@example.org"]}, "address_hashes"),
    ({"address_hashes": ["0" * 63]}, "address_hashes"),
    ({"address_hashes": [None]}, "address_hashes"),
    ({"subjects": [str(uuid4())], "unsubscribe": "perhaps"}, "unsubscribe"),
    ({"subjects": [str(uuid4())], "purpose": "x" * 65}, "purpose"),
    ({"subjects": [str(uuid4())], "purpose": ["ads"]}, "purpose"),
    ({"subjects": [str(uuid4())], "purpose": None}, "purpose"),
]


@pytest.mark.parametrize(("question", "field"), NONSENSE)
def test_nonsense_is_refused_at_its_field(mailer, question, field):
    answer = ask(mailer, **question)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"].keys() == {field}


def test_asking_leaves_no_trace_about_the_person(mailer, alice):
    ask(mailer, subjects=[str(alice.subject_id)])
    assert not Event.objects.exists()
