"""Double opt-in: what is allowed in the name of an e-mail address counts once its owner has said so from there."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from consents.catalogue.kinds import Channel
from consents.catalogue.models import Purpose
from consents.choices import law
from consents.choices.refusals import NotRecorded

# What was signed on paper was proven otherwise.
STAFF = "staff:"


class ConfirmationNeeded(NotRecorded):
    code = "confirmation-needed"
    status = 409
    part = "decision"
    message = _("Nobody has proven that this address is theirs. Have them asked by mail first, by “confirmations”.")


def needed(subject: Subject, purpose: Purpose) -> bool:
    """Accounts have proven their address. Anybody may type that of a guest, or of a device that gave one."""
    return subject.stage in (Subject.Stage.DEVICE, Subject.Stage.GUEST) and _wanted_by_law(subject, purpose)


def _wanted_by_law(subject: Subject, purpose: Purpose) -> bool:
    return purpose.channel == Channel.EMAIL and law.of(subject.jurisdiction).double_opt_in


def check_typed(subject: Subject, choices: Iterable[Any]) -> None:
    """For whoever is named by nothing but an address that somebody typed: it proves nothing, whoever's it is.

    Raises ConfirmationNeeded, alike for those who have an account and those who have none.
    """
    allowed = {choice.purpose: position for position, choice in enumerate(choices) if choice.allow}
    purposes = Purpose.objects.filter(slug__in=allowed)
    if at_fault := [allowed[purpose.slug] for purpose in purposes if _wanted_by_law(subject, purpose)]:
        raise ConfirmationNeeded(min(at_fault))


def check(
    subject: Subject,
    decisions: Iterable[tuple[Purpose | None, Any]],
    evidence: Mapping[str, str] | None,
    recorder: str = "",
) -> None:
    """Raises ConfirmationNeeded where something is allowed that has not been confirmed."""
    if recorder.startswith(STAFF) or "confirmation" in (evidence or {}):
        return
    for position, (purpose, choice) in enumerate(decisions):
        if choice.allow and purpose is not None and needed(subject, purpose):
            raise ConfirmationNeeded(position)
