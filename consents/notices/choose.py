"""Which deliveries are next. Whether a notice to many may be sent is its own state's to say, so that pausing one with a
million deliveries changes one row.
"""

from datetime import datetime
from uuid import UUID

from consents.notices.judge import first_batch, may_go_on
from consents.notices.models import Delivery, Notice


def choose(now: datetime, size: int) -> list[UUID]:
    """Locked for the transaction that takes them. What one person waits for goes before what many are told."""
    found = _numbers(now, size, bulk=False)
    for notice in Notice.objects.sending():
        if len(found) < size and may_go_on(notice):
            found += _of(notice, now, size - len(found))
    return found


def _of(notice: Notice, now: datetime, size: int) -> list[UUID]:
    if notice.first_batch_to is not None:
        return _numbers(now, size, pk__in=first_batch(notice).values("pk"))
    return _numbers(now, size, notice=notice)


def _numbers(now: datetime, size: int, **which: object) -> list[UUID]:
    due = Delivery.objects.due(now).filter(**which).order_by("due_at").select_for_update(skip_locked=True)
    return list(due.values_list("pk", flat=True)[:size])
