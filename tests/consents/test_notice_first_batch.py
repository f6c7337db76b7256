"""A first batch goes before the rest; a notice whose mails fail stops by itself, and a person looks and resumes."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.users.models import User
from consents.notices.claim import claim_batch
from consents.notices.judge import so_far
from consents.notices.letter import Letters
from consents.notices.line import Line
from consents.notices.models import Delivery, Notice, NoticeEvent
from consents.notices.resume import resume
from consents.notices.send import send_batch, send_due
from tests.at_once import at_once
from tests.consents.notices import colleague, for_many, people, presses, recipients, state, tell_all

State = Notice.State
Deed = NoticeEvent.Deed


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From then on the mail server refuses this share of the mails: one in `every`."""
    answers: list[tuple[int, Exception]] = []
    count = 0
    real = Line.send

    def refusing(line: Line, message: Any) -> None:
        nonlocal count
        count += 1
        if answers and count % answers[-1][0] == 0:
            raise answers[-1][1]
        real(line, message)

    def set_answer(*, every: int, code: int = 550) -> None:
        answers.append((every, smtplib.SMTPRecipientsRefused({"x": (code, b"no")})))

    monkeypatch.setattr(Line, "send", refusing)
    return set_answer


def judged_again() -> None:
    """As if the moment between two judgements were over."""
    cache.clear()


def test_nothing_else_is_taken_until_each_of_the_first_was_tried(db: None, settings: Settings) -> None:
    for_many(settings, CANARY=3)
    people(8)
    notice = tell_all()
    first = claim_batch()
    assert len(first.deliveries) == 3
    assert claim_batch().deliveries == []
    send_batch(first, Letters())
    assert len(claim_batch().deliveries) == 5
    assert list(notice.events.order_by("pk").values_list("deed", "tried", "failed")) == [
        (Deed.MADE, None, None),
        (Deed.PASSED, 3, 0),
    ]


def test_one_run_sends_first_batch_and_rest(db: None, settings: Settings) -> None:
    for_many(settings, CANARY=3)
    people(8)
    notice = tell_all()
    send_due()
    assert len(mail.outbox) == 8
    assert state(notice) == State.FINISHED


@pytest.mark.parametrize("size", [0, 8, 9])
def test_none_is_sent_first_where_that_would_be_nobody_or_everybody(db: None, settings: Settings, size: int) -> None:
    for_many(settings, CANARY=size)
    people(8)
    assert tell_all().first_batch_to is None
    assert len(claim_batch().deliveries) == 8


def test_what_shall_be_tried_again_does_not_hold_up_the_rest(db: None, settings: Settings, refuse: Any) -> None:
    for_many(settings, CANARY=3)
    people(6)
    refuse(every=3, code=450)
    tell_all()
    send_due()
    assert len(mail.outbox) == 4
    assert Delivery.objects.filter(state=Delivery.State.PENDING).count() == 2


def test_what_a_dead_worker_held_of_it_is_taken_by_another(db: None, settings: Settings) -> None:
    for_many(settings, CANARY=3)
    people(6)
    notice = tell_all()
    claim_batch()
    Delivery.objects.filter(claim__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))
    send_due()
    assert state(notice) == State.FINISHED


def test_it_stops_by_itself_when_the_first_fail(db: None, dana: User, settings: Settings, refuse: Any) -> None:
    for_many(settings, CANARY=20)
    people(40)
    refuse(every=5)
    notice = tell_all()
    send_due()
    assert state(notice) == State.STOPPED
    assert so_far(notice) == (20, 4)
    last = notice.events.latest("pk")
    assert (last.deed, last.who, last.tried, last.failed) == (Deed.STOPPED, "", 20, 4)
    send_due()
    assert len(mail.outbox) == 16
    client = Client()
    client.force_login(dana)
    page = client.get("/staff/").content.decode()
    assert "4 of 20 mails could not be delivered." in page
    assert f"/staff/notices/notice/{notice.pk}/change/" in page


def test_as_many_as_allowed_may_fail(db: None, settings: Settings, refuse: Any) -> None:
    for_many(settings, CANARY=20, MAX_FAILURES=0.2)
    people(25)
    refuse(every=5)
    notice = tell_all()
    send_due()
    assert state(notice) == State.FINISHED


def test_of_fewer_than_twenty_nothing_is_concluded(db: None, settings: Settings, refuse: Any) -> None:
    for_many(settings, CANARY=10)
    people(15)
    refuse(every=1)
    notice = tell_all()
    send_due()
    assert state(notice) == State.FINISHED


def test_it_also_stops_when_later_ones_fail(db: None, settings: Settings, refuse: Any) -> None:
    for_many(settings, CANARY=0)
    people(130)
    notice = tell_all()
    send_batch(claim_batch(), Letters())
    refuse(every=2)
    judged_again()
    send_batch(claim_batch(), Letters())
    assert state(notice) == State.RUNNING
    judged_again()
    send_due()
    assert (state(notice), so_far(notice)) == (State.STOPPED, (100, 25))


def test_what_one_person_waits_for_goes_on_when_a_notice_stops(
    alice: User, settings: Settings, refuse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for_many(settings, CANARY=20)
    people(40)
    refuse(every=2)
    stopped, other = tell_all(), tell_all()
    send_due()
    assert {state(stopped), state(other)} == {State.STOPPED}
    Delivery.objects.filter(notice=other).update(bulk=False)
    refuse(every=1000)
    send_due()
    assert not Delivery.objects.open().filter(notice=other).exists()


def test_who_resumes_it_has_looked_and_only_new_failures_count(
    db: None, dana: User, settings: Settings, refuse: Any
) -> None:
    for_many(settings, CANARY=20)
    people(80)
    refuse(every=2)
    notice = tell_all()
    send_due()
    refuse(every=1000)
    resume(notice, actor=dana)
    event = notice.events.latest("pk")
    assert (event.tried, event.failed) == (20, 10)
    judged_again()
    send_due()
    assert state(notice) == State.FINISHED
    assert len(mail.outbox) == 70


def test_it_stops_again_when_new_ones_fail(db: None, dana: User, settings: Settings, refuse: Any) -> None:
    for_many(settings, CANARY=20)
    people(120)
    refuse(every=2)
    notice = tell_all()
    send_due()
    resume(notice, actor=dana)
    send_batch(claim_batch(), Letters())
    judged_again()
    send_due()
    assert state(notice) == State.STOPPED
    assert notice.events.filter(deed=Deed.STOPPED).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_judge_the_first_batch_once(settings: Settings) -> None:
    for_many(settings, CANARY=60)
    emails = {user.email for user in people(150)}
    notice = tell_all()
    at_once(send_due, send_due)
    send_due()
    assert set(recipients()) == emails
    assert len(mail.outbox) == 150
    assert notice.events.filter(deed=Deed.PASSED).count() == 1
    assert state(notice) == State.FINISHED


@pytest.mark.django_db(transaction=True)
def test_two_who_resume_at_once_resume_it_once(settings: Settings, refuse: Any) -> None:
    for_many(settings, CANARY=20)
    people(40)
    refuse(every=2)
    notice = tell_all()
    send_due()
    dana, erin = colleague("dana"), colleague()
    refused: list[Any] = []
    at_once(presses(resume, notice, dana, refused), presses(resume, notice, erin, refused))
    assert len(refused) == 1
    assert notice.events.filter(deed=Deed.RESUMED).count() == 1
