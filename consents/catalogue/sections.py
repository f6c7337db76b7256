"""What a catalogue file may hold. Each room registers its section, so that higher rooms add theirs from above."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from consents.catalogue.durations import is_duration
from consents.catalogue.entries import Entry
from consents.catalogue.yaml_file import Place, suggestion

JURISDICTION = r"[A-Z][A-Z0-9_]*(/[A-Z0-9]+)*"
JURISDICTION_LENGTH = 20
# Of PostgreSQL's smallint.
LARGEST = 32767


@dataclass(frozen=True)
class Field(ABC):
    """One key of an entry. `column`: where it goes, if not under its own name."""

    required: bool = False
    column: str = ""
    default: Any = ""

    @abstractmethod
    def read(self, place: Place) -> Any:
        """The value that goes into the column; what is wrong with it is said to the place."""

    def write(self, value: Any) -> Any:
        """The inverse: what a file says for the value."""
        return value


@dataclass(frozen=True)
class Words(Field):
    longest: int = 200
    pattern: str = ""
    # What the pattern asks for, in words.
    hint: str | Promise = ""

    def read(self, place: Place) -> str | None:
        words = place.words()
        if words is not None and len(words) > self.longest:
            place.fault(_("This is longer than %(count)d characters.") % {"count": self.longest})
            return None
        if words is not None and self.pattern and not re.fullmatch(self.pattern, words):
            place.fault(f"{self.hint} " + _("“%(value)s” is not.") % {"value": words})
            return None
        return words


@dataclass(frozen=True)
class Flag(Field):
    default: Any = False

    def read(self, place: Place) -> bool | None:
        return place.flag()


@dataclass(frozen=True, kw_only=True)
class OneOf(Field):
    choices: type[TextChoices]

    def read(self, place: Place) -> str | None:
        words = place.words()
        if words is None or words in self.choices.values:
            return words
        known = [str(value) for value in self.choices.values]
        place.fault(_("“%(value)s” is not one of the choices.") % {"value": words} + suggestion(words, known))
        return None


@dataclass(frozen=True)
class Duration(Field):
    def read(self, place: Place) -> str | None:
        words = place.words()
        if words is None or is_duration(words):
            return words
        place.fault(_("“%(value)s” is not an ISO 8601 duration, such as P6M or PT30M.") % {"value": words})
        return None


def is_jurisdiction(words: str) -> bool:
    return re.fullmatch(JURISDICTION, words) is not None and len(words) <= JURISDICTION_LENGTH


@dataclass(frozen=True)
class Durations(Field):
    """A duration per jurisdiction, such as EU_GDPR or EU_GDPR/DE."""

    default: Any = field(default_factory=dict)

    def read(self, place: Place) -> dict[str, str]:
        found = {}
        for jurisdiction, each in place.mapping().items():
            if not is_jurisdiction(jurisdiction):
                each.fault(_("A jurisdiction is written like EU_GDPR or EU_GDPR/DE."))
            if words := Duration().read(each):
                found[jurisdiction] = words
        return found


@dataclass(frozen=True)
class Number(Field):
    default: Any = None
    # The column whose value it has where a file does not say it.
    follows: str = ""

    def read(self, place: Place) -> int | None:
        number = place.number()
        if number is not None and not 1 <= number <= LARGEST:
            place.fault(_("This must be a number from 1 to %(largest)d.") % {"largest": LARGEST})
            return None
        return number


@dataclass(frozen=True, kw_only=True)
class Link(Field):
    """The slug of an entry of another section, or of the same."""

    section: str
    default: Any = None

    def read(self, place: Place) -> "Reference | None":
        words = place.words()
        return Reference(words, place) if words is not None else None

    def write(self, value: Any) -> str | None:
        return value.slug if value else None


@dataclass(frozen=True, kw_only=True)
class Links(Field):
    section: str
    default: Any = ()

    def read(self, place: Place) -> list["Reference"]:
        found: dict[str, Reference] = {}
        for item in place.items():
            if (words := item.words()) is None:
                continue
            if words in found:
                item.fault(_("“%(value)s” is in the list twice.") % {"value": words})
            found[words] = Reference(words, item)
        return list(found.values())

    def write(self, value: Any) -> list[str]:
        return [reference.slug for reference in value]


class Reference(NamedTuple):
    slug: str
    place: Place


class Wording(NamedTuple):
    name: str
    description: str


@dataclass
class Row:
    """An entry as the file has it. `values` by column; those of links are references."""

    slug: str
    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, Wording] = field(default_factory=dict)


# By section, then by slug, in the order of the file.
type Rows = dict[str, dict[str, Row]]


def _nothing(row: Row, rows: Rows) -> Iterator[str]:
    yield from ()


@dataclass(frozen=True)
class Section:
    name: str
    model: type[Entry]
    fields: Mapping[str, Field]
    # A file without a section that is not required leaves what that section holds alone.
    required: bool = True
    # Whether the texts must say more than a name.
    described: bool = False
    # Columns that follow from others.
    derived: Callable[[Row], dict[str, Any]] = lambda row: {}
    # What is wrong with an entry although each of its keys is right.
    rule: Callable[[Row, Rows], Iterator[str]] = _nothing

    def columns(self, *kinds: type[Field]) -> dict[str, Field]:
        """The fields by column; with `kinds` only those."""
        return {each.column or key: each for key, each in self.fields.items() if not kinds or isinstance(each, kinds)}

    def written(self, row: Row) -> dict[str, Any]:
        """The entry as a file says it, without what goes without saying."""
        said: dict[str, Any] = {}
        for key, each in self.fields.items():
            value = row.values[each.column or key]
            goes_without = row.values[each.follows] if isinstance(each, Number) and each.follows else each.default
            if each.required or each.write(value) not in (goes_without, [] if isinstance(each, Links) else None):
                said[key] = each.write(value)
        said["text"] = {
            language: {"name": words.name} | ({"description": words.description} if words.description else {})
            for language, words in row.texts.items()
        }
        return said


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Links may lead only to sections registered before; the order of the rooms is the order of writing."""
    _sections[section.name] = section


def registered() -> list[Section]:
    return list(_sections.values())


def section_of(model: type[Entry]) -> Section:
    return next(section for section in _sections.values() if section.model is model)
