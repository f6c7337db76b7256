"""Taking a batch of deliveries, so that no other worker has them, and keeping it for as long as one is alive."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from consents.notices.choose import choose
from consents.notices.models import Delivery, DeliveryQuerySet
from consents.notices.settle import count_unknown, settle

log = logging.getLogger(__name__)

# Small, because what a killed worker held waits for the end of its lease.
BATCH = 50


@dataclass(frozen=True)
class Batch:
    claim: UUID
    deliveries: list[Delivery]


@transaction.atomic
def claim_batch(size: int = BATCH) -> Batch:
    """What is due and held by nobody, or by somebody whose lease is over."""
    now = timezone.now()
    claim = uuid4()
    found = choose(now, size)
    take_over(Delivery.objects.filter(pk__in=found), now)
    ours = Delivery.objects.due(now).filter(pk__in=found)
    ours.update(state=Delivery.State.SENDING, claim=claim, due_at=now + settings.LEASE)
    held = Delivery.objects.held(claim).with_texts().order_by("bulk", "id")
    return Batch(claim, list(held))


def take_over(deliveries: DeliveryQuerySet, now: datetime) -> None:
    """What dead workers left behind: what they had sent is sent, and what they were sending is unknown."""
    left = {pk: holder for pk, holder in deliveries.values_list("pk", "claim") if holder}
    if left:
        for attempt in count_unknown(left, now):
            log.warning("The worker of attempt %s died; whether its mail arrived is unknown.", attempt)
        settle(left, left.values())


def release(batch: Batch, *, wait: timedelta) -> None:
    """Give back what was not attempted."""
    Delivery.objects.held(batch.claim).not_begun().update(
        state=Delivery.State.PENDING, claim=None, due_at=timezone.now() + wait
    )


@contextmanager
def kept(batch: Batch) -> Iterator[None]:
    """Renews the lease while the block runs. A mail server may take minutes to answer (RFC 5321, 4.5.3.2) and nobody
    else must send in the meantime; when the process is killed the renewing ends with it."""
    over = threading.Event()
    thread = threading.Thread(target=_renew, args=(batch.claim, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew(claim: UUID, over: threading.Event) -> None:
    try:
        while not over.wait(settings.LEASE.total_seconds() / 3):
            try:
                Delivery.objects.held(claim).update(due_at=timezone.now() + settings.LEASE)
            except DatabaseError:
                log.warning("The lease of claim %s could not be renewed; trying again.", claim)
    finally:
        connection.close()
