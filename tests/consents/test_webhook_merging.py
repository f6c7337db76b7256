"""What systems are told once a device or a guest turned out to be somebody: what holds, under each number they know."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby, pairwise, product
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.subjects.life import open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.check import check
from consents.choices.models import Current, Method
from consents.webhooks.models import Endpoint, Message
from consents.webhooks.send import send_due
from consents.webhooks.steer import end
from tests.consents.parts import INNER, PART, WHOLE
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of
from tests.receiver import Receiver, Reply, endpoint_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(receiver: Receiver) -> Endpoint:
    make_purpose("ads")
    make_purpose("news")
    return endpoint_at(receiver.url)[0]


@pytest.fixture
def guest(db: None) -> Subject:
    return open_subject(Subject.Stage.GUEST)


def ago(minutes: int) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)


def told(endpoint: Endpoint, subject: Subject | None) -> list[tuple[str, str]]:
    """Under one number, in the order of the messages."""
    assert subject is not None
    messages = Message.objects.filter(endpoint=endpoint, subject=subject).order_by("id")
    return list(messages.values_list("purpose__slug", "decision"))


def test_what_a_guest_said_is_told_as_the_persons(shop: Endpoint, guest: Subject, alice: User) -> None:
    say(guest, ads=True, news=False)
    merge(guest, subject_of(alice))
    assert sorted(told(shop, alice.subject)) == [("ads", "granted"), ("news", "refused")]
    assert sorted(told(shop, guest)) == [("ads", "granted"), ("news", "refused")], "and not a second time as theirs"


def test_what_the_person_said_later_holds_for_the_guest_too(shop: Endpoint, guest: Subject, alice: User) -> None:
    say(guest, ads=True, said_at=ago(20))
    say(alice, ads=False, said_at=ago(10))
    merge(guest, subject_of(alice))
    assert told(shop, alice.subject) == [("ads", "refused")]
    assert told(shop, guest) == [("ads", "granted"), ("ads", "refused")]


def test_what_the_guest_said_later_holds_for_the_person_too(shop: Endpoint, guest: Subject, alice: User) -> None:
    say(alice, ads=True, said_at=ago(20))
    say(guest, ads=False, said_at=ago(10))
    merge(guest, subject_of(alice))
    assert told(shop, alice.subject) == [("ads", "granted"), ("ads", "refused")]
    assert told(shop, guest) == [("ads", "refused")]


def test_who_knows_the_guest_by_number_hears_of_a_later_withdrawal(shop: Endpoint, guest: Subject, alice: User) -> None:
    say(guest, ads=True)
    merge(guest, subject_of(alice))
    say(alice, ads=False)
    say(alice, news=True)
    assert told(shop, guest) == [("ads", "granted"), ("ads", "withdrawn"), ("news", "granted")]
    assert told(shop, alice.subject) == [("ads", "granted"), ("ads", "withdrawn"), ("news", "granted")]


def test_what_the_person_said_before_is_told_under_the_guests_number(
    shop: Endpoint, guest: Subject, alice: User
) -> None:
    say(alice, news=True)
    say(guest, ads=True)
    merge(guest, subject_of(alice))
    assert told(shop, guest) == [("ads", "granted"), ("news", "granted")]


def test_a_number_that_a_system_never_heard_of_is_not_told_to_it(shop: Endpoint, guest: Subject, alice: User) -> None:
    say(alice, ads=True)
    merge(guest, subject_of(alice))
    say(alice, ads=False)
    assert told(shop, guest) == []
    assert told(shop, alice.subject) == [("ads", "granted"), ("ads", "withdrawn")]


def test_each_system_hears_of_its_own_purposes_and_an_ended_one_of_none(
    shop: Endpoint, guest: Subject, alice: User
) -> None:
    mailer, _secret = endpoint_at("https://mail.example/", "Mailer")
    old, _secret = endpoint_at("https://old.example/", "Old")
    say(guest, ads=True, news=True, said_at=ago(20))
    say(alice, ads=False, news=False, said_at=ago(10))
    mailer.purposes.set([make_purpose("sms")])
    end(old)
    merge(guest, subject_of(alice))
    assert sorted(told(shop, guest)) == [(slug, said) for slug in ("ads", "news") for said in ("granted", "refused")]
    assert len(told(mailer, guest)) == len(told(old, guest)) == 2


def test_what_was_not_the_minors_to_allow_comes_to_an_end(shop: Endpoint, guest: Subject, mia: User) -> None:
    (event,) = say(guest, ads=True)
    merge(guest, subject_of(mia))
    assert told(shop, guest) == [("ads", "granted"), ("ads", "expired")]
    assert told(shop, mia.subject) == []
    assert Message.objects.latest("id").event_id == event.pk


def test_an_imported_refusal_takes_the_place_of_what_was_told(shop: Endpoint, guest: Subject, alice: User) -> None:
    say(alice, ads=True, said_at=ago(20))
    say(guest, ads=False, method=Method.IMPORT, said_at=ago(10))
    merge(guest, subject_of(alice))
    assert told(shop, alice.subject) == [("ads", "granted"), ("ads", "refused")]
    assert told(shop, guest) == []


def test_through_several_stages_each_number_hears_the_same(shop: Endpoint, guest: Subject, alice: User) -> None:
    device = open_subject(Subject.Stage.DEVICE)
    say(device, ads=True, said_at=ago(30))
    say(guest, ads=False, said_at=ago(20))
    merge(device, guest)
    merge(guest, subject_of(alice))
    say(alice, ads=True)
    assert told(shop, device) == [("ads", "granted"), ("ads", "refused"), ("ads", "granted")]
    assert told(shop, guest) == [("ads", "refused"), ("ads", "granted")]
    assert told(shop, alice.subject) == [("ads", "refused"), ("ads", "granted")]


def test_merging_twice_tells_once(shop: Endpoint, guest: Subject, alice: User) -> None:
    say(guest, ads=True)
    merge(guest, subject_of(alice))
    before = Message.objects.count()
    merge(guest, subject_of(alice))
    assert Message.objects.count() == before


def test_without_systems_nobody_is_told(guest: Subject, alice: User) -> None:
    make_purpose("ads")
    say(guest, ads=True)
    merge(guest, subject_of(alice))
    say(alice, ads=False)
    assert not Message.objects.exists()


def test_the_messages_arrive_in_their_order_under_each_number(
    shop: Endpoint, receiver: Receiver, guest: Subject, alice: User
) -> None:
    receiver.answer = lambda call: Reply(500)
    say(guest, ads=True, said_at=ago(20))
    send_due()
    say(alice, ads=False, said_at=ago(10))
    merge(guest, subject_of(alice))
    say(alice, ads=True)
    receiver.calls.clear()
    receiver.answer = lambda call: Reply()
    Message.objects.update(due_at=timezone.now())
    Endpoint.objects.update(rests_until=None, failures=0)
    send_due()
    heard: dict[str, list[str]] = {str(guest.pk): [], str(alice.subject_id): []}
    for call in receiver.calls:
        heard[call.content["data"]["subject"]].append(call.content["data"]["decision"])
    assert heard == {
        str(guest.pk): ["granted", "refused", "granted"],
        str(alice.subject_id): ["refused", "granted"],
    }


SAID = [None, True, False]


@pytest.mark.parametrize("guest_is_first", [True, False])
@pytest.mark.parametrize("case", list(product(SAID, SAID, SAID)), ids=str)
def test_what_was_told_last_is_what_is_answered_under_every_number(
    shop: Endpoint, guest: Subject, alice: User, case: tuple[bool | None, ...], guest_is_first: bool
) -> None:
    by_guest, by_person, afterwards = case
    moments = (ago(20), ago(10)) if guest_is_first else (ago(10), ago(20))
    people: tuple[Subject | User, ...] = (guest, alice)
    for somebody, allow, moment in zip(people, (by_guest, by_person), moments, strict=True):
        if allow is not None:
            say(somebody, ads=allow, said_at=moment)
    merge(guest, subject_of(alice))
    if afterwards is not None:
        say(alice, ads=afterwards)
    messages = Message.objects.order_by("subject", "id").values_list("subject_id", "decision")
    for number, found in groupby(messages, key=lambda each: each[0]):
        decisions = [decision for _number, decision in found]
        assert check("ads", [number]).allowed == [decisions[-1] == "granted"]
        assert all(first != second for first, second in pairwise(decisions)), "nothing twice"
    assert {number for number, _decision in messages} >= _numbers_that_spoke(case, guest, alice)


def _numbers_that_spoke(case: tuple[Any, ...], guest: Subject, alice: User) -> set[UUID | None]:
    spoke = {guest.pk: case[0], alice.subject_id: case[1]}
    return {number for number, allow in spoke.items() if allow is not None}


# A part is told with its whole


@pytest.fixture
def parts(shop: Endpoint) -> Endpoint:
    """The shop is told of the parts alone."""
    make_parts_of_ads()
    shop.purposes.set(Purpose.objects.filter(slug__in=[PART, INNER]))
    return shop


def make_parts_of_ads() -> None:
    above = Purpose.objects.get(slug=WHOLE)
    for slug in (PART, INNER):
        with transaction.atomic():
            made = make_purpose(slug)
            Purpose.objects.filter(pk=made.pk).update(parent=above)
        above = made


def allows_parts_where_the_person_refused_the_whole(guest: Subject, alice: User) -> None:
    say(guest, ads=True, said_at=ago(30))
    say(alice, ads=False, said_at=ago(20))
    say(guest, partner_ads=True, partner_mail=True, said_at=ago(10))


def test_no_system_hears_that_a_part_is_allowed_whose_whole_is_not(
    parts: Endpoint, guest: Subject, alice: User
) -> None:
    allows_parts_where_the_person_refused_the_whole(guest, alice)
    merge(guest, subject_of(alice))
    assert sorted(told(parts, guest)[-2:]) == [(PART, "expired"), (INNER, "expired")]
    assert not {(PART, "granted"), (INNER, "granted")} & set(told(parts, alice.subject))
    for number in (guest, subject_of(alice)):
        assert [check(slug, [number.pk]).allowed for slug in (PART, INNER)] == [[False], [False]]
    before = Message.objects.count()
    merge(guest, subject_of(alice))
    assert Message.objects.count() == before


def test_a_part_whose_whole_nobody_decided_any_more_is_not_told_as_allowed(
    parts: Endpoint, guest: Subject, alice: User
) -> None:
    say(alice, ads=True, partner_ads=True)
    Current.objects.filter(purpose__slug=WHOLE).delete()
    merge(guest, subject_of(alice))
    assert told(parts, subject_of(alice)) == [(PART, "granted"), (PART, "expired")]


@pytest.mark.parametrize("is_essential", [True, False])
def test_a_part_whose_whole_counts_is_told_as_it_was_decided(
    parts: Endpoint, guest: Subject, alice: User, is_essential: bool
) -> None:
    allows_parts_where_the_person_refused_the_whole(guest, alice)
    if is_essential:
        Purpose.objects.filter(slug=WHOLE).update(essential=True, legal_basis="contract")
    else:
        say(guest, ads=True)
    merge(guest, subject_of(alice))
    for number in (guest, subject_of(alice)):
        assert set(told(parts, number)[-2:]) == {(PART, "granted"), (INNER, "granted")}


@pytest.mark.parametrize("slug", [PART, INNER])
def test_what_is_done_without_asking_is_told_whatever_it_is_a_part_of(
    parts: Endpoint, guest: Subject, alice: User, slug: str
) -> None:
    allows_parts_where_the_person_refused_the_whole(guest, alice)
    Purpose.objects.filter(slug=slug).update(essential=True, legal_basis="contract")
    merge(guest, subject_of(alice))
    assert (slug, "granted") in told(parts, subject_of(alice))
    assert check(slug, [guest.pk]).allowed == [True]
