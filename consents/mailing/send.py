"""Sending the questions that are due, one by one over one connection."""

import logging
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.subjects.models import Subject
from consents.mailing.models import Confirmation, ConfirmationQuerySet
from consents.mailing.question import question
from consents.notices.letter import NoRecipient, guest_email
from consents.notices.line import Line, Unreachable
from consents.notices.outcome import RETRIES, SENT, Outcome, failed, of_error

log = logging.getLogger(__name__)

State = Confirmation.State

# A mail server may take a minute to answer. Whoever holds a question longer is taken for dead.
HELD = timedelta(minutes=3)
PAUSE = timedelta(seconds=30)
# Then other tasks get their turn; beat calls again within seconds.
SPELL = 15.0


def send_due() -> None:
    began = time.monotonic()
    line = Line()
    try:
        while time.monotonic() - began < SPELL and (claimed := _claim()):
            try:
                line.open()
            except Unreachable:
                _give_back(claimed)
                return
            _record(claimed, _attempt(claimed, line))
    finally:
        line.close()


@transaction.atomic
def _claim() -> Confirmation | None:
    """The next one that nobody holds. An attempt is one that began."""
    due = Confirmation.objects.due(timezone.now()).select_for_update(skip_locked=True, of=("self",))
    found = due.select_related("subject__user").first()
    if found is not None:
        found.due_at = timezone.now() + HELD
        found.attempts += 1
        found.save(update_fields=["due_at", "attempts"])
    return found


def _give_back(claimed: Confirmation) -> None:
    """It was not attempted."""
    _held(claimed).update(due_at=timezone.now() + PAUSE, attempts=F("attempts") - 1)


def _attempt(claimed: Confirmation, line: Line) -> Outcome:
    if claimed.attempts > len(RETRIES) + 1:
        # Every try ended in the death of a worker: perhaps it is this mail that kills them.
        return failed("unknown")
    try:
        made = question(claimed, recipient_of(claimed))
        # Before it is sent: the answer may be faster than we are.
        marks = {"sent_at": timezone.now(), "message_id": made.message_id, "body_sha256": made.body_sha256}
        if _held(claimed).update(**marks):
            line.send(made.mail)
    except NoRecipient as reason:
        return failed(str(reason))
    except Exception as error:
        # It is the outcome, and in the log where it is not the mail server's.
        outcome = of_error(error, claimed.attempts)
        if outcome.error == "internal":
            log.exception("Confirmation %s could not be written.", claimed.pk)
        return outcome
    return SENT


def recipient_of(claimed: Confirmation) -> str:
    """Looked up at the last moment. Raises NoRecipient."""
    person = claimed.subject
    if person.stage == Subject.Stage.TOMBSTONE:
        raise NoRecipient("erased")
    if person.is_frozen:
        raise NoRecipient("erasure-asked")
    email = person.user.email if hasattr(person, "user") else guest_email(person.pk)
    if not email:
        raise NoRecipient("no-address")
    return email


def _record(claimed: Confirmation, outcome: Outcome) -> None:
    if outcome is SENT:
        _held(claimed).update(state=State.SENT, due_at=None, error="")
    elif outcome.retry_in is None:
        _held(claimed).update(state=State.FAILED, due_at=None, error=outcome.error)
    else:
        _held(claimed).update(due_at=timezone.now() + outcome.retry_in, error=outcome.error)


def _held(claimed: Confirmation) -> ConfirmationQuerySet:
    """Still ours: not answered meanwhile, and not taken over by another worker."""
    return Confirmation.objects.filter(pk=claimed.pk, state=State.PENDING, attempts=claimed.attempts)
