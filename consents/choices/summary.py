from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.utils import timezone

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.models import NO, Current, Decision
from consents.choices.wholes import wholes_of

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
    """How many optional purposes the person allows, refuses and has not decided; in words the latest of them.

    What they allowed and does not count any more by itself is undecided again; a part without its whole is refused.
    """
    purposes, now = standing_choices(subject, language), timezone.now()
    decided = sorted(
        ((purpose, choice) for purpose, choice in purposes if choice), key=lambda pair: pair[1].since, reverse=True
    )
    allowed = len(allowed_now(purposes, now))
    settled = sum(choice.decision in NO or counts(purpose, choice, now) for purpose, choice in decided)
    return {
        "allowed": allowed,
        "refused": settled - allowed,
        "undecided": len(purposes) - settled,
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


def counts(purpose: Purpose, choice: Current | None, now: datetime) -> bool:
    """Whether this is a yes to what the purpose means today, whatever it is a part of."""
    return (
        choice is not None
        and choice.decision == Decision.GRANTED
        and not choice.is_outdated(purpose)
        and not choice.is_over(now)
    )


def allowed_now(standing: Iterable[tuple[Purpose, Current | None]], now: datetime) -> set[UUID]:
    """Of which purposes the choice counts and those on all that they are a part of: the rule of `check.py`."""
    counted = {purpose.pk: purpose for purpose, choice in standing if counts(purpose, choice, now)}
    above = wholes_of(counted.values())
    return {
        pk
        for pk, wholes in above.items()
        if all(whole.retired_at is None and (whole.essential or whole.pk in counted) for whole in wholes)
    }
