"""How people decide, over time: read from the sums that `count.py` keeps, by a few statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Sum
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose
from consents.choices.models import Decision, Method
from consents.desk.models import Tally


class Period(models.TextChoices):
    DAYS = "days", _("The last 30 days")
    WEEKS = "weeks", _("The last 26 weeks")
    MONTHS = "months", _("The last 24 months")

    @property
    def slots(self) -> list[date]:
        """The first day of each slot, the oldest first."""
        today = timezone.now().astimezone(UTC).date()
        match self:
            case Period.DAYS:
                return [today - timedelta(days=number) for number in range(29, -1, -1)]
            case Period.WEEKS:
                monday = today - timedelta(days=today.weekday())
                return [monday - timedelta(weeks=number) for number in range(25, -1, -1)]
            case _:
                month = today.year * 12 + today.month - 1
                return [date(each // 12, each % 12 + 1, 1) for each in range(month - 23, month + 1)]

    def label_of(self, slot: date) -> str:
        return date_format(slot, "YEAR_MONTH_FORMAT" if self is Period.MONTHS else "DATE_FORMAT")

    @property
    def trunc(self) -> type[models.Func]:
        found: type[models.Func] = {"days": TruncDay, "weeks": TruncWeek, "months": TruncMonth}[self.value]
        return found


@dataclass
class Sums:
    """Decisions by kind, and what they are the decisions of."""

    label: str | Promise = ""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Decision.values, 0))
    # What to look for to see these alone.
    key: str | int = ""

    def add(self, decision: str, count: int) -> None:
        self.counts[decision] += count

    @property
    def granted(self) -> int:
        return self.counts[Decision.GRANTED]

    @property
    def refused(self) -> int:
        return self.counts[Decision.REFUSED]

    @property
    def asked(self) -> int:
        """Answers to a question. Who ends an earlier yes was not asked, nor was time."""
        return self.granted + self.refused

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def rate(self) -> int | None:
        """The yes among the answers, in percent."""
        return round(100 * self.granted / self.asked) if self.asked else None


def over_time(period: Period, **among: Any) -> list[Sums]:
    """A sum for each slot, also for those without any."""
    found = _in_slots(period, Tally.objects.filter(**among), "slot")
    return _filled(period, found)


def of_purposes(period: Period) -> list[tuple[Purpose, Sums, list[Sums]]]:
    """Every purpose that people decide on, with its sum and its sums over time; a retired one if it had any."""
    rows = _in_slots(period, Tally.objects.all(), "purpose_id", "slot")
    slots: dict[UUID, dict[date, Sums]] = defaultdict(dict)
    for (purpose_id, slot), sums in rows.items():
        slots[purpose_id][slot] = sums
    purposes = Purpose.objects.optional().with_texts()
    return [
        (purpose, added(slots[purpose.pk].values()), _filled(period, slots[purpose.pk]))
        for purpose in purposes
        if purpose.retired_at is None or purpose.pk in slots
    ]


def by_version(period: Period, **among: Any) -> list[Sums]:
    found = _grouped(_rows(period, among).values("version", "decision").annotate(sum=Sum("count")), "version")
    return [Sums(str(version), sums.counts, version) for version, sums in sorted(found.items(), reverse=True)]


def by_method(period: Period, **among: Any) -> list[Sums]:
    found = _grouped(_rows(period, among).values("method", "decision").annotate(sum=Sum("count")), "method")
    return [Sums(method.label, found[method.value].counts, method.value) for method in Method if method.value in found]


def _rows(period: Period, among: Mapping[str, Any]) -> models.QuerySet[Tally]:
    return Tally.objects.filter(**among, day__gte=period.slots[0])


def added(many: Iterable[Sums]) -> Sums:
    together = Sums()
    for sums in many:
        for decision, count in sums.counts.items():
            together.add(decision, count)
    return together


def _in_slots(period: Period, rows: models.QuerySet[Tally], *keys: str) -> dict[Any, Sums]:
    slotted = rows.filter(day__gte=period.slots[0]).annotate(slot=period.trunc("day"))
    return _grouped(slotted.values(*keys, "decision").annotate(sum=Sum("count")), *keys)


def _grouped(rows: Iterable[Mapping[str, Any]], *keys: str) -> dict[Any, Sums]:
    found: dict[Any, Sums] = defaultdict(Sums)
    for row in rows:
        values = [_as_day(row[key]) for key in keys]
        found[values[0] if len(keys) == 1 else tuple(values)].add(row["decision"], row["sum"])
    return dict(found)


def _as_day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _filled(period: Period, found: Mapping[date, Sums]) -> list[Sums]:
    return [
        Sums(period.label_of(slot), found[slot].counts if slot in found else Sums().counts) for slot in period.slots
    ]
