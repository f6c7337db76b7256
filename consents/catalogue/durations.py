"""Durations as ISO 8601 writes them ("P6M", "PT30M"), and in words. A month stays a month: no sum of days says it."""

import re
from collections.abc import Iterator

from django.utils.translation import ngettext

# Read by Python and by PostgreSQL: the constraints use it too.
ISO_DURATION = r"^P(?=\d|T\d)(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,4}M)?(\d{1,4}S)?)?$"
UNITS = re.compile(r"(\d+)([YMWDHS])")


def is_duration(text: str) -> bool:
    return re.fullmatch(ISO_DURATION, text) is not None


def in_words(duration: str) -> str:
    """ "P1Y6M" is "1 year, 6 months"."""
    return ", ".join(_counted(number, unit) for unit, number in units(duration))


def units(duration: str) -> Iterator[tuple[str, int]]:
    """ "P1YT6M" is ("Y", 1) and ("TM", 6): minutes are told from months."""
    date, _sign, time = duration.partition("T")
    for number, unit in UNITS.findall(date):
        yield unit, int(number)
    for number, unit in UNITS.findall(time):
        yield f"T{unit}", int(number)


def _counted(count: int, unit: str) -> str:
    match unit:
        case "Y":
            words = ngettext("%(count)d year", "%(count)d years", count)
        case "M":
            words = ngettext("%(count)d month", "%(count)d months", count)
        case "W":
            words = ngettext("%(count)d week", "%(count)d weeks", count)
        case "D":
            words = ngettext("%(count)d day", "%(count)d days", count)
        case "TH":
            words = ngettext("%(count)d hour", "%(count)d hours", count)
        case "TM":
            words = ngettext("%(count)d minute", "%(count)d minutes", count)
        case _:
            words = ngettext("%(count)d second", "%(count)d seconds", count)
    return words % {"count": count}
