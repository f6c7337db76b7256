"""Taking messages, so that no other worker has them."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Prefetch
from django.utils import timezone

from consents.webhooks.models import Endpoint, Message, Secret
from consents.webhooks.outcome import lanes


@transaction.atomic
def claim(holder: UUID, room: int) -> list[Message]:
    """What is due, at most `room`, and from each endpoint no more than it has lanes.

    Whoever takes messages of an endpoint holds its row: so two workers never count its lanes, nor look who is first in
    line about a person, at the same time.
    """
    found: list[int] = []
    # In any order: where there is not room for all, each has its turn.
    endpoints = Endpoint.objects.reachable().with_work().order_by("?")
    for endpoint in endpoints.select_for_update(no_key=True, skip_locked=True):
        free = min(lanes(endpoint) - Message.objects.in_flight().filter(endpoint=endpoint).count(), room - len(found))
        found += _due(endpoint, free)
    due_at = timezone.now() + settings.LEASE
    Message.objects.filter(pk__in=found).update(
        state=Message.State.SENDING, claim=holder, due_at=due_at, tries=F("tries") + 1
    )
    secrets = Prefetch("endpoint__secrets", Secret.objects.valid())
    taken = Message.objects.filter(pk__in=found).order_by("pk")
    return list(taken.select_related("endpoint", "purpose").prefetch_related(secrets))


def _due(endpoint: Endpoint, free: int) -> Iterator[int]:
    if free <= 0:
        return iter(())
    waiting = Message.objects.due().filter(endpoint=endpoint).first_in_line()
    return waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:free].iterator()


def renew(holder: UUID) -> None:
    """Still here."""
    Message.objects.held(holder).update(due_at=timezone.now() + settings.LEASE)


def pulse() -> timedelta:
    """How often to say so."""
    return settings.LEASE / 3
