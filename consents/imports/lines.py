"""Records as rows for PostgreSQL's COPY: everything that can be told without looking at the person is checked here."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO

from django.utils import timezone

from accounts.subjects.addresses import address_hash, normalised
from consents.choices.record import CLOCK_TOLERANCE
from consents.imports.meanings import Bad, Meanings, Policies, Terms
from consents.imports.models import Fault
from consents.imports.records import Record, records

# Of the temporary table `imports_read`, in the order of the rows below.
READ = """
CREATE TEMPORARY TABLE imports_read (
    number bigint, subject_id uuid, address_hash text, address text,
    purpose_id uuid, wording_id uuid, version smallint, policy_version_id uuid, decision text, said_at timestamptz,
    field text, fault text
) ON COMMIT DROP
"""
DECISIONS = {"granted": True, "refused": False, "withdrawn": False}
SUBJECT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PART = r"[^@\s\\\ufffd\ud800-\udfff\x00-\x1f\x7f]"
MAIL_ADDRESS = re.compile(rf"{_PART}{{1,64}}@{_PART}{{1,190}}")
NUMBER_TO_CALL = re.compile(r"(\+|00)[0-9 ()./-]{6,24}")
# Older than any record of a consent; what is older comes from an empty field somewhere.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


def rows(file: IO[bytes], form: str, terms: Terms) -> Iterator[str]:
    """One row for each record, good or bad; what they mean is looked up at once, before the first row is asked for.

    Raises Refusal, also between two rows, where the whole file can not be read.
    """
    line = Line(Meanings(terms), Policies())
    return (line.row(number, record) for number, record in records(file, form))


def blocks(lines: Iterable[str], size: int = 1000) -> Iterator[str]:
    """Many rows in one go, as each call of the driver costs as much as reading a row."""
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == size:
            yield "".join(block)
            block.clear()
    yield "".join(block)


class Line:
    def __init__(self, meanings: Meanings, policies: Policies) -> None:
        self._meanings, self._policies = meanings, policies
        self._latest = timezone.now() + CLOCK_TOLERANCE

    def row(self, number: int, record: Record | Fault) -> str:
        try:
            return f"{number}\t{self._good(record)}\t\\N\t\\N\n"
        except Bad as bad:
            nothing = "\\N\t" * 9
            return f"{number}\t{nothing}{bad.column}\t{bad.fault.value}\n"

    def _good(self, record: Record | Fault) -> str:
        if isinstance(record, Fault):
            raise Bad("", record)
        subject, address, purpose, decision, said_at, sha256, language, version = record
        if "\ufffd" in f"{address}{purpose}{decision}{said_at}":
            raise Bad("", Fault.NOT_TEXT)
        who = _who(subject, address)
        allow = DECISIONS.get(decision)
        if allow is None:
            raise Bad("decision", Fault.UNKNOWN_DECISION)
        meaning = self._meanings.find(purpose, sha256, language, version, allow)
        said = self._instant(said_at)
        return f"{who}\t{meaning}\t{self._policies.at(said)}\t{decision}\t{said.isoformat()}"

    def _instant(self, text: str) -> datetime:
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise Bad("said_at", Fault.NOT_A_TIME if text else Fault.MISSING) from None
        if instant.tzinfo is None or instant < EARLIEST:
            raise Bad("said_at", Fault.NOT_A_TIME)
        if instant > self._latest:
            raise Bad("said_at", Fault.CLOCK_AHEAD)
        return instant.astimezone(UTC)


def _who(subject: str, address: str) -> str:
    """The columns subject_id, address_hash and address."""
    if not address:
        if not SUBJECT.fullmatch(subject):
            raise Bad("subject", Fault.NOT_A_NUMBER if subject else Fault.MISSING)
        return f"{subject}\t\\N\t\\N"
    if subject:
        raise Bad("address", Fault.TWO_NAMES)
    address = address.strip()
    if not MAIL_ADDRESS.fullmatch(address) and not NUMBER_TO_CALL.fullmatch(address):
        raise Bad("address", Fault.NOT_AN_ADDRESS)
    return f"\\N\t{address_hash(address)}\t{normalised(address)}"
