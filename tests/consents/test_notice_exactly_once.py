"""Everybody who is told gets one mail, whatever happens to the workers; and the database holds to it."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.users.models import User
from consents.notices.attempt import Journal
from consents.notices.claim import claim_batch, kept
from consents.notices.letter import Letters
from consents.notices.models import Attempt, Delivery, Notice
from consents.notices.outcome import RETRIES, SENT
from consents.notices.send import send_batch, send_due
from tests.at_once import at_once
from tests.consents.notices import people, recipients, tell_all
from tests.people import subject_of

State = Delivery.State


def test_sending_twice_sends_once(alice: User, bob: User) -> None:
    tell_all()
    send_due()
    send_due()
    assert sorted(recipients()) == [alice.email, bob.email]
    assert Notice.objects.get().finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once() -> None:
    emails = {user.email for user in people(120)}
    tell_all()
    at_once(send_due, send_due)
    assert len(mail.outbox) == len(emails)
    assert set(recipients()) == emails
    assert not Delivery.objects.exclude(state=State.SENT).exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_another_transaction_is_claiming_is_passed_over() -> None:
    people(3)
    tell_all()
    found: list[int] = []

    def work() -> None:
        try:
            found.append(len(claim_batch().deliveries))
        finally:
            connection.close()

    with transaction.atomic():
        assert len(claim_batch(size=2).deliveries) == 2
        # Without SKIP LOCKED it would wait here for ever.
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(timeout=10)
    assert found == [1]


def test_what_a_dead_worker_held_is_sent_when_its_lease_is_over(alice: User, settings: Settings) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        tell_all()
        Delivery.objects.update(due_at=timezone.now())
        assert len(claim_batch().deliveries) == 1
        send_due()
        assert mail.outbox == []
        clock.shift(settings.LEASE)
        send_due()
        assert recipients() == [alice.email]


def test_of_a_dead_workers_batch_only_the_one_in_flight_may_come_twice(
    settings: Settings, db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    people(5)

    class Killed(BaseException):
        """Nothing catches it, as nothing catches SIGKILL."""

    def die_after_the_third(journal: Journal, *args: Any) -> None:
        if len(mail.outbox) == 3:
            raise Killed
        real(journal, *args)

    real = Journal.end
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        notice = tell_all()
        Delivery.objects.update(due_at=timezone.now())
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "end", die_after_the_third)
            with pytest.raises(Killed):
                send_due()
        assert Delivery.objects.filter(state=State.SENDING).count() == 5
        clock.shift(settings.LEASE)
        send_due()
    assert len(mail.outbox) == 6
    assert len(set(recipients())) == 5
    twice = [message for message in mail.outbox if recipients().count(message.to[0]) == 2]
    assert len({message.message()["Message-ID"] for message in twice}) == 1
    assert notice.unknown_attempts == 1
    assert "is unknown" in caplog.text
    assert "@example.org" not in caplog.text


def test_a_worker_that_lost_its_lease_sends_nothing_more(alice: User) -> None:
    tell_all()
    batch = claim_batch()
    Delivery.objects.update(due_at=timezone.now())
    claim_batch()
    send_batch(batch, Letters())
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_a_living_worker_keeps_its_lease(settings: Settings) -> None:
    settings.LEASE = timedelta(milliseconds=60)
    people(1)
    tell_all()
    batch = claim_batch()
    before = Delivery.objects.get().due_at
    renewed = threading.Event()

    def watch() -> bool:
        assert before is not None
        return bool((Delivery.objects.get().due_at or before) > before + settings.LEASE)

    with kept(batch):
        deadline = timezone.now() + timedelta(seconds=10)
        while not watch() and timezone.now() < deadline:
            renewed.wait(0.01)
        assert watch()


def left_behind(number: int) -> Attempt:
    """An attempt whose worker died, and the time of its lease is over."""
    batch = claim_batch()
    (delivery,) = batch.deliveries
    Delivery.objects.update(attempts=number - 1)
    delivery.refresh_from_db()
    assert Journal(batch.claim).begin(delivery)
    Delivery.objects.update(due_at=timezone.now())
    return Attempt.objects.latest("number")


def test_a_message_that_kills_every_worker_is_given_up(alice: User) -> None:
    tell_all()
    left_behind(len(RETRIES) + 1)
    send_due()
    assert mail.outbox == []
    assert Delivery.objects.get().error == "unknown"


def test_what_is_unknown_stays_unknown_when_its_worker_comes_back(alice: User) -> None:
    notice = tell_all()
    attempt = left_behind(1)
    late = Journal(attempt.claim)
    late.end(attempt.pk, attempt.delivery, SENT)
    send_due()
    late.write()
    assert notice.unknown_attempts == 1
    assert list(Attempt.objects.order_by("number").values_list("number", "result__kind")) == [
        (1, "unknown"),
        (2, "accepted"),
    ]


def test_nobody_begins_what_somebody_else_has_begun(alice: User) -> None:
    tell_all()
    batch = claim_batch()
    (delivery,) = batch.deliveries
    assert Journal(batch.claim).begin(delivery)
    send_batch(batch, Letters())
    assert mail.outbox == []


# What the database holds


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "sent"},
        {"state": "sending"},
        {"state": "failed", "due_at": None},
        {"state": "skipped", "due_at": None},
        {"due_at": None},
        {"state": "sent", "due_at": None, "sent_at": datetime(2026, 1, 1, tzinfo=UTC), "address": b"x"},
        {"state": "lost", "due_at": None},
    ],
)
def test_the_columns_of_a_delivery_fit_its_state(alice: User, columns: dict[str, Any]) -> None:
    tell_all()
    with pytest.raises(IntegrityError, match="notices_state_has_its_columns"), transaction.atomic():
        Delivery.objects.update(**columns)


def test_a_person_is_told_once(alice: User) -> None:
    notice = tell_all()
    with pytest.raises(IntegrityError, match="notices_told_once"), transaction.atomic():
        Delivery.objects.create(notice=notice, subject=subject_of(alice), language="en")


@pytest.mark.parametrize("link", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "x"])
def test_a_link_leads_nowhere_else(db: None, link: str) -> None:
    with pytest.raises(IntegrityError, match="notices_link_is_a_path"), transaction.atomic():
        Notice.objects.create(kind="x", link=link)
