"""What `may` answers for one person, for as many as a system asks about: one statement, whatever the number."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from consents.choices.refusals import NotRecorded, UnknownPurpose

# The rule is that of `may.py`. Whoever was merged is asked about as the person they turned out to be.
CHECK = """
SELECT purpose.essential, person.id, coalesce(
    purpose.retired_at IS NULL AND person.stage <> 'tombstone' AND person.frozen_at IS NULL AND (
        purpose.essential
        OR current.decision = 'granted' AND current.version >= purpose.asks_since
            AND (current.expires_at IS NULL OR current.expires_at > now())
    ), false)
FROM catalogue_purpose AS purpose
CROSS JOIN {asked}
LEFT JOIN subjects_subject AS person ON person.id = coalesce(said.merged_into_id, said.id)
LEFT JOIN choices_current AS current ON current.subject_id = person.id AND current.purpose_id = purpose.id
WHERE purpose.slug = %(purpose)s
ORDER BY asked.position
"""
BY_ID = CHECK.format(
    asked="""unnest(%(asked)s::uuid[]) WITH ORDINALITY AS asked(id, position)
LEFT JOIN subjects_subject AS said ON said.id = asked.id"""
)
BY_ADDRESS = CHECK.format(
    asked="""unnest(%(asked)s::text[]) WITH ORDINALITY AS asked(hash, position)
LEFT JOIN subjects_address AS address ON address.hash = asked.hash
LEFT JOIN subjects_subject AS said ON said.id = address.subject_id"""
)


class Answer(NamedTuple):
    """`subject_id` is the person's, None where nobody is known; an `essential` purpose has nothing to opt out of."""

    essential: bool
    subject_id: UUID | None
    allowed: bool


class NoSuchPurpose(NotRecorded):
    """A system that asks about nothing has a mistake that an answer of no would hide."""

    code = UnknownPurpose.code
    field = "purpose"
    message = UnknownPurpose.message


def check(purpose_slug: str, subject_ids: Sequence[UUID | str]) -> list[Answer]:
    """In the order in which they were asked about. Raises NoSuchPurpose."""
    return _answers(BY_ID, purpose_slug, subject_ids)


def check_addresses(purpose_slug: str, hashes: Sequence[str]) -> list[Answer]:
    """By `addresses.address_hash`. Raises NoSuchPurpose."""
    return _answers(BY_ADDRESS, purpose_slug, hashes)


def _answers(statement: str, purpose_slug: str, asked: Sequence[UUID | str]) -> list[Answer]:
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, {"purpose": purpose_slug, "asked": list(map(str, asked))})
        answers = [*map(Answer._make, cursor.fetchall())]
    if not answers:
        raise NoSuchPurpose
    return answers
