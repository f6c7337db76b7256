"""What can not be done with a notice to many is refused in words, and by the database itself."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.notices.approve import approve
from consents.notices.cancel import cancel
from consents.notices.models import Delivery, Notice, NoticeEvent
from consents.notices.pause import pause
from consents.notices.resume import resume
from consents.notices.send import send_due
from consents.notices.skip import skip_cancelled
from consents.notices.turn import NotNow
from tests.at_once import at_once
from tests.consents.notices import colleague, deeds, for_many, people, presses, recipients, state, tell_all

State = Notice.State
Deed = NoticeEvent.Deed


@pytest.fixture
def erin(db: None) -> User:
    return colleague()


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
