"""What changed in a document since the person last took note of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.subjects.models import Subject
from consents.policies.models import Acknowledgement, Version


@dataclass(frozen=True)
class Since:
    """`known` is None where the document is younger than the person's account and they never took note of it."""

    known: Version | None
    # When they took note of it; None where it was in force when they joined.
    acknowledged_at: datetime | None
    now: Version
    # What was published between the two, the newer one with it, newest first.
    between: Sequence[Version]


def since(subject: Subject, slug: str, number: str = "") -> Since | None:
    """Up to the version `number`, else up to what is in force. None where the document has neither."""
    published = Version.objects.published().filter(document__slug=slug)
    chosen = published.filter(number=number).first() if number else None
    now = chosen or Version.objects.in_force(slug)
    if now is None or now.sequence is None:
        return None
    known, acknowledged_at = _known(subject, slug, now.sequence)
    between = published.filter(sequence__lte=now.sequence, sequence__gt=(known.sequence or 0) if known else 0)
    return Since(known, acknowledged_at, now, list(between.with_titles().order_by("-sequence")))


def _known(subject: Subject, slug: str, up_to: int) -> tuple[Version | None, datetime | None]:
    taken = Acknowledgement.objects.filter(
        subject=subject, version__document__slug=slug, version__sequence__lte=up_to
    ).select_related("version__document")
    if last := taken.order_by("-version__sequence").first():
        return last.version, last.at
    return Version.objects.in_force(slug, subject.user.date_joined), None
