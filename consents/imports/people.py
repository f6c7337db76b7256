"""Who the lines are about, and whether their choices can be taken over: one join for the whole file."""

from itertools import batched

from django.db import connection

from accounts.guardians.minors import minors_among
from accounts.subjects.guests import open_guests
from consents.imports.models import Import

BLOCK = 2000

# A device or guest that turned out to be somebody is that person. No person and no fault: a new guest.
FOUND = """
CREATE TEMPORARY TABLE imports_found ON COMMIT DROP AS
SELECT read.number, read.address_hash, read.address, read.purpose_id, read.wording_id, read.version,
    read.policy_version_id, read.decision, read.said_at, person.id AS person_id, person.jurisdiction,
    CASE
        WHEN person.id IS NULL AND read.subject_id IS NOT NULL THEN 'unknown-subject'
        WHEN person.stage = 'tombstone' THEN 'erased'
        WHEN person.frozen_at IS NOT NULL AND read.decision = 'granted' THEN 'erasure-asked'
    END AS fault
FROM imports_read AS read
LEFT JOIN subjects_address AS address ON address.hash = read.address_hash
LEFT JOIN subjects_subject AS named ON named.id = coalesce(read.subject_id, address.subject_id)
LEFT JOIN subjects_subject AS person ON person.id = coalesce(named.merged_into_id, named.id)
WHERE read.fault IS NULL
"""
ALLOWING = "SELECT person_id FROM imports_found WHERE decision = 'granted' AND fault IS NULL"
MINORS = """
UPDATE imports_found SET fault = 'guardian-needed'
WHERE decision = 'granted' AND fault IS NULL AND person_id IN (SELECT id FROM imports_minor)
"""
PROBLEMS = """
INSERT INTO imports_problem (source_id, number, field, fault)
SELECT %(source)s, number, field, fault FROM imports_read WHERE fault IS NOT NULL
UNION ALL
SELECT %(source)s, number, CASE
        WHEN fault IN ('erasure-asked', 'guardian-needed') THEN 'decision'
        WHEN address_hash IS NULL THEN 'subject'
        ELSE 'address'
    END, fault
FROM imports_found WHERE fault IS NOT NULL
ORDER BY number
"""
UNKNOWN = """
SELECT address_hash AS hash, min(address) AS address FROM imports_found
WHERE person_id IS NULL AND fault IS NULL GROUP BY address_hash
"""


def find() -> None:
    """From `imports_read`, of this transaction, to `imports_found`."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE imports_read")
        cursor.execute(FOUND)
        cursor.execute("ANALYZE imports_found")
        cursor.execute("CREATE TEMPORARY TABLE imports_minor (id uuid) ON COMMIT DROP")
        # In blocks: a connection reads and copies by turns, and not all of them need be in memory.
        for minors in batched(minors_among(ALLOWING), BLOCK):
            with cursor.copy("COPY imports_minor FROM STDIN") as copy:
                copy.write("".join(f"{pk}\n" for pk in minors))
        cursor.execute(MINORS)
        cursor.execute("DROP TABLE imports_minor")


def count(source: Import) -> None:
    """Keep what is wrong, and how many lines there are."""
    with connection.cursor() as cursor:
        cursor.execute(PROBLEMS, {"source": source.pk})
        source.bad = cursor.rowcount
        cursor.execute("SELECT count(*) FROM imports_read")
        source.lines = cursor.fetchone()[0]


def forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE imports_read, imports_found")


def welcome(source: Import, jurisdiction: str) -> None:
    """Whoever is known by none of our addresses becomes a guest."""
    source.guests = open_guests(UNKNOWN, jurisdiction=jurisdiction)
