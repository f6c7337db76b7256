from django.db import transaction
from django.utils import timezone

from dsar.work import registry
from dsar.work.models import Plan, Step


@transaction.atomic
def cancel(plan: Plan) -> bool:
    """Stop a plan before its work begins. False: it has begun, or it is over."""
    now = timezone.now()
    waiting = Plan.objects.filter(pk=plan.pk, state=Plan.State.WAITING)
    if not waiting.update(state=Plan.State.CANCELLED, finished_at=now):
        return False
    plan.refresh_from_db()
    plan.steps.update(state=Step.State.CANCELLED, finished_at=now)
    registry.tell_done(plan)
    return True
