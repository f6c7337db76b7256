"""A copy of many rows streams from the source into the sealed archive; memory does not grow with their number."""

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta

import pytest

from dsar.datamap.plain import Row
from dsar.datamap.systems import Identities
from tests.work import Helpdesk, archive_of, ask_for, work_off

ROWS = 60_000
TEXT = "Where is my parcel? " * 10


def many(who: Identities, collection: str) -> Iterator[Row]:
    return ({"number": number, "text": TEXT} for number in range(ROWS if collection == "tickets" else 0))


@pytest.mark.django_db
def test_memory_is_flat_in_the_number_of_rows(alice, helpdesk: Helpdesk, monkeypatch, settings):
    # Watching memory is slow, and the thread that renews the lease can not see the rows of a test's transaction.
    settings.LEASE = timedelta(hours=1)
    monkeypatch.setattr(helpdesk, "rows", many)
    asked = ask_for("access", alice.subject)
    tracemalloc.start()
    work_off()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    archive = archive_of(asked)
    assert archive.size > 0
    assert peak < 6_000_000, "rows of 13 MB passed through"
