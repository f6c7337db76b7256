"""What a person should be asked, and why. Whoever refused is left in peace for as long as the law of the place says."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.utils import timezone

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices import law
from consents.choices.models import Current, Decision
from consents.choices.summary import counts, standing_choices
from consents.choices.wholes import wholes_of


class Why(StrEnum):
    UNDECIDED = "undecided"
    CHANGED = "changed"
    EXPIRED = "expired"
    REFUSED_LONG_AGO = "refused-long-ago"


class Question(NamedTuple):
    purpose: Purpose
    why: Why


def to_ask(subject: Subject, *, gpc: bool = False, language: str | None = None) -> list[Question]:
    """In the order of the catalogue. `gpc`: the browser's signal is on, which answers what it is about.

    About a part only where the whole is allowed or asked about too, as a yes to it would be refused otherwise.
    """
    if subject.stage == Subject.Stage.TOMBSTONE or subject.is_frozen or subject.merged_into_id is not None:
        return []
    return list(_questions(subject, gpc=gpc, language=language))


def _questions(subject: Subject, *, gpc: bool, language: str | None) -> Iterator[Question]:
    now = timezone.now()
    standing = standing_choices(subject, language)
    reasons = {
        purpose.pk: None if gpc and purpose.gpc else why(purpose, choice, subject.jurisdiction, now)
        for purpose, choice in standing
    }
    refused = {purpose.pk for purpose, choice in standing if not (reasons[purpose.pk] or counts(purpose, choice, now))}
    above = wholes_of(purpose for purpose, _choice in standing)
    for purpose, _choice in standing:
        reason = reasons[purpose.pk]
        if reason and not any(whole.pk in refused or whole.retired_at for whole in above[purpose.pk]):
            yield Question(purpose, reason)


def why(purpose: Purpose, choice: Current | None, jurisdiction: str, now: datetime) -> Why | None:
    """None: what was chosen holds, and is left in peace."""
    if choice is None:
        return Why.UNDECIDED
    if choice.is_outdated(purpose):
        return Why.CHANGED
    if choice.is_over(now):
        return Why.EXPIRED
    if choice.decision == Decision.GRANTED:
        return None
    again = law.may_ask_again_at(jurisdiction, choice.since)
    return Why.REFUSED_LONG_AGO if again is not None and again <= now else None
