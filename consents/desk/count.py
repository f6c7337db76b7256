"""The sums behind the charts of rates: each day is counted by one statement, so that no page ever reads all events."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection

from consents.choices.models import Event
from consents.desk.models import Tally

# Ids tell when the database made them, so their index finds the events of a day. Whoever began before midnight may
# commit after it: the day before is counted once more.
COUNT = """
INSERT INTO desk_tally (day, purpose_id, version, method, decision, count)
SELECT %(day)s, purpose_id, version, method, decision, count(*)
FROM choices_event
WHERE id >= %(first)s AND id < %(after)s
GROUP BY purpose_id, version, method, decision
ORDER BY purpose_id, version, method, decision
ON CONFLICT (day, purpose_id, version, method, decision) DO UPDATE SET count = excluded.count
WHERE desk_tally.count <> excluded.count
"""
EPOCH = date(1970, 1, 1)
# At a time, so that a run ends; the next goes on from there.
DAYS = 400


def count() -> int:
    """From the day before the last that was counted to the newest event. Returns how many days had any."""
    last = Tally.objects.order_by("-day").values_list("day", flat=True).first()
    day = _next_day(last - timedelta(days=1) if last else date.min)
    counted = 0
    while day is not None and counted < DAYS:
        _count_day(day)
        counted += 1
        day = _next_day(day + timedelta(days=1))
    return counted


def _next_day(since: date) -> date | None:
    """The first day from then on in which anything was decided."""
    first = Event.objects.filter(pk__gte=_id_at(since)).order_by("pk").values_list("pk", flat=True).first()
    return datetime.fromtimestamp((first.int >> 80) / 1000, UTC).date() if first else None


def _count_day(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"day": day, "first": _id_at(day), "after": _id_at(day + timedelta(days=1))})


def _id_at(day: date) -> UUID:
    """The smallest UUID of version 7 that a day can have."""
    begin = datetime.combine(max(day, EPOCH), time.min, UTC)
    return UUID(int=int(begin.timestamp() * 1000) << 80)
