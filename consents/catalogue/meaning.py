"""What a purpose means, by slugs, and which differences between two meanings ask people again."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from consents.catalogue.durations import units
from consents.catalogue.sections import Row, Rows

# As the function `catalogue_meaning` of the database says it, which keeps it for every version.
type Meaning = Mapping[str, Any]

# By their length in hours, to tell the longer of two periods; nothing is counted by it.
HOURS = {"Y": 8766.0, "M": 730.5, "W": 168.0, "D": 24.0, "TH": 1.0, "TM": 1 / 60, "TS": 1 / 3600}


class Change(NamedTuple):
    """One difference. `added` and `removed` are slugs, or the value after and before."""

    what: str
    added: list[str]
    removed: list[str]
    # Whether who decided before is asked again: more data, more recipients, another use; never less of it.
    asks: bool


def meaning_of(row: Row, rows: Rows) -> Meaning:
    values = row.values
    kept = rows["retentions"][values["retention"].slug].values
    return {
        "basis": str(values["legal_basis"]),
        "channel": str(values["channel"]),
        "categories": sorted(reference.slug for reference in values["categories"]),
        "recipients": sorted(reference.slug for reference in values["recipients"]),
        "retention": values["retention"].slug,
        "kept_from": str(kept["counts_from"]),
        "kept_for": kept["period"],
        "service": values["service"].slug if values["service"] else None,
        "parent": values["parent"].slug if values["parent"] else None,
        "validity": values["validity"],
        "validities": values["validities"],
    }


def changes(before: Meaning, after: Meaning, rows: Rows | None = None) -> list[Change]:
    """`rows`: the catalogue that `after` is from, to know which purposes are part of which."""
    return [*_lists(before, after), *_uses(before, after, rows or {}), *_times(before, after)]


def _lists(before: Meaning, after: Meaning) -> Iterator[Change]:
    for what in ("categories", "recipients"):
        old, new = before[what], after[what]
        added, removed = [each for each in new if each not in old], [each for each in old if each not in new]
        if added or removed:
            yield Change(what, added, removed, bool(added))


def _uses(before: Meaning, after: Meaning, rows: Rows) -> Iterator[Change]:
    narrower = {
        "basis": False,
        "channel": False,
        "service": before["service"] is None,
        "parent": before["parent"] is None or before["parent"] in _wholes(after["parent"], rows),
    }
    for what, is_less in narrower.items():
        if before[what] != after[what]:
            asks = not (is_less and after[what])
            yield Change(what, [after[what]] if after[what] else [], [before[what]] if before[what] else [], asks)


def _wholes(slug: str | None, rows: Rows) -> Iterator[str]:
    """What the purpose is a part of, from the nearest up."""
    purposes = rows.get("purposes", {})
    while slug and (row := purposes.get(slug)) and row.values["parent"]:
        slug = row.values["parent"].slug
        yield slug


def _times(before: Meaning, after: Meaning) -> Iterator[Change]:
    old, new = kept(before), kept(after)
    if old != new:
        shorter = before["kept_from"] == after["kept_from"] and _hours(after["kept_for"]) < _hours(before["kept_for"])
        yield Change("kept", [new], [old], not shorter)
    elif before["retention"] != after["retention"]:
        yield Change("retention", [after["retention"]], [before["retention"]], asks=False)
    # Consents given before end when they were said to end, so nobody needs to be asked.
    if before["validity"] != after["validity"]:
        yield Change("validity", [after["validity"]], [before["validity"]], asks=False)
    if before["validities"] != after["validities"]:
        yield Change("validities", _pairs(after), _pairs(before), asks=False)


def kept(meaning: Meaning) -> str:
    """For how long and from when, in one."""
    return f"{meaning['kept_for']} {meaning['kept_from']}".strip()


def _pairs(meaning: Meaning) -> list[str]:
    return [f"{place} {period}" for place, period in sorted(meaning["validities"].items())]


def _hours(period: str) -> float:
    return sum(number * HOURS[unit] for unit, number in units(period))
