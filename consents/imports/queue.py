"""The good lines of a file as work to be done, with all that will be written about them."""

from django.db import connection

from consents.catalogue.models import Purpose
from consents.choices import law
from consents.imports.models import Import

# How many lines are written by one statement: people whose lines these are wait for it if they choose just then.
BATCH = 5000

# The lines of one person stand together and in one batch, though it be larger for it; in an order in which the indexes
# of the events grow in one place at a time.
QUEUE = """
INSERT INTO imports_line (source_id, batch, number, subject_id, purpose_id, wording_id, version, policy_version_id,
    decision, said_at, expires_at)
SELECT %(source)s, (rank() OVER (ORDER BY who) - 1) / %(size)s, number, who, purpose_id, wording_id, version,
    policy_version_id, decision, said_at, CASE WHEN ends_at < '10000-01-01' THEN ends_at END
FROM (
    SELECT found.*, coalesce(found.person_id, address.subject_id) AS who,
        least(found.said_at, now()) + validity.period AS ends_at
    FROM imports_found AS found
    LEFT JOIN subjects_address AS address ON found.person_id IS NULL AND address.hash = found.address_hash
    LEFT JOIN imports_validity AS validity ON found.decision = 'granted' AND validity.purpose_id = found.purpose_id
        AND validity.jurisdiction = coalesce(found.jurisdiction, %(jurisdiction)s)
    WHERE found.fault IS NULL
) AS line
ORDER BY who, said_at, number
"""
VALIDITY = (
    "CREATE TEMPORARY TABLE imports_validity (purpose_id uuid, jurisdiction text, period interval) ON COMMIT DROP"
)


def queue(source: Import, jurisdiction: str) -> None:
    """From `imports_found`, of this transaction; new guests are of that jurisdiction."""
    _keep_validities(jurisdiction)
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, {"source": source.pk, "size": BATCH, "jurisdiction": jurisdiction})
        cursor.execute("DROP TABLE imports_validity")


def _keep_validities(jurisdiction: str) -> None:
    """For how long a yes to each purpose holds in each of the jurisdictions of the file."""
    with connection.cursor() as cursor:
        cursor.execute(VALIDITY)
        cursor.execute("SELECT DISTINCT jurisdiction FROM imports_found WHERE jurisdiction IS NOT NULL")
        places = {jurisdiction, *(place for (place,) in cursor.fetchall())}
        periods = [
            (purpose.pk, place, period)
            for purpose in Purpose.objects.optional()
            for place in sorted(places)
            if (period := law.validity(purpose, place))
        ]
        cursor.executemany("INSERT INTO imports_validity VALUES (%s, %s, %s::interval)", periods)


def batches(source: Import) -> list[int]:
    """Those that are still to be written."""
    waiting = source.waiting.order_by("batch").values_list("batch", flat=True).distinct()
    return list(waiting)
