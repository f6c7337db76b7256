"""What still waits of notices that were cancelled will not be sent."""

from django.db.models import Q
from django.utils import timezone

from consents.notices.models import CANCELLED, Delivery, DeliveryQuerySet, Notice

# At a time, so that nobody waits for a long transaction.
BATCH = 10_000


def skip_cancelled() -> None:
    """Safe to run any number of times, also at once."""
    for notice in Notice.objects.to_many().filter(state=Notice.State.CANCELLED, finished_at=None):
        now = timezone.now()
        # One that was being sent when its worker died is not tried again; as for all such, it may have arrived.
        over = Q(state=Delivery.State.PENDING) | Q(due_at__lte=now)
        rest = Delivery.objects.open().filter(over, notice=notice).values("pk")
        while skip(Delivery.objects.open().filter(pk__in=rest[:BATCH])):
            pass
        Notice.objects.filter(pk=notice.pk, finished_at=None).through().update(finished_at=now)


def skip(deliveries: DeliveryQuerySet) -> int:
    return deliveries.update(state=Delivery.State.SKIPPED, error=CANCELLED, due_at=None, claim=None, address=None)
