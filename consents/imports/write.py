"""One batch of lines as events and current choices: by a handful of statements, in one transaction."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from consents.catalogue.models import Purpose
from consents.choices.current import NEWER_HOLDS
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
# Who refused a whole refused its parts then, as the act of choosing says; where the file says so itself, its line is
# kept. A part that was allowed without its whole becomes history: lines are in any order, and those about the whole may
# be in another file. `may` says no to it until the whole is allowed.
REFUSE_PARTS = """
WITH RECURSIVE below AS (
    SELECT parent_id AS whole_id, id FROM catalogue_purpose WHERE parent_id IS NOT NULL
    UNION
    SELECT below.whole_id, part.id FROM below JOIN catalogue_purpose AS part ON part.parent_id = below.id
), refused AS (
    SELECT number, subject_id, purpose_id, policy_version_id, said_at FROM imports_line
    WHERE source_id = %(source)s AND batch = %(batch)s AND decision <> 'granted'
), no AS (
    SELECT refused.*, NULL::smallint AS version FROM refused
    UNION ALL
    SELECT number, subject_id, part.id, policy_version_id, said_at, part.version
    FROM refused JOIN below ON below.whole_id = refused.purpose_id JOIN catalogue_purpose AS part ON part.id = below.id
    WHERE NOT part.essential AND part.retired_at IS NULL
), said_once AS (
    SELECT DISTINCT ON (subject_id, purpose_id, said_at) * FROM no
    ORDER BY subject_id, purpose_id, said_at, version NULLS FIRST, number
)
INSERT INTO imports_line (source_id, batch, number, subject_id, purpose_id, version, policy_version_id, decision,
    said_at)
SELECT %(source)s, %(batch)s, number, subject_id, purpose_id, version, policy_version_id, 'refused', said_at
FROM said_once LEFT JOIN LATERAL (
    SELECT decision, since FROM choices_current
    WHERE subject_id = said_once.subject_id AND purpose_id = said_once.purpose_id LIMIT 1
) AS current ON true
WHERE version IS NOT NULL
    AND (current.decision IN ('refused', 'withdrawn') AND current.since >= least(said_at, %(now)s)) IS NOT TRUE
"""
# What waits is taken and written at once, so nothing is written twice and nothing lost. A no that ends a yes is a
# withdrawal.
WRITE = f"""
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
{NEWER_HOLDS}
"""  # noqa: S608  # only words of our own


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
        if Purpose.objects.exclude(parent=None).exists():
            cursor.execute(REFUSE_PARTS, parameters)
        cursor.execute(WRITE, parameters)
