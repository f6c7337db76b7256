from django.db import transaction
from django.utils import timezone

from dsar.work import registry
from dsar.work.models import Plan, Step
from dsar.work.queue import queue_runnable


@transaction.atomic
def retry(plan: Plan) -> int:
    """Have the failed steps of a stuck plan tried again, at once and as often as at first. 0: it is not stuck."""
    if not Plan.objects.filter(pk=plan.pk, state=Plan.State.STUCK).update(state=Plan.State.RUNNING):
        return 0
    plan.refresh_from_db()
    again = plan.steps.filter(state=Step.State.FAILED, required=True).update(
        state=Step.State.WAITING, attempts=0, finished_at=None, queued_at=None, next_try_at=timezone.now()
    )
    registry.tell_progress(plan)
    queue_runnable(plan)
    return again
