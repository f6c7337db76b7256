"""Taking messages, so that no other worker has them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Prefetch
from django.utils import timezone

from consents.webhooks.models import Endpoint, Message, Secret
from consents.webhooks.outcome import batch, lanes


@transaction.atomic
def claim(holder: UUID, room: int) -> list[Message]:
    """What is due, at most `room`, from endpoints that have lanes free.

    Whoever takes messages of an endpoint holds its row: so two workers never count its lanes, nor look who is first in
    line about a person, at the same time.
    """
    found: list[int] = []
    # In any order: where there is not room for all, each has its turn.
    for endpoint in Endpoint.objects.reachable().order_by("?"):
        if len(found) < room and _has_lanes(endpoint) and _first_due(endpoint, 1):
            found += _taken(endpoint, room - len(found))
    due_at = timezone.now() + settings.LEASE
    Message.objects.filter(pk__in=found).update(state=Message.State.SENDING, claim=holder, due_at=due_at)
    secrets = Prefetch("endpoint__secrets", Secret.objects.valid())
    taken = Message.objects.filter(pk__in=found).order_by("pk")
    return list(taken.select_related("endpoint", "purpose").prefetch_related(secrets))


def _taken(endpoint: Endpoint, room: int) -> list[int]:
    """None where another worker is taking, or was first."""
    free = Endpoint.objects.reachable().select_for_update(no_key=True, skip_locked=True)
    locked = free.filter(pk=endpoint.pk).first()
    return _first_due(locked, min(batch(locked), room)) if locked and _has_lanes(locked) else []


def _has_lanes(endpoint: Endpoint) -> bool:
    return Message.objects.in_flight().filter(endpoint=endpoint).count() < lanes(endpoint)


def _first_due(endpoint: Endpoint, number: int) -> list[int]:
    """Asked for one endpoint at a time and in the order of an index, so that a long line is never read to its end."""
    due = Message.objects.due().filter(endpoint=endpoint).first_in_line().order_by("due_at")
    return list(due.values_list("pk", flat=True)[:number])


@transaction.atomic
def begin(holder: UUID, messages: Sequence[Message]) -> list[Message]:
    """Mark those that are tried now. Left out is what somebody else has by now, and what staff stopped meanwhile."""
    mine = Message.objects.held(holder).filter(pk__in=[message.pk for message in messages])
    tries = dict(mine.filter(endpoint__state=Endpoint.State.ACTIVE).values_list("pk", "tries"))
    Message.objects.held(holder).filter(pk__in=tries).update(
        tries=F("tries") + 1, due_at=timezone.now() + settings.LEASE
    )
    going = [message for message in messages if message.pk in tries]
    for message in going:
        message.tries = tries[message.pk] + 1
    return going


def give_back(holder: UUID, messages: Iterable[Message]) -> None:
    """What was taken and not tried."""
    mine = Message.objects.held(holder).filter(pk__in=[message.pk for message in messages])
    mine.update(state=Message.State.PENDING, claim=None, due_at=timezone.now())


def renew(holder: UUID) -> None:
    """Still here."""
    Message.objects.held(holder).update(due_at=timezone.now() + settings.LEASE)


def pulse() -> timedelta:
    """How often to say so."""
    return settings.LEASE / 3
