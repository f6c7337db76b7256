"""A notice to many is approved, paused, resumed and cancelled by staff, on record; and the database holds to it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.notices.announce import announce
from consents.notices.approve import SamePerson, approve
from consents.notices.attempt import Begun, Journal
from consents.notices.audience import Audience
from consents.notices.cancel import cancel
from consents.notices.claim import claim_batch
from consents.notices.finish import finish
from consents.notices.letter import Letters
from consents.notices.models import Delivery, Notice, NoticeEvent, Result
from consents.notices.outcome import SENT
from consents.notices.pause import pause
from consents.notices.resume import resume
from consents.notices.send import send_batch, send_due
from consents.notices.settle import settle
from consents.notices.skip import skip_cancelled
from consents.notices.tasks import send_due as send_due_task
from consents.notices.tell import tell
from consents.notices.turn import NotNow, who
from tests.consents.notices import DRAFTS, colleague, deeds, for_many, recipients, state, tell_all
from tests.people import subject_of

State = Notice.State
Deed = NoticeEvent.Deed


@pytest.fixture
def erin(db: None) -> User:
    """A policy editor, as Dana is among other things."""
    return colleague()


# Approval


def test_a_notice_to_few_starts_at_once_and_is_finished_when_all_is_sent(alice: User, dana: User) -> None:
    notice = tell_all(dana)
    assert (notice.state, notice.people) == (State.RUNNING, 1)
    send_due()
    assert state(notice) == State.FINISHED
    assert deeds(notice) == [(Deed.MADE, who(dana)), (Deed.FINISHED, "")]


def test_a_notice_to_very_many_waits_until_another_person_approves_it(
    alice: User, bob: User, dana: User, erin: User, settings: Settings
) -> None:
    for_many(settings, APPROVAL_SIZE=1)
    notice = tell_all(dana)
    send_due()
    assert (state(notice), mail.outbox) == (State.WAITING, [])
    approve(notice, actor=erin)
    send_due()
    assert (state(notice), len(mail.outbox)) == (State.FINISHED, 2)
    assert deeds(notice) == [(Deed.MADE, who(dana)), (Deed.APPROVED, who(erin)), (Deed.FINISHED, "")]


def test_exactly_that_many_need_no_second_person(alice: User, bob: User, dana: User, settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=2)
    assert tell_all(dana).state == State.RUNNING


def test_who_made_it_can_not_approve_it(alice: User, dana: User, settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all(dana)
    with pytest.raises(SamePerson):
        approve(notice, actor=dana)
    assert state(notice) == State.WAITING


def test_what_an_act_of_two_persons_announces_is_not_approved_again(
    alice: User, dana: User, erin: User, settings: Settings
) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all(dana, approved_by=erin)
    assert notice.state == State.RUNNING
    assert deeds(notice) == [(Deed.MADE, who(dana)), (Deed.APPROVED, who(erin))]


def test_one_person_alone_can_not_pass_for_two(alice: User, dana: User, settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    with pytest.raises(IntegrityError, match="notices_approved_by_another"), transaction.atomic():
        tell_all(dana, approved_by=dana)


def test_what_one_person_is_told_is_never_held_up(alice: User, dana: User, settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=0, CANARY=1)
    notice = tell(subject_of(alice), "erasure-cancelled", context={"reference": "PC-1"})
    with pytest.raises(NotNow) as refusal:
        pause(notice, actor=dana)
    assert "for one person" in str(refusal.value.message)
    send_due()
    assert recipients() == [alice.email]
    assert state(notice) == State.FINISHED
    assert deeds(notice) == []


def test_nobody_finds_in_the_portal_what_was_not_approved(
    alice: User, dana: User, erin: User, settings: Settings
) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all(dana)
    mine = Delivery.objects.for_subject(subject_of(alice))
    assert not mine.exists()
    approve(notice, actor=erin)
    assert mine.exists()


def test_a_notice_to_nobody_is_finished_at_once(db: None, dana: User) -> None:
    nobody = Audience("nobody", lambda: Subject.objects.filter(stage="nobody"))
    notice = announce("policy-change", DRAFTS, "", nobody, actor=dana)
    assert (state(notice), notice.people) == (State.FINISHED, 0)


# Pausing and resuming


def test_what_is_paused_waits_until_it_is_resumed(alice: User, bob: User, dana: User, erin: User) -> None:
    notice = tell_all(dana)
    pause(notice, actor=dana)
    send_due()
    assert (state(notice), mail.outbox) == (State.PAUSED, [])
    resume(notice, actor=erin)
    send_due()
    assert len(mail.outbox) == 2
    assert deeds(notice)[1:3] == [(Deed.PAUSED, who(dana)), (Deed.RESUMED, who(erin))]


def test_what_a_worker_has_taken_but_not_begun_is_not_sent_after_a_pause(alice: User, dana: User) -> None:
    notice = tell_all(dana)
    batch = claim_batch()
    pause(notice, actor=dana)
    send_batch(batch, Letters())
    assert mail.outbox == []
    resume(notice, actor=dana)
    send_due()
    assert len(mail.outbox) == 1


def test_a_paused_notice_does_not_hold_up_another_or_what_one_person_waits_for(alice: User, dana: User) -> None:
    pause(tell_all(dana), actor=dana)
    tell(subject_of(alice), "erasure-cancelled", context={"reference": "PC-1"})
    other = tell_all(dana)
    send_due()
    assert len(mail.outbox) == 2
    assert state(other) == State.FINISHED


def begun_one() -> tuple[Journal, Begun]:
    """A worker has written down that it is about to send the one mail there is."""
    batch = claim_batch()
    journal = Journal(batch.claim)
    begun = journal.begin(batch.deliveries[0])
    assert begun
    return journal, begun


def test_what_was_paused_after_its_last_mail_is_finished(alice: User, dana: User) -> None:
    notice = tell_all(dana)
    journal, begun = begun_one()
    pause(notice, actor=dana)
    delivery = Delivery.objects.get()
    journal.end(begun.attempt, delivery, SENT)
    journal.write()
    assert delivery.claim is not None
    settle([delivery.pk], [delivery.claim])
    finish({notice.pk})
    assert state(notice) == State.FINISHED


# Cancelling


def test_what_was_not_sent_is_skipped_and_says_why(alice: User, bob: User, dana: User) -> None:
    notice = tell_all(dana)
    with transaction.atomic():
        batch = claim_batch(size=1)
    send_batch(batch, Letters())
    cancel(notice, actor=dana)
    send_due_task()
    found = Delivery.objects.order_by("sent_at").values_list("state", "error")
    assert list(found) == [(Delivery.State.SENT, ""), (Delivery.State.SKIPPED, "cancelled")]
    assert (state(notice), len(mail.outbox)) == (State.CANCELLED, 1)
    assert notice.finished_at is not None
    assert deeds(notice)[-1] == (Deed.CANCELLED, who(dana))
    told = {subject: Delivery.objects.for_subject(subject_of(subject)).exists() for subject in (alice, bob)}
    assert sorted(told.values()) == [False, True], "who was not told finds nothing"


def test_what_a_worker_has_taken_is_skipped_at_once(alice: User, dana: User) -> None:
    notice = tell_all(dana)
    batch = claim_batch()
    cancel(notice, actor=dana)
    assert Delivery.objects.get().error == "cancelled"
    send_batch(batch, Letters())
    assert mail.outbox == []


def test_a_mail_on_its_way_is_waited_for_and_not_tried_again(alice: User, dana: User) -> None:
    notice = tell_all(dana)
    begun_one()
    cancel(notice, actor=dana)
    skip_cancelled()
    assert Delivery.objects.get().state == Delivery.State.SENDING
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    skip_cancelled()
    skip_cancelled()
    assert Delivery.objects.get().state == Delivery.State.SKIPPED
    assert Result.objects.get().kind == Result.Kind.UNKNOWN
    send_due()
    assert mail.outbox == []


def test_what_waits_for_approval_can_be_cancelled(alice: User, dana: User, settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all(dana)
    cancel(notice, actor=dana)
    send_due_task()
    assert Delivery.objects.get().error == "cancelled"
