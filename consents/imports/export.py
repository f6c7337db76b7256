"""Everything that was ever decided, for an audit: one row for each event, oldest first. What is sealed stays sealed."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import connection, transaction

COLUMNS = (
    "id",
    "subject",
    "merged_into",
    "purpose",
    "version",
    "text_sha256",
    "language",
    "policy",
    "policy_version",
    "decision",
    "method",
    "actor",
    "recorder",
    "jurisdiction",
    "said_at",
    "received_at",
    "client_id",
    "holds",
)
EVENTS = """
SELECT event.id, event.subject_id, subject.merged_into_id, purpose.slug, event.version, wording.sha256,
    wording.language, document.slug, policy.number, event.decision, event.method, event.actor_id, event.recorder,
    event.jurisdiction, event.said_at, event.received_at, event.client_id, current.event_id IS NOT NULL
FROM choices_event AS event
JOIN subjects_subject AS subject ON subject.id = event.subject_id
JOIN catalogue_purpose AS purpose ON purpose.id = event.purpose_id
LEFT JOIN choices_wording AS wording ON wording.id = event.wording_id
LEFT JOIN policies_version AS policy ON policy.id = event.policy_version_id
LEFT JOIN policies_document AS document ON document.id = policy.document_id
LEFT JOIN choices_current AS current ON current.event_id = event.id
    AND current.subject_id = coalesce(subject.merged_into_id, subject.id) AND current.purpose_id = event.purpose_id
WHERE (%(purpose)s::text IS NULL OR purpose.slug = %(purpose)s)
    AND (%(since)s::timestamptz IS NULL OR event.received_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR event.received_at < %(until)s)
ORDER BY event.id
"""

type Row = tuple[Any, ...]


@dataclass(frozen=True)
class Wanted:
    """Of which purpose, and received from when until before when. None: all."""

    purpose: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def export(file: IO[str], form: str, wanted: Wanted) -> int:
    """How many were written. What is told is as of one moment, and streams through us however much it is."""
    write, count = FORMATS[form](file), 0
    for row in _rows(wanted):
        write(row)
        count += 1
    return count


@transaction.atomic
def _rows(wanted: Wanted) -> Iterator[Row]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(EVENTS, {"purpose": wanted.purpose, "since": wanted.since, "until": wanted.until})
        yield from cursor


def _csv(file: IO[str]) -> Callable[[Row], object]:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    return lambda row: writer.writerow([_plain(value) for value in row])


def _json_lines(file: IO[str]) -> Callable[[Row], object]:
    return lambda row: file.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, (str, int)) else str(value)


FORMATS = {"csv": _csv, "jsonl": _json_lines}
