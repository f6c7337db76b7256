"""Purposes that are part of others: a part does not count without its whole, and a no to the whole is one to its parts.

What is asked of the database here is rare, and asked once the subject is locked: so it knows what was said just before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from consents.catalogue.models import Purpose
from consents.choices.refusals import RetiredPurpose, WholeNotAllowed
from consents.choices.write import Circumstances, Matter

# Whether what the parts are a part of, at any depth, was retired or did not count any more when they were allowed. What
# nobody decided never counted. UNION ends the walk also where purposes were made parts of each other.
ABOVE = """
WITH RECURSIVE above AS (
    SELECT id AS part_id, parent_id AS whole_id FROM catalogue_purpose
    WHERE id = ANY(%(parts)s) AND parent_id IS NOT NULL
    UNION
    SELECT above.part_id, purpose.parent_id FROM above JOIN catalogue_purpose AS purpose ON purpose.id = above.whole_id
    WHERE purpose.parent_id IS NOT NULL
)
SELECT above.part_id, whole.id, coalesce(whole.retired_at <= %(effective)s, false),
    NOT whole.essential AND coalesce(%(effective)s >= CASE
        WHEN current.decision IS NULL THEN '-infinity'
        WHEN current.decision = 'granted' THEN least(current.expires_at, renewed.published_at)
        ELSE current.since
    END, false)
FROM above
JOIN catalogue_purpose AS whole ON whole.id = above.whole_id
LEFT JOIN choices_current AS current ON current.subject_id = %(subject)s AND current.purpose_id = whole.id
LEFT JOIN catalogue_purposeversion AS renewed
    ON renewed.purpose_id = whole.id AND renewed.number = whole.asks_since AND renewed.number > current.version
"""
# What a no to the wholes makes a no too, in the order of the catalogue.
BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM catalogue_purpose WHERE parent_id = ANY(%(wholes)s)
    UNION
    SELECT part.id FROM below JOIN catalogue_purpose AS part ON part.parent_id = below.id
)
SELECT part.id, part.slug, part.version, part.asks_since FROM below
JOIN catalogue_purpose AS part USING (id)
LEFT JOIN choices_current AS current ON current.subject_id = %(subject)s AND current.purpose_id = part.id
WHERE NOT part.essential AND part.retired_at IS NULL AND part.id <> ALL(%(named)s)
    AND (current.decision IN ('refused', 'withdrawn') AND current.since >= %(effective)s) IS NOT TRUE
ORDER BY part.position, part.slug
"""


def check(matters: Sequence[Matter], call: Circumstances) -> None:
    """Raises WholeNotAllowed and RetiredPurpose for a part whose whole is neither allowed by the call nor was before.

    What was decided on the whole later than the part was allowed is no fault: then the call came late.
    """
    parts = {
        matter.purpose.pk: position
        for position, matter in enumerate(matters)
        if matter.allow and matter.purpose.parent_id is not None
    }
    if not parts:
        return
    answers = {matter.purpose.pk: matter.allow for matter in matters}
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, _about(call) | {"parts": list(parts)})
        faults = {
            parts[part]: RetiredPurpose if is_retired else WholeNotAllowed
            for part, whole, is_retired, is_missing in cursor.fetchall()
            if is_retired or not answers.get(whole, not is_missing)
        }
    if faults:
        position = min(faults)
        raise faults[position](position)


def refused_with(wholes: Sequence[Purpose], matters: Sequence[Matter], call: Circumstances) -> list[Matter]:
    """The parts that a no to these refuses too; nobody was shown their words for it."""
    if not wholes:
        return []
    named = [matter.purpose.pk for matter in matters]
    found = Purpose.objects.raw(BELOW, _about(call) | {"wholes": [whole.pk for whole in wholes], "named": named})
    return [Matter(part, part.version, None, allow=False, expires_at=None) for part in found]


def _about(call: Circumstances) -> dict[str, Any]:
    return {"subject": call.subject.pk, "effective": call.said.effective_at}


def wholes_of(purposes: Iterable[Purpose]) -> dict[UUID, list[Purpose]]:
    """By purpose, all that it is a part of, from the nearest up; the retired too. The catalogue is small."""
    asked = list(purposes)
    known = Purpose.objects.in_bulk() if any(purpose.parent_id for purpose in asked) else {}
    return {purpose.pk: list(_above(purpose, known)) for purpose in asked}


def _above(purpose: Purpose, known: Mapping[UUID, Purpose]) -> Iterator[Purpose]:
    passed = {purpose.pk}
    while (above := purpose.parent_id) and above not in passed:
        passed.add(above)
        purpose = known[above]
        yield purpose
