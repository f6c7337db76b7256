"""Whether a notice to many may go on: it stops by itself when too many of its mails can not be delivered."""

from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Q

from consents.notices.models import Delivery, DeliveryQuerySet, Notice, NoticeEvent

State = Delivery.State

# Of fewer, one bad address would be a high share.
JUDGED_FROM = 20
# Counting a large notice takes a moment.
EVERY = 10


class Toll(NamedTuple):
    tried: int
    failed: int


def so_far(notice: Notice) -> Toll:
    found = Delivery.objects.filter(notice=notice).aggregate(
        tried=Count("pk", filter=Q(state__in=[State.SENT, State.FAILED])),
        failed=Count("pk", filter=Q(state=State.FAILED)),
    )
    return Toll(**found)


def first_batch(notice: Notice) -> DeliveryQuerySet:
    # The number of a notice is older than those of its deliveries.
    return Delivery.objects.filter(notice=notice, pk__range=(notice.pk, notice.first_batch_to))


def may_go_on(notice: Notice) -> bool:
    """Asked whenever something of a running notice is to be taken, by the transaction that takes it."""
    if notice.first_batch_to is not None:
        return bool(_in_work(notice).exists() or _judge(notice))
    # Losing the cache is harmless: it is counted once more.
    return not cache.add(f"notices:judged:{notice.pk}", 1, EVERY) or _judge(notice)


def _in_work(notice: Notice) -> DeliveryQuerySet:
    """Of the first batch, what was not tried yet. What shall be tried again has its reason, and could wait for days."""
    return first_batch(notice).filter(Q(state=State.SENDING) | Q(state=State.PENDING, error=""))


def _judge(notice: Notice) -> bool:
    # Who finds it locked leaves it: somebody is judging it, or turning it.
    running = Notice.objects.select_for_update(skip_locked=True, no_key=True).sending().filter(pk=notice.pk).first()
    if running is None:
        return False
    toll = so_far(running)
    if _too_many(running, toll):
        running.state = Notice.State.STOPPED
        running.save(update_fields=["state"])
        _record(running, NoticeEvent.Deed.STOPPED, toll)
        return False
    if running.first_batch_to is not None:
        running.first_batch_to = notice.first_batch_to = None
        running.save(update_fields=["first_batch_to"])
        _record(running, NoticeEvent.Deed.PASSED, toll)
    notice.first_batch_to = None
    return True


def _too_many(notice: Notice, toll: Toll) -> bool:
    """But for what somebody has looked at."""
    seen = notice.events.filter(deed=NoticeEvent.Deed.RESUMED, tried__isnull=False).order_by("-id").first()
    tried, failed = toll.tried - (seen.tried or 0 if seen else 0), toll.failed - (seen.failed or 0 if seen else 0)
    return tried >= JUDGED_FROM and failed > tried * settings.CAMPAIGNS["MAX_FAILURES"]


def _record(notice: Notice, deed: NoticeEvent.Deed, toll: Toll) -> None:
    NoticeEvent.objects.create(notice=notice, deed=deed, tried=toll.tried, failed=toll.failed)
