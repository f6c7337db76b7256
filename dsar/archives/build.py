"""The archive: a BagIt bag of everything that was gathered, sealed at rest with the subject's key."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from accounts.subjects.models import Subject
from dsar.archives import shelf
from dsar.archives.about import About, about
from dsar.archives.bag import Bag, Names
from dsar.archives.clear import ARCHIVES
from dsar.archives.contents import Filed, Gathered
from dsar.archives.models import Archive
from dsar.archives.page import page, read_me
from dsar.archives.table import csv_lines
from dsar.datamap.plain import Row

# Lines between two looks at whether the work is still ours.
CHECK_EVERY = 1000
# Rows of a collection that the page shows; the files hold all.
SHOWN = 100


def build(
    subject: Subject,
    *,
    recipient: Subject,
    reference: str,
    plan_id: UUID,
    gathered: Sequence[Gathered],
    checkpoint: Callable[[], None],
) -> Archive:
    """Write the file, in the language that is active, and return its row, not saved yet: the caller saves it together
    with all that follows from it.

    Raises FileNotFoundError, NotSealedHere where a part is gone or damaged.
    """
    path = f"{ARCHIVES}/{uuid4().hex}"
    with shelf.writing(subject, path, durable=True) as out:
        bag = Bag(out, f"privacy-center-{reference}")
        _fill(bag, subject, reference, gathered, checkpoint)
    return Archive(
        subject=subject,
        recipient=recipient,
        reference=reference,
        plan_id=plan_id,
        path=path,
        size=bag.size,
        sha256=bag.sha256,
        missing=sorted({found.system for found in gathered if found.part is None}),
        expires_at=timezone.now() + settings.ARCHIVE_LIFETIME,
    )


def _fill(
    bag: Bag, subject: Subject, reference: str, gathered: Sequence[Gathered], checkpoint: Callable[[], None]
) -> None:
    names = Names()
    filed = [_file(bag, subject, found, names, checkpoint) for found in gathered if found.part]
    held = [(each.system_name, each.collection) for each in filed if each.part.rows]
    said: About = about(subject, held)
    missing = [found for found in gathered if found.part is None]
    bag.text("about.json", _pretty(said))
    if missing:
        bag.text("incomplete.json", _pretty([_missing(found) for found in missing]))
    with bag.file("index.html") as out:
        for chunk in page(reference, filed, said, missing):
            out.write(chunk.encode("utf-8", "replace"))
    bag.text("README.txt", read_me(reference, missing))
    bag.close(
        {
            "Source-Organization": settings.ORGANISATION,
            "External-Identifier": reference,
            "Bagging-Date": timezone.localdate().isoformat(),
        }
    )


def _file(bag: Bag, subject: Subject, found: Gathered, names: Names, checkpoint: Callable[[], None]) -> Filed:
    assert found.part
    assert found.collection
    part, name = found.part, names.take(found.system, found.name)
    with bag.file(f"{name}.jsonl", size=part.size) as out:
        for line in _checked(shelf.lines(subject, part.path), checkpoint):
            out.write(line + b"\n")
    columns = [column.name for column in found.collection.columns]
    rows = (json.loads(line) for line in _checked(shelf.lines(subject, part.path), checkpoint))
    # Without the names of its columns a row is shorter, with the quotes around each cell hardly longer.
    with bag.file(f"{name}.csv", size=2 * part.size) as out:
        for text in csv_lines(columns, rows):
            out.write(text)
    return Filed(found.system_name, found.collection, part, f"{name}.jsonl", f"{name}.csv", _first(subject, part.path))


def _first(subject: Subject, path: str) -> Iterator[Row]:
    """Read when the page comes to it, so that only one collection's rows are in memory."""
    for line in islice(shelf.lines(subject, path), SHOWN):
        yield json.loads(line)


def _checked(lines: Iterator[bytes], checkpoint: Callable[[], None]) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        if number % CHECK_EVERY == 0:
            checkpoint()
        yield line


def _missing(found: Gathered) -> dict[str, str]:
    return {"system": found.system, "name": found.system_name, "collection": found.name, "code": found.error}


def _pretty(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
