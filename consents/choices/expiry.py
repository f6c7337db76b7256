"""What was allowed for a time is allowed no longer once that is over.

`may` looks at the clock and says no from that moment on; here it becomes an event, so that the history tells it and the
systems hear of it. What was allowed as a part of it ends with it, so that it does not count again by itself once the
whole is allowed anew.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

# A batch is one short transaction: whoever decides meanwhile never waits for more.
BATCH = 1000

# The subjects are locked as the act of choosing locks them. Those of whom something is being recorded right now are
# left to the next run; the rows themselves are locked too, so that what was renewed in between is looked at anew.
# With a whole ends what was allowed of its parts until then, at any depth: the rule of `current.py`, by which a newer
# yes holds. Nothing ends with what is essential, as that is done whatever is said. LIMIT 1 makes each look-up one in an
# index. What ends by its own time and with a whole ends once, at the earlier of the two.
EXPIRE = """
WITH RECURSIVE due AS (
    SELECT current.id, current.subject_id, current.purpose_id, current.version, current.expires_at AS ends,
        subject.jurisdiction
    FROM choices_current AS current JOIN subjects_subject AS subject ON subject.id = current.subject_id
    WHERE current.expires_at <= %(now)s
    ORDER BY current.expires_at LIMIT %(batch)s
    FOR NO KEY UPDATE OF subject, current SKIP LOCKED
), below AS (
    SELECT whole.id AS whole_id, part.id AS part_id, part.essential
    FROM catalogue_purpose AS whole JOIN catalogue_purpose AS part ON part.parent_id = whole.id
    WHERE NOT whole.essential
    UNION
    SELECT below.whole_id, part.id, part.essential
    FROM below JOIN catalogue_purpose AS part ON part.parent_id = below.part_id
), part AS (
    SELECT held.id, due.subject_id, held.purpose_id, held.version, due.ends, due.jurisdiction
    FROM due JOIN below ON below.whole_id = due.purpose_id AND NOT below.essential
    CROSS JOIN LATERAL (
        SELECT id, purpose_id, version FROM choices_current
        WHERE subject_id = due.subject_id AND purpose_id = below.part_id
            AND decision = 'granted' AND since <= due.ends
        LIMIT 1 FOR NO KEY UPDATE
    ) AS held
), ended AS (
    SELECT DISTINCT ON (id) *
    FROM (SELECT *, false AS is_part FROM due UNION ALL SELECT *, true FROM part) AS each
    ORDER BY id, ends, is_part
), event AS (
    INSERT INTO choices_event (
        subject_id, purpose_id, version, decision, method, recorder, jurisdiction, said_at, received_at
    )
    SELECT subject_id, purpose_id, version, 'expired', 'expiry', '', jurisdiction, ends, %(now)s FROM ended
    ORDER BY ends, is_part
    RETURNING id, subject_id, purpose_id
)
UPDATE choices_current AS current
SET event_id = event.id, decision = 'expired', since = ended.ends, expires_at = NULL
FROM ended JOIN event USING (subject_id, purpose_id)
WHERE current.id = ended.id
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
