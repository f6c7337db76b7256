"""What follows for deliveries from the results of their attempts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from consents.notices.outcome import RETRIES

# Attempts after whose number nothing more is tried have no wait.
SETTLE = """
UPDATE notices_delivery AS delivery SET
    attempts = tried.number,
    state = tried.state,
    error = CASE WHEN tried.state = 'sent' THEN '' ELSE tried.code END,
    claim = NULL,
    sent_at = CASE WHEN tried.state = 'sent' THEN tried.at END,
    due_at = CASE WHEN tried.state = 'pending' THEN tried.at + tried.wait END,
    address = CASE WHEN tried.state = 'pending' THEN delivery.address END
FROM (
    SELECT attempt.delivery_id, attempt.number, result.at, result.code, wait,
        CASE
            WHEN result.kind = 'accepted' THEN 'sent'
            WHEN result.kind = 'skipped' THEN 'skipped'
            WHEN wait IS NOT NULL THEN 'pending'
            ELSE 'failed'
        END AS state
    FROM notices_attempt AS attempt
    JOIN notices_result AS result ON result.attempt_id = attempt.id
    JOIN notices_delivery AS tried ON tried.id = attempt.delivery_id AND attempt.number = tried.attempts + 1
    JOIN notices_notice AS notice ON notice.id = tried.notice_id
    CROSS JOIN LATERAL (
        SELECT CASE result.kind
            WHEN 'deferred' THEN (%(waits)s::interval[])[attempt.number]
            WHEN 'unknown' THEN CASE
                WHEN notice.legal AND attempt.number <= cardinality(%(waits)s::interval[]) THEN interval '0'
            END
        END AS wait
    ) AS waits
    WHERE attempt.delivery_id = ANY(%(deliveries)s)
) AS tried
WHERE delivery.id = tried.delivery_id AND delivery.claim = ANY(%(claims)s)
"""
# What began and has no result, though its worker lives no more.
COUNT_UNKNOWN = """
INSERT INTO notices_result (attempt_id, subject_id, kind, code, at)
SELECT attempt.id, attempt.subject_id, 'unknown', 'unknown', %(now)s
FROM notices_attempt AS attempt
LEFT JOIN notices_result AS result ON result.attempt_id = attempt.id
WHERE attempt.delivery_id = ANY(%(deliveries)s) AND result.attempt_id IS NULL
ON CONFLICT DO NOTHING
RETURNING attempt_id
"""


def settle(deliveries: Collection[UUID], claims: Collection[UUID]) -> None:
    """Those of the deliveries that one of the claims holds; they are held no longer if an attempt on them has ended."""
    values: dict[str, Any] = {"waits": list(RETRIES), "deliveries": list(deliveries), "claims": list(claims)}
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, values)


def count_unknown(deliveries: Collection[UUID], now: datetime) -> list[UUID]:
    """The attempts on them that a dead worker left without a result; they have one from then on."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_UNKNOWN, {"deliveries": list(deliveries), "now": now})
        return [attempt for (attempt,) in cursor.fetchall()]
