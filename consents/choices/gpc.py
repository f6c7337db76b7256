"""Global Privacy Control: what the signal of somebody's browser does to their choices."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.models import NO, Current, Event, Method
from consents.choices.overriding import is_on, overrides
from consents.choices.record import Choice, record


def honour(
    subject: Subject, *, evidence: Mapping[str, str], said_at: datetime | None = None, language: str = ""
) -> list[Event]:
    """Opt out of what the signal says no to. To be called whenever it was seen: it records what is news, no more.

    Its absence changes nothing: nobody is ever opted in, and an opt-out outlives the signal.
    """
    if not is_on(evidence) or not _to_refuse(subject, said_at):
        return []
    with transaction.atomic():
        # In line with everything else that is said for the same person: of two pages at once one tells.
        person = Subject.objects.select_for_update(no_key=True).get(pk=subject.merged_into_id or subject.pk)
        if not (slugs := _to_refuse(person, said_at)):
            return []
        return record(
            person,
            [Choice(slug, allow=False) for slug in slugs],
            method=Method.GPC,
            actor=person,
            language=language or person.language,
            said_at=said_at,
            evidence=evidence,
        )


def _to_refuse(subject: Subject, said_at: datetime | None) -> list[str]:
    subject = subject.merged_into or subject
    if subject.stage == Subject.Stage.TOMBSTONE:
        return []
    purposes = Purpose.objects.ended_by_gpc()
    mine = Current.objects.for_subject(subject).filter(purpose__in=purposes).select_related("event__subject")
    holding = {choice.purpose_id: choice for choice in mine}
    return [purpose.slug for purpose in purposes if _is_news(holding.get(purpose.pk), said_at or timezone.now())]


def _is_news(choice: Current | None, said_at: datetime) -> bool:
    if choice is None:
        return True
    return choice.decision not in NO and choice.since <= said_at and not overrides(choice)
