"""Which deliveries are next. Whether a notice to many may be sent is its own state's to say, so that pausing one with a
million deliveries changes one row.
"""

from datetime import datetime
from uuid import UUID

from consents.notices import limits
from consents.notices.judge import first_batch, may_go_on
from consents.notices.models import Delivery, Notice

# How often to look for one whose domain has room, before the next call goes on.
LOOKS = 20


def choose(now: datetime, size: int) -> list[UUID]:
    """Locked for the transaction that takes them. What one person waits for goes before what many are told, and no
    limit holds it up.
    """
    found = _numbers(now, size, bulk=False)
    limits.count(len(found), now)
    room = limits.take(size - len(found), now)
    for notice in Notice.objects.sending():
        if room and may_go_on(notice):
            mine = _of(notice, now, room)
            room -= len(mine)
            found += mine
    limits.give_back(room, now)
    return found


def _of(notice: Notice, now: datetime, size: int) -> list[UUID]:
    which: dict[str, object] = {"notice": notice}
    if notice.first_batch_to is not None:
        which = {"pk__in": first_batch(notice).values("pk")}
    for _look in range(LOOKS):
        due = _numbers(now, size, **which)
        free = limits.within_domains(due, now)
        if free or not due:
            return free
    return []


def _numbers(now: datetime, size: int, **which: object) -> list[UUID]:
    due = Delivery.objects.due(now).filter(**which).order_by("due_at").select_for_update(skip_locked=True)
    return list(due.values_list("pk", flat=True)[:size])
