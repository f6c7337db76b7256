from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.subjects.models import Subject
from dsar.datamap.systems import Identities
from dsar.work import registry
from dsar.work.lay_out import lay_out
from dsar.work.models import Plan
from dsar.work.queue import queue_runnable


@transaction.atomic
def start(
    kind: str,
    subject: Subject,
    *,
    reference: str,
    starts_at: datetime | None = None,
    recipient: Subject | None = None,
) -> Plan:
    """Make the plan, and begin it unless it starts later. `recipient` gets the result if it is not the subject."""
    plan = Plan.objects.create(
        kind=kind,
        subject=subject,
        recipient=recipient or subject,
        reference=reference,
        email=Identities.of(subject).email,
        starts_at=starts_at or timezone.now(),
    )
    if starts_at is None:
        begin(plan)
    else:
        lay_out(plan)
    return plan


@transaction.atomic
def begin(plan: Plan) -> bool:
    """From here on the plan can not be cancelled. False: it was cancelled, or somebody else began it."""
    if not Plan.objects.due().filter(pk=plan.pk).update(state=Plan.State.RUNNING, began_at=timezone.now()):
        return False
    plan.refresh_from_db()
    # Also where it was laid out before: systems may have come and gone since.
    lay_out(plan)
    registry.tell_progress(plan)
    queue_runnable(plan)
    return True


def begin_due() -> int:
    return sum(begin(plan) for plan in Plan.objects.due().select_related("subject"))
