"""What still waits of notices that were cancelled will not be sent."""

from django.utils import timezone

from consents.notices.claim import take_over
from consents.notices.models import CANCELLED, Delivery, DeliveryQuerySet, Notice

# At a time, so that nobody waits for a long transaction.
BATCH = 10_000


def skip_cancelled() -> None:
    """Safe to run any number of times, also at once."""
    for notice in Notice.objects.to_many().filter(state=Notice.State.CANCELLED, finished_at=None):
        now = timezone.now()
        # One that was being sent when its worker died is not tried again; that it may have arrived is counted.
        left = Delivery.objects.filter(notice=notice, state=Delivery.State.SENDING, due_at__lte=now)
        take_over(left[:BATCH], now)
        rest = Delivery.objects.filter(notice=notice, state=Delivery.State.PENDING).values("pk")
        while skip(Delivery.objects.open().filter(pk__in=rest[:BATCH])):
            pass
        Notice.objects.filter(pk=notice.pk, finished_at=None).through().update(finished_at=now)


def skip(deliveries: DeliveryQuerySet) -> int:
    return deliveries.update(state=Delivery.State.SKIPPED, error=CANCELLED, due_at=None, claim=None, address=None)
