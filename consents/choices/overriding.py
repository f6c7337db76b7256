"""When a yes overrides the browser's privacy signal (11 CCR 7025(c)): only if somebody we know said it in its presence.

An older yes, however explicit, gives way to the signal; so does what a device of nobody known allows, because there the
signal is all that we know of its owner's will.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.models import Current, Decision
from consents.choices.refusals import SignalSaysNo


def is_on(evidence: Mapping[str, str] | None) -> bool:
    return evidence is not None and evidence.get("gpc") == "1"


class Answer(Protocol):
    @property
    def allow(self) -> bool: ...


def check(
    subject: Subject, answers: Iterable[tuple[Purpose | None, Answer]], evidence: Mapping[str, str] | None
) -> None:
    """Raises SignalSaysNo for what a device would allow against its own browser's signal."""
    if subject.stage != Subject.Stage.DEVICE or not is_on(evidence):
        return
    for position, (purpose, answer) in enumerate(answers):
        if answer.allow and purpose is not None and purpose.gpc:
            raise SignalSaysNo(position)


def overrides(choice: Current) -> bool:
    """Whether this is a yes that was said although the signal was there; the act has let nobody unknown say it."""
    return choice.decision == Decision.GRANTED and is_on(choice.event.opened_evidence())
