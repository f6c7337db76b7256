"""What the law of a place says about consent, as dated data (`law.json`), and how its periods count."""

import calendar
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from consents.catalogue.durations import units
from consents.catalogue.models import Purpose

TABLE = Path(__file__).with_name("law.json")


class Law(NamedTuple):
    """`gpc`: whether the law itself makes Global Privacy Control an opt-out, and has us say that we honoured it."""

    # Nobody who refused is asked again earlier.
    refusal_period: str
    double_opt_in: bool
    gpc: bool


def of(jurisdiction: str) -> Law:
    """What a country ("EU_GDPR/DE") leaves open its union says, and what that leaves open the default.

    Of a place that nobody knows (""): the strictest of what any says.
    """
    if not jurisdiction:
        return _strictest()
    said: dict[str, Any] = dict(_table()["default"])
    for known in reversed(list(fallbacks(jurisdiction))):
        said |= _table()["jurisdictions"].get(known, {})
    return Law(*(said[name] for name in Law._fields))


@cache
def _strictest() -> Law:
    known = [of(place) for place in _table()["jurisdictions"]]
    day = datetime(2026, 1, 1)  # any: only the longer of two periods is told by it
    return Law(
        refusal_period=max((each.refusal_period for each in known), key=lambda period: after(day, period) or day),
        double_opt_in=any(each.double_opt_in for each in known),
        gpc=any(each.gpc for each in known),
    )


def fallbacks(jurisdiction: str) -> Iterator[str]:
    """ "EU_GDPR/DE", then "EU_GDPR"."""
    yield jurisdiction
    while "/" in jurisdiction:
        jurisdiction = jurisdiction.rpartition("/")[0]
        yield jurisdiction


def validity(purpose: Purpose, jurisdiction: str) -> str:
    """For how long a consent to this purpose holds there. Empty: until withdrawn."""
    known = (purpose.validities[place] for place in fallbacks(jurisdiction) if place in purpose.validities)
    return next(known, purpose.validity)


def expires_at(purpose: Purpose, jurisdiction: str, since: datetime) -> datetime | None:
    """When a consent given at `since` ends by itself; None: never."""
    period = validity(purpose, jurisdiction)
    return after(since, period) if period else None


def may_ask_again_at(jurisdiction: str, refused_at: datetime) -> datetime | None:
    return after(refused_at, of(jurisdiction).refusal_period)


def after(instant: datetime, period: str) -> datetime | None:
    """The end of an ISO 8601 duration, counted as PostgreSQL counts: a month ends on the same day, or on the last of a
    month that has none such. None: after the last year of the calendar, which is never.
    """
    counted = Counter(dict(units(period)))
    try:
        later = _months_after(instant, counted["Y"] * 12 + counted["M"])
        return later + timedelta(
            weeks=counted["W"],
            days=counted["D"],
            hours=counted["TH"],
            minutes=counted["TM"],
            seconds=counted["TS"],
        )
    except OverflowError:
        return None


def _months_after(instant: datetime, months: int) -> datetime:
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    if year > datetime.max.year:
        raise OverflowError
    return instant.replace(year=year, month=month + 1, day=min(instant.day, calendar.monthrange(year, month + 1)[1]))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_bytes())
    return table
