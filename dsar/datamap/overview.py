"""What is held about a person, everywhere: the page, the API and the overview say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.utils.text import capfirst

from accounts.subjects.models import Subject
from consents.catalogue.models import DataCategory, Purpose
from dsar.datamap.systems import Collection, Identities, SourceUnavailable, System, systems

# A system that did not answer is left in peace for so many seconds, and people do not wait for it again.
SILENCE = 30


@dataclass(frozen=True)
class Holding:
    """A collection with the number of rows about the person."""

    system: System
    collection: Collection
    rows: int
    purposes: Sequence[Purpose]

    @property
    def recipients(self) -> list[str]:
        """Who may get it, for any of its purposes."""
        return list(dict.fromkeys(each.text.name for purpose in self.purposes for each in purpose.recipients.all()))

    @property
    def retentions(self) -> list[str]:
        return list(dict.fromkeys(purpose.retention.text.name for purpose in self.purposes))


@dataclass
class Category:
    slug: str
    name: str
    description: str = ""
    holdings: list[Holding] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.holdings)


@dataclass(frozen=True)
class Held:
    # Those with rows, in the order of the catalogue.
    categories: list[Category]
    # Where we looked and found nothing.
    empty: list[Holding]
    # Systems that did not answer.
    silent: list[System]

    @property
    def silent_names(self) -> str:
        return ", ".join(system.name for system in self.silent)


def look(subject: Subject) -> Held:
    """Asks every system. One that is down is named, and hides nothing of the others."""
    who = Identities.of(subject)
    purposes = {purpose.slug: purpose for purpose in Purpose.objects.current().with_details()}
    holdings: list[Holding] = []
    silent: list[System] = []
    for system in systems():
        if (numbers := _numbers(system, who)) is None:
            silent.append(system)
        else:
            holdings += _holdings(system, numbers, purposes)
    return Held(
        _by_category(each for each in holdings if each.rows), [each for each in holdings if not each.rows], silent
    )


def held(subject: Subject) -> list[dict[str, Any]]:
    """For the overview: each category with what keeps it and the number of rows."""
    return [
        {
            "category": category.name,
            "sources": ", ".join(dict.fromkeys(each.system.name for each in category.holdings)),
            "count": category.rows,
        }
        for category in look(subject).categories
    ]


def _holdings(system: System, numbers: Mapping[str, int], purposes: Mapping[str, Purpose]) -> Iterable[Holding]:
    for collection in system.collections():
        known = [purposes[slug] for slug in collection.why if slug in purposes]
        yield Holding(system, collection, numbers.get(collection.name, 0), known)


def _numbers(system: System, who: Identities) -> dict[str, int] | None:
    key = f"datamap:silent:{system.key}"
    if cache.get(key):
        return None
    try:
        return system.held(who)
    except SourceUnavailable:
        cache.set(key, True, SILENCE)
        return None


def _by_category(holdings: Iterable[Holding]) -> list[Category]:
    found: dict[str, list[Holding]] = defaultdict(list)
    for holding in holdings:
        found[holding.collection.category].append(holding)
    entries = DataCategory.objects.filter(slug__in=found).with_texts()
    categories = [
        Category(entry.slug, entry.text.name, entry.text.description, found.pop(entry.slug)) for entry in entries
    ]
    # A category that the catalogue lacks is a mistake that `datamap check` tells, and no reason to hide the data.
    return [*categories, *(Category(slug, capfirst(slug.replace("-", " ")), "", rest) for slug, rest in found.items())]
