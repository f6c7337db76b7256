"""Mails to many per minute, in all and per domain, over all workers together."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from accounts.subjects.addresses import know
from accounts.subjects.life import open_subject
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.notices.announce import announce
from consents.notices.audience import REACHABLE
from consents.notices.models import Delivery, Notice
from consents.notices.send import send_due
from consents.notices.tell import tell
from tests.at_once import at_once
from tests.consents.notices import DRAFTS, for_many, people, recipients, tell_all
from tests.people import subject_of

State = Notice.State
NOON = datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def told(settings: Settings, **campaigns: int) -> Notice:
    """All are due at the moment of the clock; the database has its own."""
    for_many(settings, **campaigns)
    notice = tell_all()
    Delivery.objects.open().update(due_at=timezone.now())
    return notice


def test_each_minute_takes_so_many_and_the_rest_waits(
    db: None, settings: Settings, clock: time_machine.Traveller
) -> None:
    people(7)
    notice = told(settings, RATE=3)
    for sent in (3, 6, 7):
        send_due()
        send_due()
        assert len(mail.outbox) == sent
        clock.shift(timedelta(minutes=1))
    notice.refresh_from_db()
    assert notice.state == State.FINISHED
    assert not Delivery.objects.exclude(attempts=1).exists(), "waiting costs no attempt"


def test_what_is_not_needed_is_given_back(db: None, settings: Settings, clock: time_machine.Traveller) -> None:
    people(2)
    told(settings, RATE=3)
    send_due()
    tell_all()
    Delivery.objects.open().update(due_at=timezone.now())
    send_due()
    assert len(mail.outbox) == 3


def test_what_one_person_waits_for_is_never_held_up_but_counts(
    alice: User, bob: User, settings: Settings, clock: time_machine.Traveller
) -> None:
    told(settings, RATE=2)
    for user in (alice, bob):
        tell(subject_of(user), "erasure-cancelled", context={"reference": "PC-1"})
    Delivery.objects.open().update(due_at=timezone.now())
    send_due()
    assert sorted(recipients()) == [alice.email, bob.email]
    clock.shift(timedelta(minutes=1))
    send_due()
    assert len(mail.outbox) == 4


def test_one_domain_waits_its_turn_while_others_go(db: None, settings: Settings, clock: time_machine.Traveller) -> None:
    users = people(9)
    for user in users[6:]:
        User.objects.filter(pk=user.pk).update(email=f"{user.pk}@elsewhere.example")
    told(settings, DOMAIN_RATE=2)
    send_due()
    assert (
        sorted(address.rpartition("@")[2] for address in recipients())
        == ["elsewhere.example"] * 2 + ["example.org"] * 2
    )
    waiting = Delivery.objects.open().order_by("due_at").values_list("due_at", "attempts", "claim", "state")
    noon = NOON.replace(second=0)
    assert [(due - noon, *rest) for due, *rest in waiting if due] == [
        (timedelta(minutes=1), 0, None, "pending"),
        (timedelta(minutes=1), 0, None, "pending"),
        (timedelta(minutes=1), 0, None, "pending"),
        (timedelta(minutes=2), 0, None, "pending"),
        (timedelta(minutes=2), 0, None, "pending"),
    ]
    clock.shift(timedelta(minutes=1))
    send_due()
    assert len(mail.outbox) == 7
    clock.shift(timedelta(minutes=1))
    send_due()
    assert len(set(recipients())) == len(mail.outbox) == 9


def test_those_behind_a_crowded_domain_are_found(db: None, settings: Settings, clock: time_machine.Traveller) -> None:
    users = people(130)
    User.objects.filter(pk=users[-1].pk).update(email="last@elsewhere.example")
    told(settings, DOMAIN_RATE=1, CANARY=0)
    send_due()
    assert len(mail.outbox) == 2
    assert "last@elsewhere.example" in recipients()


def test_guests_count_by_the_address_that_we_know_of_them(
    db: None, settings: Settings, clock: time_machine.Traveller
) -> None:
    guests = [open_subject(Subject.Stage.GUEST) for _number in range(3)]
    for guest, domain in zip(guests, ("one.example", "one.example", ""), strict=True):
        if domain:
            know(guest, f"{guest.pk}@{domain}")
    for_many(settings, DOMAIN_RATE=1)
    announce("policy-change", DRAFTS, "", REACHABLE)
    Delivery.objects.update(due_at=timezone.now())
    send_due()
    assert len(mail.outbox) == 1
    assert Delivery.objects.get(subject=guests[2]).error == "no-address"


def test_losing_the_cache_loses_nothing_but_the_count(
    db: None, settings: Settings, clock: time_machine.Traveller
) -> None:
    people(7)
    told(settings, RATE=3)
    send_due()
    cache.clear()
    send_due()
    assert len(mail.outbox) == 6


@pytest.mark.django_db(transaction=True)
def test_the_limits_hold_for_two_workers_together(settings: Settings) -> None:
    people(60)
    with time_machine.travel(NOON, tick=False):
        told(settings, RATE=40, DOMAIN_RATE=25)
        at_once(send_due, send_due)
    assert len(mail.outbox) == len(set(recipients())) == 25
