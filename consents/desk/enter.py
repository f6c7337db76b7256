"""What somebody decided on paper, entered by staff who have the signed sheet before them."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.choices.models import Decision, Method
from consents.choices.record import Choice, record
from consents.desk import refusals
from consents.desk.models import Paper

LARGEST_SCAN = 5_000_000
# By how such files begin: what they are called says nothing.
BEGINNINGS = {b"%PDF-": Paper.Kind.PDF, b"\xff\xd8\xff": Paper.Kind.JPEG, b"\x89PNG\r\n\x1a\n": Paper.Kind.PNG}


@dataclass(frozen=True)
class Sheet:
    """`signer` is the person, or the guardian who signed for them; `language` is that of the words on the paper."""

    scan: bytes
    signed_on: date
    signer: Subject
    language: str


@transaction.atomic
def enter(subject: Subject, sheet: Sheet, decisions: Sequence[Choice], *, number: UUID, staff: User) -> Paper:
    """The paper and its choices, or nothing: raises NotEntered, NotRecorded. The same number is the same paper."""
    # Two clicks, or two of the staff with the same sheet, are put in line.
    subject = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    if before := Paper.objects.of_person(subject).without_scans().filter(pk=number).first():
        return before
    paper = Paper(
        id=number,
        subject=subject,
        signed_on=sheet.signed_on,
        language=sheet.language,
        kind=kind_of(sheet.scan),
        size=len(sheet.scan),
        sha256=sha256(sheet.scan).hexdigest(),
        scan=b64encode(sheet.scan).decode(),
        recorder=f"staff:{staff.pk}",
    )
    if sheet.signed_on > timezone.localdate():
        raise refusals.NotYetSigned
    if Paper.objects.of_person(subject).filter(sha256=paper.sha256).exists():
        raise refusals.EnteredBefore
    paper.save(force_insert=True)
    for decision in (Decision.GRANTED, Decision.REFUSED):
        if said := [choice for choice in decisions if choice.allow == (decision == Decision.GRANTED)]:
            _record(paper, sheet, decision, said)
    return paper


def kind_of(scan: bytes) -> Paper.Kind:
    if len(scan) > LARGEST_SCAN:
        raise refusals.ScanTooLarge
    for beginning, kind in BEGINNINGS.items():
        if scan.startswith(beginning):
            return kind
    raise refusals.NoScan


def _record(paper: Paper, sheet: Sheet, decision: Decision, said: Sequence[Choice]) -> None:
    record(
        paper.subject,
        said,
        method=Method.PAPER,
        actor=sheet.signer,
        language=sheet.language,
        said_at=_hour(sheet.signed_on, decision),
        client_id=paper.client_id(decision),
        evidence={"paper": str(paper.pk), "scan_sha256": paper.sha256},
        recorder=paper.recorder,
    )


def _hour(day: date, decision: Decision) -> datetime:
    """A day has no hour: a yes counts from its first moment and a no from its last, so that the no wins."""
    zone = timezone.get_current_timezone()
    begin = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone) - timedelta(microseconds=1)
    return begin if decision == Decision.GRANTED else min(end, timezone.now())
