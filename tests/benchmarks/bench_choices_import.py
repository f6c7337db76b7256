"""A million choices that were recorded elsewhere, from starting the command to its end."""

import csv
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from django.db import connection, transaction

from accounts.subjects.in_bulk import new_key, seal
from consents.catalogue.models import Purpose, PurposeText
from consents.choices.models import Event
from privacycenter.servers.bench import figure
from privacycenter.servers.program import CHECKOUT
from privacycenter.servers.stack import Stack
from tests.consents.purposes import make_purpose

ROWS = 1_000_000
FEW = 10_000
PURPOSES = 5
# Of four people three are account holders, named by their numbers; one is known to us by nothing, and becomes a guest.
KNOWN = 0.75
MEGABYTE = 1_000_000
# What `wait4` tells of a child begins with the size of the process that it was forked from, which has a million rows.
COMMAND = """
from pathlib import Path
import manage
manage.main()
print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""


@figure("choices.import", unit="rows per second")
def rows_per_second(stack: Stack) -> float:
    """Reading, checking, new guests, events and current choices."""
    seconds, _peak = imported(ROWS)
    return ROWS / seconds


@figure("choices.import_memory", unit="MB")
def memory(stack: Stack) -> float:
    """By how much the command’s memory at its highest grows from ten thousand rows to a million."""
    (_seconds, small), (_seconds, large) = imported(FEW), imported(ROWS)
    return (large - small) / MEGABYTE


@cache
def imported(rows: int) -> tuple[float, float]:
    """Seconds, and bytes of memory at the highest. Each number of rows is imported once."""
    before = Event.objects.count()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "old-system.csv"
        write(path, rows)
        with connection.cursor() as cursor:
            # What the figures before wrote is not to be brought to the disk meanwhile.
            cursor.execute("CHECKPOINT")
        began = time.monotonic()
        command = [sys.executable, "-c", COMMAND, "import_choices", str(path)]
        told = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True).stdout
        seconds = time.monotonic() - began
    assert Event.objects.count() == before + rows
    connection.close()
    sys.stderr.write(told)
    return seconds, int(told.split()[-2]) * 1024


def write(path: Path, rows: int) -> None:
    """A line for each purpose of each person, the lines of one person far from each other."""
    people = rows // PURPOSES
    known = [str(pk) for pk in account_holders(int(people * KNOWN))]
    who = [(pk, "") for pk in known] + [("", f"{uuid4().hex}@example.org") for _number in range(people - len(known))]
    said_at = datetime(2024, 1, 1, tzinfo=UTC)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["subject", "address", "purpose", "decision", "said_at", "text_sha256"])
        for purpose in purposes():
            text = PurposeText.objects.get(purpose=purpose).sha256
            for number, (pk, address) in enumerate(who):
                decision = "refused" if number % 3 == 0 else "granted"
                said = (said_at + timedelta(seconds=number)).isoformat()
                writer.writerow([pk, address, purpose.slug, decision, said, text])


@transaction.atomic
def purposes() -> list[Purpose]:
    """Of some the consent ends by itself."""
    made = [make_purpose(f"bench-{uuid4().hex[:8]}") for _number in range(PURPOSES)]
    Purpose.objects.filter(pk__in=[purpose.pk for purpose in made[:2]]).update(validity="P5Y")
    return made


def account_holders(number: int) -> list[UUID]:
    """Adults who told us their dates of birth, which only their own keys open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuidv7() FROM generate_series(1, %s)", [number])
        found = [pk for (pk,) in cursor.fetchall()]
        people = list(sealed(found))
        with cursor.copy("COPY subjects_subject (id, stage, wrapped_key, language, jurisdiction) FROM STDIN") as copy:
            for pk, wrapped_key, _birth_date in people:
                copy.write_row([pk, "account", wrapped_key, "", "EU_GDPR"])
        with cursor.copy("COPY users_profile (subject_id, birth_date) FROM STDIN") as copy:
            for pk, _wrapped_key, birth_date in people:
                copy.write_row([pk, birth_date])
        cursor.execute("ANALYZE subjects_subject, users_profile")
    return found


def sealed(people: list[UUID]) -> Iterator[tuple[UUID, bytes, bytes]]:
    for pk in people:
        key, wrapped_key = new_key(pk)
        yield pk, wrapped_key, seal(key, "users.Profile.birth_date", pk, "1985-05-17")
