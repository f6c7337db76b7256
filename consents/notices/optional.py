"""Notices for a purpose that people may refuse. Who allowed it and how they end it, rooms above know: they register it
here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose


@dataclass(frozen=True)
class Rules:
    """Links and headers are made per mail, from the subject's number and the purpose's slug."""

    # Over Subject: those who may be told now.
    allowed: Callable[[Purpose], Q]
    link: Callable[[UUID, str], str]
    headers: Callable[[UUID, str], Mapping[str, str]]


_rules: list[Rules] = []


def register(rules: Rules) -> None:
    _rules.append(rules)


def rules() -> Rules:
    """Raises LookupError: without them nothing optional may be sent."""
    if not _rules:
        raise LookupError("No room has registered who allows optional notices.")
    return _rules[-1]


def may_be_told(subject_id: UUID, purpose: Purpose) -> bool:
    return Subject.objects.filter(rules().allowed(purpose), pk=subject_id).exists()
