"""Sending steps to the workers. A message carries an id and may be lost, doubled or late: the row is what counts."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dsar.work.models import Plan, Step

# Sent by one look at what is due; the next look comes 5 s later.
BATCH = 1000


def queue_runnable(plan: Plan) -> int:
    """Send what can run now. Called in the transaction that made it so."""
    return _send(list(Step.objects.runnable().filter(plan=plan, queued_at=None).values_list("pk", flat=True)))


@transaction.atomic
def queue_due() -> int:
    """What waits for its next try, and what was sent but not taken: a worker that dies takes with it the messages that
    it held beside the step it worked on. Where they are only late, the second copy finds the step taken and does
    nothing.
    """
    unsent = Q(queued_at=None) | Q(queued_at__lt=timezone.now() - settings.LEASE)
    due = Step.objects.runnable().filter(unsent).select_for_update(skip_locked=True, of=("self",))
    return _send(list(due.order_by("next_try_at").values_list("pk", flat=True)[:BATCH]))


def free_abandoned() -> int:
    """Take steps back from workers that died. They are tried again at once: it was not the step's fault."""
    return Step.objects.abandoned().update(
        state=Step.State.WAITING, holder=None, leased_until=None, queued_at=None, next_try_at=timezone.now()
    )


def _send(ids: list[UUID]) -> int:
    Step.objects.filter(pk__in=ids).update(queued_at=timezone.now())
    # Here, because the task leads back to this module.
    from dsar.work.tasks import run_step

    for pk in ids:
        run_step.delay_on_commit(str(pk))  # type: ignore[attr-defined]  # celery-types does not know Django's tasks
    return len(ids)
