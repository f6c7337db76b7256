"""Whether the data of people may be used for a purpose now: one statement, however many are asked about.

Undecided is no; so is a purpose that was retired, or that means more than it did when the person allowed it; so is what
they allowed for a time that is over. A part is no unless all that it is a part of is yes: what was allowed, or is done
without asking, and was not retired. Once erasure was asked, everything is no.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from consents.choices.refusals import NotRecorded, UnknownPurpose


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
    return _answers([purpose_slug, _array(subject_ids), "{}", with_people, timezone.now()])


def check_addresses(purpose_slug: str, hashes: Sequence[str], *, with_people: bool = False) -> Answers:
    """By `addresses.address_hash`. Raises NoSuchPurpose."""
    return _answers([purpose_slug, "{}", _array(hashes), with_people, timezone.now()])


def _array(keys: Sequence[UUID | str]) -> str:
    """As one text ten thousand are handed over in no time; numbers and hashes have nothing that would need quoting."""
    return "{" + ",".join(map(str, keys)) + "}"


def _answers(parameters: list[str | bool | datetime]) -> Answers:
    with connection.cursor() as cursor:
        cursor.execute("SELECT essential, allowed, people FROM choices_check(%s, %s, %s, %s, %s)", parameters)
        row = cursor.fetchone()
    if row is None:
        raise NoSuchPurpose
    return Answers(*row)
