"""What `may` answers for one person, for as many as a system asks about: one statement, whatever the number."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from consents.choices.refusals import NotRecorded, UnknownPurpose

# The rule is that of `may.py`. Whoever was merged is asked about as the person they turned out to be. LIMIT 1 makes
# each look-up one in an index; without it the planner reads whole tables for some thousands of people.
CHECK = """
SELECT purpose.essential,
    array_agg(coalesce(
        purpose.retired_at IS NULL
        AND coalesce(person.stage, said.stage) <> 'tombstone'
        AND (CASE WHEN person.id IS NULL THEN said.frozen_at ELSE person.frozen_at END) IS NULL
        AND (
            purpose.essential
            OR current.decision = 'granted' AND current.version >= purpose.asks_since
                AND (current.expires_at IS NULL OR current.expires_at > now())
        ), false
    ) ORDER BY asked.position),
    array_agg(coalesce(person.id, said.id) ORDER BY asked.position) FILTER (WHERE %(with_people)s)
FROM catalogue_purpose AS purpose
CROSS JOIN unnest(%(asked)s::{kind}[]) WITH ORDINALITY AS asked(key, position)
LEFT JOIN LATERAL (
    SELECT id, stage, frozen_at, merged_into_id FROM subjects_subject WHERE id = {subject} LIMIT 1
) AS said ON true
LEFT JOIN LATERAL (
    SELECT id, stage, frozen_at FROM subjects_subject WHERE id = said.merged_into_id LIMIT 1
) AS person ON true
LEFT JOIN LATERAL (
    SELECT decision, version, expires_at FROM choices_current
    WHERE subject_id = coalesce(person.id, said.id) AND purpose_id = purpose.id LIMIT 1
) AS current ON true
WHERE purpose.slug = %(purpose)s
GROUP BY purpose.essential
"""
BY_ID = CHECK.format(kind="uuid", subject="asked.key")
BY_ADDRESS = CHECK.format(
    kind="text", subject="(SELECT subject_id FROM subjects_address WHERE hash = asked.key LIMIT 1)"
)


class Answers(NamedTuple):
    """In the order in which they were asked about. An `essential` purpose has nothing to opt out of.

    `people` are the numbers of the persons, None where nobody is known; only where it was asked for them.
    """

    essential: bool
    allowed: list[bool]
    people: list[UUID | None] | None = None


class NoSuchPurpose(NotRecorded):
    """A system that asks about nothing has a mistake that an answer of no would hide."""

    code = UnknownPurpose.code
    field = "purpose"
    message = UnknownPurpose.message


def check(purpose_slug: str, subject_ids: Sequence[UUID | str], *, with_people: bool = False) -> Answers:
    """Raises NoSuchPurpose."""
    return _answers(BY_ID, purpose_slug, subject_ids, with_people)


def check_addresses(purpose_slug: str, hashes: Sequence[str], *, with_people: bool = False) -> Answers:
    """By `addresses.address_hash`. Raises NoSuchPurpose."""
    return _answers(BY_ADDRESS, purpose_slug, hashes, with_people)


def _answers(statement: str, purpose_slug: str, asked: Sequence[UUID | str], with_people: bool) -> Answers:
    # Numbers and hashes have nothing that an array of PostgreSQL would want quoted. As one text ten thousand are
    # handed over in no time.
    array = "{" + ",".join(map(str, asked)) + "}"
    with connection.cursor() as cursor:
        cursor.execute(statement, {"purpose": purpose_slug, "asked": array, "with_people": with_people})
        row = cursor.fetchone()
    if row is None:
        raise NoSuchPurpose
    return Answers(*row)
