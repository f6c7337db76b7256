"""By when a request must be answered. Law is data (`jurisdictions.json`), not code; here is how its periods count.

No holiday calendar is loaded, so nothing is moved to a later day where a deadline falls on a weekend or a holiday, and
business days are Monday to Friday: both can only make the promised day earlier than the law's.
"""

import calendar
import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from consents.choices.law import fallbacks

TABLE = Path(__file__).with_name("jurisdictions.json")
# Where no law in the table sets a figure: the table's own "safe default".
DEFAULT_DAYS = 30
SATURDAY = 5


class Period(NamedTuple):
    amount: int
    unit: str
    is_business: bool = False
    # California may be read as counting the day of receipt.
    counts_first_day: bool = False


class NoSuchClock(Exception):
    """The jurisdiction's law has no such period, or counts it in hours, which never roll and are no matter of days."""


def due_on(received: date, jurisdiction: str) -> date:
    """The last day for the answer. `received` is the day where the organisation is. An unknown jurisdiction gets the
    strictest answer of all.
    """
    if not any(place in _table() for place in fallbacks(jurisdiction)):
        return min(after(received, answer_period(known)) for known in _table())
    return after(received, answer_period(jurisdiction))


def answer_period(jurisdiction: str) -> Period:
    """The statutory period, else the house rule that stands in for it."""
    cell = _law(jurisdiction)["response"]
    return _period(cell.get("period") or cell.get("house_rule") or {"amount": DEFAULT_DAYS, "unit": "day"})


def period(jurisdiction: str, clock: str) -> Period:
    """Another clock of the table: acknowledgement, opt_out_deadline, breach_authority, … Raises NoSuchClock."""
    found = _law(jurisdiction)[clock].get("period")
    if not found or found["unit"] not in {"day", "month"}:
        raise NoSuchClock(f"{jurisdiction}.{clock}")
    return _period(found)


def extended_period(jurisdiction: str) -> Period:
    """The answer's period and its extension as one, because both count from receipt, once. Raises NoSuchClock."""
    first, more = answer_period(jurisdiction), period(jurisdiction, "extension")
    if first.unit != more.unit:
        raise NoSuchClock(f"{jurisdiction}.extension")
    total = _law(jurisdiction)["extension"]["period"].get("total", first.amount + more.amount)
    return first._replace(amount=total)


def after(received: date, length: Period) -> date:
    """The last day of a period that an event on `received` starts. The day of the event is not counted."""
    if length.unit == "month":
        return _months_after(received, length.amount)
    if length.is_business:
        return _business_days_after(received, length.amount)
    return received + timedelta(days=length.amount - length.counts_first_day)


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _business_days_after(day: date, days: int) -> date:
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return day


def _period(cell: dict[str, Any]) -> Period:
    return Period(
        cell["amount"],
        cell["unit"],
        is_business=cell.get("basis") == "business",
        counts_first_day=cell.get("start") == "receipt_day_inclusive_safe",
    )


def _law(jurisdiction: str) -> dict[str, Any]:
    """A country of a union has the union's: "EU_GDPR/DE" that of "EU_GDPR"."""
    known = next((place for place in fallbacks(jurisdiction) if place in _table()), jurisdiction)
    return _table()[known]


@cache
def _table() -> dict[str, dict[str, Any]]:
    entries = json.loads(TABLE.read_bytes())["jurisdictions"]
    return {entry["id"]: entry["cells"] for entry in entries}
