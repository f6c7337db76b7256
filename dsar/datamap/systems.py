"""What every system that holds personal data can do, whatever it is made of: our own tables, a database, a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dsar.datamap.declarations import Ground, Text
from dsar.datamap.identities import IDENTITIES, Identities
from dsar.datamap.plain import Row

__all__ = [
    "IDENTITIES",
    "Action",
    "Collection",
    "Column",
    "Ending",
    "Identities",
    "Outcome",
    "SourceUnavailable",
    "System",
    "register_systems",
    "system",
    "systems",
]


class Action(TextChoices):
    """What an erasure does to rows."""

    DELETE = "delete", _("Deleted")
    ANONYMISE = "anonymise", _("Made anonymous")
    KEEP = "keep", _("Kept")


class SourceUnavailable(Exception):
    """A system can not answer now. `code` says why; there is never any data in it.

    not-configured (no address), unreachable (nobody there, or we are not let in), timeout, refused (we are in, but may
    not), changed (tables or columns are not as its manifest says), conflict (a rule of its own forbids what was asked),
    failed (anything else).
    """

    def __init__(self, key: str, code: str) -> None:
        self.key = key
        self.code = code
        super().__init__(f"{key}: {code}")


@dataclass(frozen=True)
class Column:
    """One thing that a row of a copy says."""

    name: str
    title: Text


@dataclass(frozen=True)
class Ending:
    """What an erasure does to a collection, and where something stays, why and how long."""

    action: Action
    ground: Ground | None = None
    law: str | None = None
    years: int | None = None
    last_day: date | None = None
    why: Text = ""

    def until(self, erased_on: date | None = None) -> date | None:
        """The day on which what was kept goes too."""
        if self.years is None:
            return self.last_day
        day = erased_on or timezone.localdate()
        end = day.year + self.years
        # A period that begins on 29 February ends on the last day of February.
        return day.replace(year=end, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=end)

    @property
    def until_in_words(self) -> str:
        """ "10 years after the erasure", or a day."""
        if self.years is not None:
            words = ngettext("%(years)d year after the erasure", "%(years)d years after the erasure", self.years)
            return words % {"years": self.years}
        return date_format(self.last_day) if self.last_day else ""


@dataclass(frozen=True)
class Collection:
    """The rows of one kind that a system holds, in words for the person they are about."""

    name: str
    title: Text
    # Slugs of the catalogue.
    category: str
    why: tuple[str, ...]
    # Where the data comes from, in words.
    source: Text
    columns: tuple[Column, ...]
    erasure: Ending


@dataclass(frozen=True)
class Outcome:
    """What an erasure did, or its rehearsal would do, to the rows of one collection."""

    collection: str
    action: Action
    rows: int
    ground: str | None = None
    law: str | None = None
    until: date | None = None

    @classmethod
    def of(cls, collection: str, ending: Ending, rows: int) -> Outcome:
        if ending.action != Action.KEEP:
            return cls(collection, ending.action, rows)
        return cls(collection, ending.action, rows, ending.ground, ending.law, ending.until())


class System(Protocol):
    """All methods but `collections` raise SourceUnavailable."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    def collections(self) -> Sequence[Collection]: ...

    def held(self, who: Identities) -> dict[str, int]:
        """The number of rows of every collection. Quick, for pages."""

    def rows(self, who: Identities, collection: str) -> Iterator[Row]:
        """Streams, so that memory stays flat however many there are."""

    def counts(self, who: Identities) -> list[Outcome]:
        """The rehearsal of `erase`: the same code, rolled back."""

    def erase(self, who: Identities) -> list[Outcome]:
        """One transaction. Doing it twice is the same as once; what is gone already counts as done."""

    def remaining(self, who: Identities) -> dict[str, int]:
        """Looks again after an erasure: rows still found, per collection, apart from what is kept. Nothing: {}."""

    def differences(self) -> list[str]:
        """How what is really there differs from what was declared, in words for the operator."""


_factories: list[Callable[[], Iterable[System]]] = []


def register_systems(factory: Callable[[], Iterable[System]]) -> None:
    """Called from the `apps.py` of rooms that reach other systems."""
    _factories.append(factory)


def systems() -> list[System]:
    """The other systems first, our own tables last: what we know of a person is what finds them elsewhere."""
    from dsar.datamap.own import PrivacyCenter

    return [*(system for factory in _factories for system in factory()), PrivacyCenter()]


def system(key: str) -> System:
    """Raises SourceUnavailable for a system that is no longer configured."""
    for candidate in systems():
        if candidate.key == key:
            return candidate
    raise SourceUnavailable(key, "not-configured")
