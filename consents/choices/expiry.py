"""What was allowed for a time is allowed no longer once that is over.

`may` looks at the clock and says no from that moment on; here it becomes an event, so that the history tells it and the
systems hear of it.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

# A batch is one short transaction: whoever decides meanwhile never waits for more.
BATCH = 1000

# The subjects are locked as the act of choosing locks them. Those of whom something is being recorded right now are
# left to the next run; the rows themselves are locked too, so that what was renewed in between is looked at anew.
EXPIRE = """
WITH due AS (
    SELECT current.id, current.subject_id, current.purpose_id, current.version, current.expires_at,
        subject.jurisdiction
    FROM choices_current AS current JOIN subjects_subject AS subject ON subject.id = current.subject_id
    WHERE current.expires_at <= %(now)s
    ORDER BY current.expires_at LIMIT %(batch)s
    FOR NO KEY UPDATE OF subject, current SKIP LOCKED
), event AS (
    INSERT INTO choices_event (
        subject_id, purpose_id, version, decision, method, recorder, jurisdiction, said_at, received_at
    )
    SELECT subject_id, purpose_id, version, 'expired', 'expiry', '', jurisdiction, expires_at, %(now)s FROM due
    RETURNING id, subject_id, purpose_id
)
UPDATE choices_current AS current
SET event_id = event.id, decision = 'expired', since = due.expires_at, expires_at = NULL
FROM due JOIN event USING (subject_id, purpose_id)
WHERE current.id = due.id
"""


def expire_due(now: datetime | None = None) -> int:
    """Ends what is over, in batches. Safe to run any number of times, also at once. Gives how many choices ended."""
    now = now or timezone.now()
    total = 0
    while ended := _expire_batch(now):
        total += ended
    return total


@transaction.atomic
def _expire_batch(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"now": now, "batch": BATCH})
        return cursor.rowcount
