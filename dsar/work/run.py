"""One step from claim to result, whatever happens on the way."""

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.subjects.keys import KeyDestroyed
from dsar.datamap.systems import SourceUnavailable
from dsar.work import registry
from dsar.work.erase import RowsRemain, erase, verify
from dsar.work.finish import finish
from dsar.work.gather import gather
from dsar.work.lease import Lease, LeaseLost, claim, settle
from dsar.work.models import Plan, Step
from dsar.work.queue import queue_runnable
from dsar.work.seal import PartsLost, seal

logger = logging.getLogger(__name__)

ACTIONS: dict[str, Callable[[Step, Lease], None]] = {
    Step.Action.GATHER: gather,
    Step.Action.SEAL: seal,
    Step.Action.ERASE: erase,
    Step.Action.VERIFY: verify,
    Step.Action.FINISH: finish,
}

# Five seconds, then three times as long after each try, an hour at most: a restart is survived within a minute, a day's
# outage costs a few dozen calls.
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
# A copy waits some ten minutes for a system that is away, then it is delivered without it and says so.
TRIES_OPTIONAL = 6
# What can not be left out is tried for about half a day before staff are called.
TRIES_REQUIRED = 18
# A step whose worker died this often kills it.
TRIES_KILLED = 60


def run(step_id: str) -> None:
    """Do the step, unless somebody else does, or did."""
    step = claim(step_id)
    if step is None:
        return
    with Lease(step) as lease:
        try:
            _run(step, lease)
        except LeaseLost:
            logger.warning("Step %s was taken over by another worker", step.pk)


def _run(step: Step, lease: Lease) -> None:
    if step.attempts > TRIES_KILLED:
        put_off(step, "worker-lost")
        return
    try:
        ACTIONS[step.action](step, lease)
    except LeaseLost:
        raise
    except SourceUnavailable as unavailable:
        put_off(step, unavailable.code)
    except RowsRemain:
        put_off(step, "rows-remain")
    except PartsLost:
        put_off(step, "parts-lost")
    except KeyDestroyed:
        # Erased while it was being worked on: there is nobody left to do this for.
        settle(step, state=Step.State.CANCELLED, finished_at=timezone.now())
    except Exception as error:  # noqa: BLE001 - whatever it is, the step must not hang, and is tried again
        # Where, but not what: the message of a database's error quotes the row.
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Step %s broke: %s\n%s", step.pk, type(error).__qualname__, where)
        put_off(step, "broke")
    else:
        go_on(step)


@transaction.atomic
def go_on(step: Step) -> None:
    """Send what waited for this step. The lock puts the last two of a stage in line, so that one sees both done."""
    plan = Plan.objects.select_for_update().get(pk=step.plan_id)
    queue_runnable(plan)


@transaction.atomic
def put_off(step: Step, error: str) -> None:
    """Try again later; or, after the last try, let it be, or call staff. Raises LeaseLost."""
    plan = Plan.objects.select_for_update().get(pk=step.plan_id)
    if step.attempts < (TRIES_REQUIRED if step.required else TRIES_OPTIONAL):
        due = timezone.now() + pause(step.attempts)
        settle(step, state=Step.State.WAITING, error=error, next_try_at=due, queued_at=None)
    else:
        settle(step, state=Step.State.FAILED, error=error, finished_at=timezone.now())
        if step.required:
            plan.state = Plan.State.STUCK
            plan.save(update_fields=["state"])
            registry.tell_done(plan)
    queue_runnable(plan)


def pause(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * 3 ** min(attempts - 1, 10), LONGEST_PAUSE)
