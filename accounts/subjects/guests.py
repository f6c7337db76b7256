"""Guests by the thousand, for records that come from elsewhere; each as `life` and `addresses` would make it."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import connection, transaction

from accounts.subjects.addresses import kind_of
from accounts.subjects.in_bulk import new_key, seal

# Bounds what is in memory at a time.
BLOCK = 2000

NEW = """
CREATE TEMPORARY TABLE subjects_new_guest (
    subject_id uuid, wrapped_key bytea, kind text, hash text, value bytea
) ON COMMIT DROP
"""
MADE_UP = "SELECT uuidv7(), hash, address FROM ({unknown}) AS unknown"
# The addresses first: whoever became known in the meantime is no new guest.
OPEN = """
WITH led AS (
    INSERT INTO subjects_address (subject_id, kind, hash, value)
    SELECT subject_id, kind, hash, value FROM subjects_new_guest ORDER BY subject_id
    ON CONFLICT DO NOTHING RETURNING subject_id
)
INSERT INTO subjects_subject (id, stage, wrapped_key, language, jurisdiction)
SELECT subject_id, 'guest', wrapped_key, '', %s FROM subjects_new_guest JOIN led USING (subject_id)
ORDER BY subject_id
"""


@transaction.atomic
def open_guests(unknown: str, *, jurisdiction: str) -> int:
    """How many were made. `unknown` is SQL for the columns hash and address: each once, and normalised."""
    with connection.cursor() as cursor:
        cursor.execute(NEW)
        with connection.chunked_cursor() as reading:
            reading.execute(MADE_UP.format(unknown=unknown))
            while block := reading.fetchmany(BLOCK):
                with cursor.copy("COPY subjects_new_guest FROM STDIN") as copy:
                    copy.write("".join(_rows(block)))
        cursor.execute(OPEN, [jurisdiction])
        made: int = cursor.rowcount
        cursor.execute("DROP TABLE subjects_new_guest")
    return made


def _rows(block: Iterable[tuple[UUID, str, str]]) -> Iterator[str]:
    """Each with a data key of its own, which seals the address."""
    for pk, hashed, address in block:
        key, wrapped = new_key(pk)
        value = seal(key, "subjects.Address.value", pk, address)
        yield f"{pk}\t\\\\x{wrapped.hex()}\t{kind_of(address).value}\t{hashed}\t\\\\x{value.hex()}\n"
