"""One batch of lines as events and current choices: by a handful of statements, in one transaction."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from consents.choices.models import Method
from consents.imports.models import Import

# What may have happened since the lines were found good. The lock puts choices of one person in line, and nobody is
# frozen, erased or merged until this is written; in one order, so that no two wait for each other.
LOCK = """
SELECT count(*) FILTER (WHERE merged_into_id IS NOT NULL), count(*) FILTER (WHERE frozen_at IS NOT NULL OR erased)
FROM (
    SELECT merged_into_id, frozen_at, stage = 'tombstone' AS erased FROM subjects_subject
    WHERE id IN (SELECT subject_id FROM imports_line WHERE source_id = %(source)s AND batch = %(batch)s)
    ORDER BY id FOR NO KEY UPDATE
) AS people
"""
FOLLOW = """
UPDATE imports_line AS line SET subject_id = subject.merged_into_id
FROM subjects_subject AS subject
WHERE source_id = %(source)s AND batch = %(batch)s AND subject.id = line.subject_id AND merged_into_id IS NOT NULL
"""
LEAVE_OUT = """
WITH gone AS (
    DELETE FROM imports_line AS line USING subjects_subject AS subject
    WHERE source_id = %(source)s AND batch = %(batch)s AND subject.id = line.subject_id
        AND (stage = 'tombstone' OR frozen_at IS NOT NULL AND decision = 'granted')
    RETURNING number, stage
)
INSERT INTO imports_problem (source_id, number, field, fault)
SELECT %(source)s, number, CASE stage WHEN 'tombstone' THEN 'subject' ELSE 'decision' END,
    CASE stage WHEN 'tombstone' THEN 'erased' ELSE 'erasure-asked' END
FROM gone
"""
# What waits is taken and written at once, so nothing is written twice and nothing lost. The rule of `current.py` in the
# words of the database: the newer holds, and of two at the same time the no; a no that ends a yes is a withdrawal.
WRITE = """
WITH taken AS (
    DELETE FROM imports_line WHERE source_id = %(source)s AND batch = %(batch)s RETURNING *
), history AS (
    SELECT taken.*, least(taken.said_at, %(now)s) AS effective_at, taken.decision <> 'granted' AS no,
        current.decision = 'granted' AS holds, current.since AS holds_since,
        lag(taken.decision) OVER earlier = 'granted' AS before, lag(taken.said_at) OVER earlier AS before_since
    FROM taken LEFT JOIN choices_current AS current USING (subject_id, purpose_id)
    WINDOW earlier AS (
        PARTITION BY taken.subject_id, taken.purpose_id ORDER BY taken.said_at, taken.decision <> 'granted', number
    )
), said AS (
    SELECT uuidv7() AS event_id, line.* FROM (
        SELECT history.*, subject.jurisdiction, CASE
            WHEN history.decision = 'refused' AND CASE
                WHEN before_since IS NULL OR (holds_since, NOT holds) > (before_since, NOT before)
                THEN holds AND holds_since <= effective_at
                ELSE before
            END THEN 'withdrawn'
            ELSE history.decision
        END AS said
        FROM history JOIN subjects_subject AS subject ON subject.id = history.subject_id
        ORDER BY subject_id, said_at, number
    ) AS line
), event AS (
    INSERT INTO choices_event (id, subject_id, purpose_id, wording_id, version, policy_version_id, decision, method,
        recorder, jurisdiction, said_at, received_at, client_id)
    SELECT event_id, subject_id, purpose_id, wording_id, version, policy_version_id, said, %(method)s,
        '', jurisdiction, said_at, %(now)s, %(client_id)s || number
    FROM said
)
INSERT INTO choices_current (subject_id, purpose_id, event_id, version, decision, since, expires_at)
SELECT DISTINCT ON (subject_id, purpose_id)
    subject_id, purpose_id, event_id, version, said, effective_at, expires_at
FROM said ORDER BY subject_id, purpose_id, effective_at DESC, no DESC, event_id DESC
ON CONFLICT (subject_id, purpose_id) DO UPDATE SET
    event_id = EXCLUDED.event_id, version = EXCLUDED.version, decision = EXCLUDED.decision,
    since = EXCLUDED.since, expires_at = EXCLUDED.expires_at
WHERE (EXCLUDED.since, EXCLUDED.decision <> 'granted') > (choices_current.since, choices_current.decision <> 'granted')
"""


@transaction.atomic
def write(source: Import, batch: int, now: datetime | None = None) -> None:
    parameters: dict[str, Any] = {
        "source": source.pk,
        "batch": batch,
        "now": now or timezone.now(),
        "method": Method.IMPORT.value,
        "client_id": source.client_id,
    }
    with connection.cursor() as cursor:
        merged, hindered = 1, 0
        while merged:
            cursor.execute(LOCK, parameters)
            merged, hindered = cursor.fetchone()
            if merged:
                cursor.execute(FOLLOW, parameters)
        if hindered:
            cursor.execute(LEAVE_OUT, parameters)
        cursor.execute(WRITE, parameters)
