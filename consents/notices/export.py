"""What became of each delivery of a notice, for the record: one row each, with numbers and no address."""

import csv
from collections.abc import Iterator

from consents.notices.models import Delivery, Notice
from consents.notices.reasons import in_words

COLUMNS = ("subject", "language", "state", "reason", "reason_in_words", "attempts", "sent_at", "read_at")
BATCH = 2000


class Line:
    """What csv writes to: it keeps one line."""

    def write(self, line: str) -> str:
        return line


def export(notice: Notice) -> Iterator[str]:
    """Line by line, from a cursor of the server: no size of a notice fills the memory."""
    write = csv.writer(Line()).writerow
    yield write(COLUMNS)
    rows = Delivery.objects.filter(notice=notice).values_list(
        "subject_id", "language", "state", "error", "attempts", "sent_at", "read_at"
    )
    for subject, language, state, error, attempts, sent_at, read_at in rows.iterator(chunk_size=BATCH):
        times = (moment.isoformat() if moment else "" for moment in (sent_at, read_at))
        yield write((subject, language, state, error, in_words(error), attempts, *times))
