"""Sending what is due: batch after batch, each over one connection to the mail server."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from consents.notices.claim import Batch, claim_batch, kept, release
from consents.notices.finish import finish
from consents.notices.letter import NoRecipient, letter, recipient_of
from consents.notices.line import Line, Unreachable
from consents.notices.models import Delivery
from consents.notices.outcome import RETRIES, SENT, Outcome, failed, of_error, skipped

log = logging.getLogger(__name__)

State = Delivery.State

# Then other tasks get their turn; beat calls again within seconds, which also brings further workers to a large notice.
SPELL = 15.0
# How long to leave a mail server alone that does not even answer.
PAUSE = timedelta(seconds=30)


def send_due() -> None:
    began = time.monotonic()
    reached = True
    while reached and time.monotonic() - began < SPELL:
        batch = claim_batch()
        if not batch.deliveries:
            return
        with kept(batch):
            reached = send_batch(batch)
        finish({delivery.notice_id for delivery in batch.deliveries})


def send_batch(batch: Batch) -> bool:
    """False when the mail server could not be reached; what was not attempted is then given back."""
    line = Line()
    try:
        for delivery in batch.deliveries:
            line.open()
            send(delivery, batch, line)
    except Unreachable:
        release(batch, wait=PAUSE)
        return False
    finally:
        line.close()
    return True


def send(delivery: Delivery, batch: Batch, line: Line) -> None:
    """One delivery, marked before and after. Whatever is wrong with it does not stop the others."""
    if _mark(delivery, batch):
        _record(delivery, batch, _attempt(delivery, line))


def _mark(delivery: Delivery, batch: Batch) -> bool:
    """False when the lease was lost and somebody else has it now."""
    if delivery.state == State.SENDING:
        log.warning("Delivery %s was being sent when its worker died; it may arrive twice.", delivery.pk)
    held = Delivery.objects.held(batch.claim).filter(pk=delivery.pk)
    return bool(held.update(state=State.SENDING, attempts=F("attempts") + 1, due_at=timezone.now() + settings.LEASE))


def _attempt(delivery: Delivery, line: Line) -> Outcome:
    if delivery.attempts > len(RETRIES):
        # Every try ended in the death of a worker: perhaps it is this message that kills them.
        return failed("unknown")
    try:
        line.send(letter(delivery, recipient_of(delivery)))
    except NoRecipient as reason:
        return skipped(str(reason))
    except Exception as error:
        # It is the outcome, and in the log where it is not the mail server's.
        outcome = of_error(error, delivery.attempts + 1)
        if outcome.error == "internal":
            log.exception("Delivery %s could not be written.", delivery.pk)
        return outcome
    return SENT


def _record(delivery: Delivery, batch: Batch, outcome: Outcome) -> None:
    now = timezone.now()
    over = outcome.retry_in is None
    Delivery.objects.held(batch.claim).filter(pk=delivery.pk).update(
        state=outcome.state,
        error=outcome.error,
        claim=None,
        due_at=None if outcome.retry_in is None else now + outcome.retry_in,
        sent_at=now if outcome.state == State.SENT else None,
        **({"address": None} if over else {}),
    )
