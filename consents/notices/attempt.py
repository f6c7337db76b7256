"""Writing down an attempt before it is made, and its result after it.

The result of one is written together with the beginning of the next, and whoever is to be told is looked up with it:
one statement and one commit for each mail.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from consents.notices.models import Attempt, Delivery, Result
from consents.notices.outcome import Outcome

KINDS = {
    Delivery.State.SENT: Result.Kind.ACCEPTED,
    Delivery.State.PENDING: Result.Kind.DEFERRED,
    Delivery.State.FAILED: Result.Kind.REFUSED,
    Delivery.State.SKIPPED: Result.Kind.SKIPPED,
}

# Who was taken for dead and comes back finds its attempt counted as unknown, and that stays.
END = """
INSERT INTO notices_result (attempt_id, subject_id, kind, code, at)
SELECT ended.*
FROM (
    SELECT %(attempt)s::uuid AS attempt, %(subject)s::uuid, %(kind)s::varchar, %(code)s::varchar, %(at)s::timestamptz
) AS ended
WHERE attempt IS NOT NULL
ON CONFLICT DO NOTHING
"""
# No row where the lease was lost and somebody else has the delivery now.
BEGIN = f"""
WITH ended AS ({END}), begun AS (
    INSERT INTO notices_attempt (delivery_id, subject_id, text_id, channel, number, claim, worker, began_at)
    SELECT delivery.id, delivery.subject_id, text.id, %(channel)s, delivery.attempts + 1, delivery.claim, %(worker)s,
        %(now)s
    FROM notices_delivery AS delivery
    JOIN notices_noticetext AS text ON text.notice_id = delivery.notice_id AND text.language = delivery.language
    WHERE delivery.id = %(delivery)s AND delivery.claim = %(claim)s
    ON CONFLICT (delivery_id, number) DO NOTHING
    RETURNING id, subject_id
)
SELECT begun.id, person.stage, person.frozen_at, account.email
FROM begun
JOIN subjects_subject AS person ON person.id = begun.subject_id
LEFT JOIN users_user AS account ON account.subject_id = begun.subject_id
"""  # noqa: S608  # only words of our own


class Begun(NamedTuple):
    """The attempt, and its person as they are at this moment; `email` is that of their account."""

    attempt: UUID
    stage: str
    frozen_at: datetime | None
    email: str | None


@dataclass(frozen=True)
class Ended:
    attempt: UUID | None = None
    subject: UUID | None = None
    kind: str = ""
    code: str = ""
    at: datetime | None = None


NOTHING = Ended()


class Journal:
    """Of one batch. What ended last is written with the next beginning, or by `write`."""

    def __init__(self, claim: UUID) -> None:
        self._claim = claim
        self._worker = f"{socket.gethostname()[:80]}:{os.getpid()}"
        self._ended = NOTHING

    def begin(self, delivery: Delivery) -> Begun | None:
        """None when somebody else has the delivery now."""
        values = {
            "channel": Attempt.Channel.EMAIL,
            "worker": self._worker,
            "now": timezone.now(),
            "delivery": delivery.pk,
            "claim": self._claim,
        }
        with connection.cursor() as cursor:
            cursor.execute(BEGIN, vars(self._ended) | values)
            begun = cursor.fetchone()
        self._ended = NOTHING
        return Begun(*begun) if begun else None

    def end(self, attempt: UUID, delivery: Delivery, outcome: Outcome) -> None:
        self._ended = Ended(attempt, delivery.subject_id, KINDS[outcome.state], outcome.error, timezone.now())

    def write(self) -> None:
        if self._ended is not NOTHING:
            with connection.cursor() as cursor:
                cursor.execute(END, vars(self._ended))
            self._ended = NOTHING
