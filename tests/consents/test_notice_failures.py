"""What goes wrong with one mail stays with it: bad addresses, refusals, a mail server that is away."""

import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.users.models import User
from consents.notices.claim import claim_batch, release
from consents.notices.line import Line
from consents.notices.models import Delivery, Notice
from consents.notices.outcome import RETRIES
from consents.notices.send import send_due
from tests.consents.notices import recipients, tell_all, with_smtp
from tests.people import subject_of

State = Delivery.State


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Exception], None]:
    """Makes the mail server answer with an error for one address."""
    errors: dict[str, Exception] = {}
    real = Line.send

    def refusing(line: Line, message: Any) -> None:
        if error := errors.get(message.to[0]):
            raise error
        real(line, message)

    monkeypatch.setattr(Line, "send", refusing)
    return errors.__setitem__


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such bob@example.org")}), State.FAILED, "smtp-550"),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"greylisted")}), State.PENDING, "smtp-450"),
        (smtplib.SMTPDataError(554, b"spam"), State.FAILED, "smtp-554"),
        (smtplib.SMTPDataError(421, b"closing"), State.PENDING, "smtp-421"),
        (smtplib.SMTPSenderRefused(530, b"sign in first", "x"), State.PENDING, "sender-530"),
        (smtplib.SMTPServerDisconnected("gone"), State.PENDING, "connection"),
        (TimeoutError(), State.PENDING, "connection"),
        (RuntimeError("a mistake of ours"), State.PENDING, "internal"),
    ],
)
def test_one_bad_address_does_not_stop_the_others(
    alice: User, bob: User, charlie: User, refuse: Any, error: Exception, state: str, reason: str
) -> None:
    refuse(bob.email, error)
    tell_all()
    send_due()
    assert sorted(recipients()) == [alice.email, charlie.email]
    delivery = Delivery.objects.get(subject=subject_of(bob))
    assert (delivery.state, delivery.error) == (state, reason)
    assert (Notice.objects.get().finished_at is None) == (state == State.PENDING)


def test_an_address_that_is_none_fails_for_good(alice: User, bob: User, settings: Settings) -> None:
    User.objects.filter(pk=bob.pk).update(email="bob@example.org, eve@example.org")
    tell_all()
    Delivery.objects.filter(subject=subject_of(bob)).update(due_at=timezone.now() - timedelta(days=1))
    with_smtp(settings)
    send_due()
    assert Delivery.objects.get(subject=subject_of(bob)).error == "invalid-address"
    assert Delivery.objects.get(subject=subject_of(alice)).state == State.SENT


def test_temporary_failures_are_tried_again_later_and_later_and_then_given_up(alice: User, refuse: Any) -> None:
    refuse(alice.email, smtplib.SMTPRecipientsRefused({"x": (451, b"later")}))
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        tell_all()
        Delivery.objects.update(due_at=timezone.now())
        for number, wait in enumerate(RETRIES, start=1):
            send_due()
            delivery = Delivery.objects.get()
            assert (delivery.attempts, delivery.state) == (number, State.PENDING)
            assert delivery.due_at == timezone.now() + wait
            clock.shift(wait)
        send_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (State.FAILED, "smtp-451")
    assert Notice.objects.get().finished_at is not None


def test_a_mail_server_that_does_not_answer_costs_no_attempt(alice: User, bob: User, settings: Settings) -> None:
    with_smtp(settings, port=9)
    tell_all()
    send_due()
    assert set(Delivery.objects.values_list("state", "attempts", "claim")) == {(State.PENDING, 0, None)}
    assert not Delivery.objects.due(timezone.now()).exists()


def test_what_was_not_attempted_is_given_back(alice: User, bob: User) -> None:
    tell_all()
    batch = claim_batch()
    release(batch, wait=timedelta(0))
    assert len(claim_batch().deliveries) == 2
