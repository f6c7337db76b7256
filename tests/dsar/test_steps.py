"""How steps are claimed, held, lost, put off and tried again."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dsar.archives.models import Archive
from dsar.datamap.systems import Identities
from dsar.requests.models import Request
from dsar.work import run as running
from dsar.work.cancel import cancel
from dsar.work.gather import gather
from dsar.work.lease import Lease, LeaseLost, claim, settle
from dsar.work.models import Plan, Step
from dsar.work.queue import free_abandoned, queue_due
from dsar.work.retry import retry
from dsar.work.run import put_off, run
from dsar.work.start import start
from dsar.work.tasks import look_for_work, run_step
from tests.at_once import at_once
from tests.work import Helpdesk, ask_for, now, work_off


@pytest.fixture
def plan(alice, helpdesk) -> Plan:
    asked = ask_for("access", alice.subject)
    assert asked.plan
    return asked.plan


def a_step(plan: Plan, **which: str) -> Step:
    return plan.steps.filter(action=Step.Action.GATHER, **which)[0]


def a_step_taken(plan: Plan) -> Step:
    return taken(a_step(plan))


def taken(step: Step) -> Step:
    """By a worker that then does nothing."""
    mine = claim(step.pk)
    assert mine
    return mine


def test_a_plan_can_be_read_before_it_runs(alice, helpdesk):
    plan = start("erasure", alice.subject, reference="PC-1", starts_at=now() + timedelta(days=1))
    steps = plan.steps.values_list("stage", "action", "system", "required")
    assert list(steps) == [
        (0, "erase", "helpdesk", True),
        (1, "verify", "helpdesk", True),
        (2, "finish", "privacy-center", True),
    ]


def test_a_later_stage_waits_for_the_earlier_one(plan):
    seal = plan.steps.get(action=Step.Action.SEAL)
    assert claim(seal.pk) is None
    for step in plan.steps.filter(action=Step.Action.GATHER):
        run(str(step.pk))
    assert claim(seal.pk)


def test_a_step_that_is_done_is_left_alone(plan, helpdesk: Helpdesk):
    step = a_step(plan, system="helpdesk")
    for _delivery in range(3):
        run_step(str(step.pk))
    assert helpdesk.asked["rows"] == 1
    assert Step.objects.get(pk=step.pk).attempts == 1


def test_running_everything_again_changes_nothing(plan):
    work_off()
    for step in plan.steps.all():
        run_step(str(step.pk))
    assert Archive.objects.count() == 1
    assert Request.objects.get().events.filter(kind="ready").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_gets_the_step(plan):
    step, claims = a_step(plan), []
    at_once(*[lambda: claims.append(claim(step.pk))] * 2)
    assert sum(found is not None for found in claims) == 1


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_the_other_and_looks_again(plan):
    """The one that comes second stands behind the first one's lock, and must not believe what it saw before."""
    step, claims = a_step(plan), []

    def take() -> None:
        try:
            claims.append(claim(step.pk))
        finally:
            connection.close()

    with transaction.atomic():
        assert claim(step.pk)
        second = threading.Thread(target=take)
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive(), "it waits"
    second.join()
    assert claims == [None]


def test_the_step_of_a_dead_worker_is_taken_back_and_done(plan, time_machine):
    time_machine.move_to(now(), tick=False)
    step = a_step_taken(plan)
    free_abandoned()
    assert claim(step.pk) is None, "its worker may still live"
    time_machine.shift(settings.LEASE + timedelta(seconds=1))
    free_abandoned()
    run(str(step.pk))
    assert Step.objects.get(pk=step.pk).state == Step.State.DONE


def test_a_worker_that_was_taken_for_dead_writes_nothing_down(plan, time_machine):
    time_machine.move_to(now(), tick=False)
    dead = a_step_taken(plan)
    time_machine.shift(settings.LEASE + timedelta(seconds=1))
    free_abandoned()
    other = taken(dead)
    with pytest.raises(LeaseLost):
        gather(dead, Lease(dead))
    assert Step.objects.get(pk=dead.pk).holder == other.holder


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_lives_keeps_its_lease(plan, settings):
    settings.LEASE = timedelta(seconds=0.3)
    step = a_step_taken(plan)
    with Lease(step) as lease:
        threading.Event().wait(1)
        free_abandoned()
        lease.check()
        assert Step.objects.get(pk=step.pk).holder == step.holder


