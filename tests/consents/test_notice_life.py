"""A notice to many is approved, paused, resumed and cancelled by staff, on record; and the database holds to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.notices.announce import announce
from consents.notices.approve import SamePerson, approve
from consents.notices.audience import Audience
from consents.notices.cancel import cancel
from consents.notices.claim import claim_batch
from consents.notices.models import Delivery, Notice, NoticeEvent
from consents.notices.pause import pause
from consents.notices.resume import resume
from consents.notices.send import send_batch, send_due
from consents.notices.skip import skip_cancelled
from consents.notices.tasks import send_due as send_due_task
from consents.notices.tell import tell
from consents.notices.turn import NotNow, who
from tests.at_once import at_once
from tests.consents.notices import DRAFTS, colleague, for_many, people, recipients, tell_all
from tests.people import subject_of

State = Notice.State
Deed = NoticeEvent.Deed


@pytest.fixture
def erin(db: None) -> User:
    """A policy editor, as Dana is among other things."""
    return colleague()


def deeds(notice: Notice) -> list[tuple[str, str]]:
    return list(notice.events.order_by("pk").values_list("deed", "who"))


def state(notice: Notice) -> str:
    notice.refresh_from_db()
    return notice.state


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
    nobody = Audience("nobody", lambda: subject_of_nobody())
    notice = announce("policy-change", DRAFTS, "", nobody, actor=dana)
    assert (state(notice), notice.people) == (State.FINISHED, 0)


def subject_of_nobody() -> Any:
    from accounts.subjects.models import Subject

    return Subject.objects.filter(pk=None)


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
    send_batch(batch)
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


def test_what_was_paused_after_its_last_mail_is_finished(alice: User, dana: User) -> None:
    notice = tell_all(dana)
    batch = claim_batch()
    Delivery.objects.update(state=Delivery.State.SENDING)
    pause(notice, actor=dana)
    send_batch(batch)
    from consents.notices.finish import finish

    finish({notice.pk})
    assert state(notice) == State.FINISHED


# Cancelling


def test_what_was_not_sent_is_skipped_and_says_why(alice: User, bob: User, dana: User) -> None:
    notice = tell_all(dana)
    with transaction.atomic():
        batch = claim_batch(size=1)
    send_batch(batch)
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
    send_batch(batch)
    assert mail.outbox == []


def test_a_mail_on_its_way_is_waited_for_and_not_tried_again(alice: User, dana: User) -> None:
    notice = tell_all(dana)
    claim_batch()
    Delivery.objects.update(state=Delivery.State.SENDING)
    cancel(notice, actor=dana)
    skip_cancelled()
    assert Delivery.objects.get().state == Delivery.State.SENDING
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    skip_cancelled()
    skip_cancelled()
    assert Delivery.objects.get().state == Delivery.State.SKIPPED
    send_due()
    assert mail.outbox == []


def test_what_waits_for_approval_can_be_cancelled(alice: User, dana: User, settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    notice = tell_all(dana)
    cancel(notice, actor=dana)
    send_due_task()
    assert Delivery.objects.get().error == "cancelled"


# What can not be done


@pytest.mark.parametrize(
    ("now", "refused"),
    [
        (State.RUNNING, [approve, resume]),
        (State.PAUSED, [approve, pause]),
        (State.WAITING, [pause, resume]),
        (State.CANCELLED, [approve, pause, resume, cancel]),
        (State.FINISHED, [approve, pause, resume, cancel]),
        (State.STOPPED, [approve, pause]),
    ],
)
def test_a_deed_that_does_not_fit_is_refused_in_words(
    alice: User, dana: User, erin: User, now: str, refused: list[Callable[..., Notice]], settings: Settings
) -> None:
    for_many(settings, APPROVAL_SIZE=0 if now == State.WAITING else 10)
    notice = tell_all(dana)
    before: dict[str, Callable[[], object]] = {
        State.PAUSED: lambda: pause(notice, actor=dana),
        State.CANCELLED: lambda: cancel(notice, actor=dana),
        State.FINISHED: send_due,
        State.STOPPED: lambda: Notice.objects.update(state=State.STOPPED),
    }
    before.get(now, lambda: None)()
    events = len(deeds(notice))
    for deed in refused:
        with pytest.raises(NotNow) as refusal, transaction.atomic():
            deed(notice, actor=erin)
        assert f"“{State(now).label}”" in str(refusal.value.message)
    assert state(notice) == now
    assert len(deeds(notice)) == events


@pytest.mark.parametrize("duty", [Duty.AUDITOR, Duty.SUPPORT, None])
@pytest.mark.parametrize("deed", [approve, pause, resume, cancel])
def test_only_officers_and_editors_steer(alice: User, duty: Duty | None, deed: Callable[..., Notice]) -> None:
    notice = tell_all()
    with pytest.raises(PermissionDenied):
        deed(notice, actor=colleague("frank", duty))
    assert state(notice) == State.RUNNING


def presses(deed: Callable[..., Notice], notice: Notice, actor: User, refused: list[NotNow]) -> Callable[[], None]:
    def press() -> None:
        try:
            deed(notice, actor=actor)
        except NotNow as refusal:
            refused.append(refusal)

    return press


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("deed", "then"), [(pause, State.PAUSED), (cancel, State.CANCELLED)])
def test_of_two_who_press_at_once_one_is_told_that_it_was_done(deed: Callable[..., Notice], then: str) -> None:
    people(2)
    dana, erin = colleague("dana", Duty.OFFICER), colleague()
    notice = tell_all(dana)
    refused: list[NotNow] = []
    at_once(presses(deed, notice, dana, refused), presses(deed, notice, erin, refused))
    assert len(refused) == 1
    assert state(notice) == then
    assert len(deeds(notice)) == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_is_the_second_person(settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    people(1)
    notice = tell_all(colleague("dana", Duty.OFFICER))
    refused: list[NotNow] = []
    at_once(*(presses(approve, notice, colleague(name), refused) for name in ("erin", "frank")))
    assert len(refused) == 1
    assert [deed for deed, _who in deeds(notice)] == [Deed.MADE, Deed.APPROVED]


@pytest.mark.django_db(transaction=True)
def test_cancelling_while_workers_send_loses_and_doubles_nothing() -> None:
    people(60)
    dana = colleague("dana", Duty.OFFICER)
    notice = tell_all(dana)
    at_once(send_due, send_due, lambda: cancel(notice, actor=dana))
    skip_cancelled()
    counts = {state: Delivery.objects.filter(state=state).count() for state in ("sent", "skipped")}
    assert sum(counts.values()) == 60
    assert counts["sent"] == len(set(recipients())) == len(recipients())


# What the database holds


@pytest.mark.parametrize(
    ("before", "sql", "complaint"),
    [
        ("", "UPDATE notices_notice SET state = 'waiting'", "can not become waiting"),
        ("", "UPDATE notices_notice SET state = 'finished'", "notices_state_of_notice"),
        ("", "UPDATE notices_notice SET finished_at = now()", "notices_state_of_notice"),
        ("", "UPDATE notices_notice SET state = 'lost'", "can not become lost"),
        ("", "UPDATE notices_notice SET two_persons = true", "notices_second_person"),
        ("", "UPDATE notices_notice SET made_by = 'staff:x'", "can not change"),
        ("", "UPDATE notices_notice SET approved_by = made_by", "notices_approved_by_another"),
        (
            "UPDATE notices_notice SET approved_by = 'x'",
            "UPDATE notices_notice SET approved_by = 'y'",
            "can not change",
        ),
        (
            "UPDATE notices_notice SET state = 'cancelled'",
            "UPDATE notices_notice SET state = 'running'",
            "can not become running",
        ),
        ("", "UPDATE notices_noticeevent SET who = 'x'", "can not change"),
        ("", "DELETE FROM notices_noticeevent", "can not change"),
        ("", "TRUNCATE notices_noticeevent", "can not change"),
        (
            "",
            "INSERT INTO notices_noticeevent (notice_id, deed, who) SELECT id, 'paused', '' FROM notices_notice",
            "by_",
        ),
        (
            "",
            "INSERT INTO notices_noticeevent (notice_id, deed, who) SELECT id, 'stopped', '' FROM notices_notice",
            "_by",
        ),
    ],
)
def test_the_database_refuses(alice: User, dana: User, before: str, sql: str, complaint: str) -> None:
    tell_all(dana)
    with connection.cursor() as cursor:
        # Foreign keys wait for the end of the transaction, and TRUNCATE would not start before.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if before:
            cursor.execute(before)
        with pytest.raises(IntegrityError, match=complaint), transaction.atomic():
            cursor.execute(sql)


def test_the_database_refuses_to_let_go_what_nobody_approved(alice: User, dana: User, settings: Settings) -> None:
    for_many(settings, APPROVAL_SIZE=0)
    tell_all(dana)
    for columns in ({"state": State.RUNNING}, {"two_persons": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.update(**columns)
    with pytest.raises(IntegrityError, match="can not become paused"), transaction.atomic():
        Notice.objects.update(state=State.PAUSED)
