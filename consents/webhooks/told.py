"""What pages show a person: which systems heard of a choice."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.webhooks.models import Message


class Hearing(models.TextChoices):
    WAITING = "waiting", _("Not yet confirmed")
    CONFIRMED = "confirmed", _("Confirmed")
    FAILED = "failed", _("Could not be reached; we are looking into it")


HEARINGS = {
    Message.State.PENDING: Hearing.WAITING,
    Message.State.SENDING: Hearing.WAITING,
    Message.State.DELIVERED: Hearing.CONFIRMED,
    Message.State.DEAD: Hearing.FAILED,
}


@dataclass(frozen=True)
class Told:
    """`at` is when the system confirmed it."""

    name: str
    state: Hearing
    at: datetime | None


def told(event_ids: Iterable[UUID]) -> dict[UUID, list[Told]]:
    """By choice, the systems in the order of their names. A choice that no system had to hear of is missing."""
    # One choice can be told twice: as a device's, and as the person's whose device it turned out to be.
    latest = (
        Message.objects.filter(event_id__in=list(event_ids), state__in=list(HEARINGS))
        .order_by("event_id", "endpoint__name", "-pk")
        .distinct("event_id", "endpoint__name")
    )
    found: dict[UUID, list[Told]] = defaultdict(list)
    for event_id, name, state, at in latest.values_list("event_id", "endpoint__name", "state", "delivered_at"):
        assert event_id is not None
        found[event_id].append(Told(name, HEARINGS[Message.State(state)], at))
    return dict(found)
