from datetime import datetime
from typing import TypedDict

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.models import Current, Decision

# The overview tells what was decided last; the rest is a link away.
LINES = 3


class Line(TypedDict):
    name: str
    decision_label: str
    when: datetime


class Summary(TypedDict):
    allowed: int
    refused: int
    undecided: int
    lines: list[Line]


def summary(subject: Subject, language: str | None = None) -> Summary:
    """How many optional purposes the person allows, refuses and has not decided; in words the latest of them."""
    purposes = standing_choices(subject, language)
    decided = sorted(
        ((purpose, choice) for purpose, choice in purposes if choice), key=lambda pair: pair[1].since, reverse=True
    )
    allowed = sum(choice.decision == Decision.GRANTED for _purpose, choice in decided)
    return {
        "allowed": allowed,
        "refused": len(decided) - allowed,
        "undecided": len(purposes) - len(decided),
        "lines": [
            {"name": purpose.text.name, "decision_label": choice.get_decision_display(), "when": choice.since}
            for purpose, choice in decided[:LINES]
        ],
    }


def standing_choices(subject: Subject, language: str | None = None) -> list[tuple[Purpose, Current | None]]:
    """Every optional purpose in its place, with its words and the choice that holds; None: undecided."""
    mine = Current.objects.for_subject(subject).select_related("event__wording")
    holding = {choice.purpose_id: choice for choice in mine}
    purposes = Purpose.objects.current().optional().with_details(language)
    return [(purpose, holding.get(purpose.pk)) for purpose in purposes]
