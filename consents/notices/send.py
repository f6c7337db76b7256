"""Sending what is due: batch after batch, each over one connection to the mail server."""

import logging
import time
from datetime import timedelta

from consents.notices.attempt import Begun, Journal
from consents.notices.claim import Batch, claim_batch, kept, release
from consents.notices.finish import finish
from consents.notices.letter import Letters, NoRecipient, recipient_of
from consents.notices.line import Line, Unreachable
from consents.notices.models import Delivery
from consents.notices.outcome import SENT, Outcome, of_error, skipped
from consents.notices.settle import settle

log = logging.getLogger(__name__)

# Then other tasks get their turn; beat calls again within seconds, which also brings further workers to a large notice.
SPELL = 15.0
# How long to leave a mail server alone that does not even answer.
PAUSE = timedelta(seconds=30)


def send_due() -> None:
    began = time.monotonic()
    letters = Letters()
    reached = True
    while reached and time.monotonic() - began < SPELL:
        batch = claim_batch()
        if not batch.deliveries:
            return
        with kept(batch):
            reached = send_batch(batch, letters)
        finish({delivery.notice_id for delivery in batch.deliveries})


def send_batch(batch: Batch, letters: Letters) -> bool:
    """False when the mail server could not be reached; what was not attempted is then given back."""
    line = Line()
    journal = Journal(batch.claim)
    reached = True
    try:
        for delivery in batch.deliveries:
            line.open()
            send(delivery, journal, line, letters)
    except Unreachable:
        reached = False
    finally:
        journal.write()
        line.close()
    settle([delivery.pk for delivery in batch.deliveries], [batch.claim])
    if not reached:
        release(batch, wait=PAUSE)
    return reached


def send(delivery: Delivery, journal: Journal, line: Line, letters: Letters) -> None:
    """Whatever is wrong with one delivery does not stop the others."""
    if begun := journal.begin(delivery):
        journal.end(begun.attempt, delivery, _attempt(delivery, begun, line, letters))


def _attempt(delivery: Delivery, begun: Begun, line: Line, letters: Letters) -> Outcome:
    try:
        line.send(letters.to(recipient_of(delivery, begun), delivery))
    except NoRecipient as reason:
        return skipped(str(reason))
    except Exception as error:
        # It is the outcome, and in the log where it is not the mail server's.
        outcome = of_error(error)
        if outcome.error == "internal":
            log.exception("Delivery %s could not be written.", delivery.pk)
        return outcome
    return SENT
