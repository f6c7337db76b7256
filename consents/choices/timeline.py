"""Decisions as the history shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.subjects.models import Subject
from consents.choices.models import Decision, Event
from consents.choices.words import said_by, written_down_by
from consents.webhooks.told import Told, told

SHAPES = {Decision.GRANTED: "done", Decision.REFUSED: "waiting"}


@dataclass(frozen=True)
class Item:
    event: Event
    by: str
    written_down: str
    # As in `parts.css`: filled, empty, struck through.
    state: str
    told: Sequence[Told]


def items(events: Sequence[Event], subject: Subject, viewer: Subject) -> list[Item]:
    heard = told(event.pk for event in events)
    return [
        Item(
            event=event,
            by=said_by(event, subject, viewer),
            written_down=written_down_by(event),
            state=SHAPES.get(Decision(event.decision), "stopped"),
            told=heard.get(event.pk, ()),
        )
        for event in events
    ]