@pytest.mark.django_db(transaction=True)
def test_long_work_notices_that_it_lost_its_step(plan, settings):
    settings.LEASE = timedelta(seconds=0.3)
    step = a_step_taken(plan)
    Step.objects.filter(pk=step.pk).update(holder=uuid4())
    with Lease(step) as lease:
        threading.Event().wait(0.5)
        with pytest.raises(LeaseLost):
            lease.check()


def test_a_step_that_breaks_is_tried_again_and_its_error_says_no_more_than_that(plan, helpdesk, monkeypatch, caplog):
    def broken(who: Identities, _collection: str) -> None:
        raise ValueError(who.email)

    monkeypatch.setattr(helpdesk, "rows", broken)
    step = a_step(plan, system="helpdesk")
    run(str(step.pk))
    step.refresh_from_db()
    assert (step.state, step.error) == (Step.State.WAITING, "broke")
    assert step.next_try_at > timezone.now()
    assert "ValueError" in caplog.text
    assert "alice@example.org" not in caplog.text


def test_pauses_grow_and_end_at_an_hour():
    pauses = [running.pause(attempt).total_seconds() for attempt in range(1, 20)]
    assert pauses[:4] == [5, 15, 45, 135]
    assert max(pauses) == 3600


def test_a_step_that_kills_its_workers_is_given_up(plan):
    seal = plan.steps.get(action=Step.Action.SEAL)
    plan.steps.exclude(pk=seal.pk).delete()
    Step.objects.filter(pk=seal.pk).update(attempts=running.TRIES_KILLED)
    run(str(seal.pk))
    seal.refresh_from_db()
    plan.refresh_from_db()
    assert (seal.state, seal.error, plan.state) == (Step.State.FAILED, "worker-lost", Plan.State.STUCK)


def test_staff_are_called_when_what_is_needed_fails_and_can_have_it_tried_again(plan, monkeypatch, dana, client_for):
    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running, "FIRST_PAUSE", timedelta(0))
    with monkeypatch.context() as patch:
        patch.setattr("dsar.work.seal.build", full)
        work_off()
    asked = Request.objects.get()
    assert asked.state == Request.State.STUCK
    staff = client_for(dana)
    assert plan.reference in staff.get("/staff/work/plan/?state__exact=stuck").content.decode()
    staff.post("/staff/work/plan/", {"action": "try_again", "_selected_action": [str(plan.pk)]})
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.DONE
    assert list(asked.events.values_list("kind", flat=True)) == ["asked", "began", "stuck", "retried", "ready"]


def test_only_an_officer_may_have_it_tried_again(plan, dana, client_for):
    dana.groups.set(dana.groups.filter(name="auditor"))
    page = client_for(dana).get("/staff/work/plan/")
    assert page.status_code == 200
    assert "try_again" not in page.content.decode()


def test_what_is_not_stuck_is_not_tried_again(plan):
    assert retry(plan) == 0


def test_a_plan_that_began_can_not_be_cancelled(plan):
    assert not cancel(plan)


def test_a_lost_message_is_sent_again(plan, time_machine):
    time_machine.move_to(now(), tick=False)
    assert queue_due() == 0, "all were sent a moment ago"
    time_machine.shift(timedelta(seconds=61))
    assert queue_due() == plan.steps.filter(stage=0).count()


def test_beat_finds_what_was_put_off(plan, time_machine):
    time_machine.move_to(now(), tick=False)
    step = a_step_taken(plan)
    put_off(step, "unreachable")
    time_machine.shift(timedelta(seconds=6))
    look_for_work()
    assert Step.objects.get(pk=step.pk).queued_at == now()


def test_a_step_settles_once(plan):
    step = a_step_taken(plan)
    settle(step, state=Step.State.DONE, finished_at=timezone.now(), rows=0)
    with pytest.raises(LeaseLost):
        settle(step, state=Step.State.DONE, finished_at=timezone.now(), rows=0)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "running"},
        {"holder": uuid4()},
        {"state": "done", "rows": 0},
        {"state": "done", "finished_at": timezone.now()},
        {"state": "failed", "finished_at": timezone.now()},
    ],
)
def test_the_database_refuses_a_step_whose_columns_do_not_fit_its_state(plan, columns):
    with pytest.raises(IntegrityError):
        plan.steps.filter(stage=1).update(**columns)


@pytest.mark.parametrize("columns", [{"state": "waiting"}, {"state": "done"}, {"finished_at": timezone.now()}])
def test_the_database_refuses_a_plan_whose_times_do_not_fit_its_state(plan, columns):
    with pytest.raises(IntegrityError):
        Plan.objects.update(**columns)
