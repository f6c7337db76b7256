"""What is known of another system's database: the content of a manifest, checked, as the connectors use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.functional import lazystr
from django.utils.translation import get_language

from dsar.datamap.declarations import Source, Text, Withheld
from dsar.datamap.systems import Collection, Column, Ending


@dataclass(frozen=True)
class _Translated:
    by_language: Mapping[str, str]

    def __str__(self) -> str:
        language = get_language() or settings.LANGUAGE_CODE
        for code in (language, language.partition("-")[0], settings.LANGUAGE_CODE):
            if code in self.by_language:
                return self.by_language[code]
        return next(iter(self.by_language.values()))


def translated(by_language: Mapping[str, str]) -> Text:
    """Reads in the language of the person who is looking, or the nearest there is."""
    return lazystr(_Translated(by_language))


@dataclass(frozen=True)
class Link:
    """Rows of `table` belong to whom the rows of `parent` belong to, where the two columns are equal."""

    table: str
    column: str
    parent: str
    parent_column: str


@dataclass(frozen=True)
class Field:
    """A column."""

    name: str
    title: Text
    # Fideslang's keys, such as user.contact.email. Nobody classified the field: none.
    categories: tuple[str, ...]
    withheld: Withheld | None = None
    is_key: bool = False
    # Which of a person's identities the column holds.
    identity: str | None = None

    @property
    def is_shown(self) -> bool:
        return bool(self.categories) and self.withheld is None


@dataclass(frozen=True)
class Table:
    name: str
    title: Text
    category: str
    purposes: tuple[str, ...]
    source: Source
    fields: tuple[Field, ...]
    ending: Ending
    # What an erasure writes into rows that stay.
    overwritten: Mapping[str, Any]

    @property
    def shown(self) -> list[Field]:
        return [field for field in self.fields if field.is_shown]

    def described(self) -> Collection:
        return Collection(
            name=self.name,
            title=self.title,
            category=self.category,
            why=self.purposes,
            source=self.source.label,
            columns=tuple(Column(field.name, field.title) for field in self.shown),
            erasure=self.ending,
        )


@dataclass(frozen=True)
class Manifest:
    key: str
    title: Text
    # The name of the setting that holds the address of the database, such as SHOP_DATABASE_URL.
    url_env: str
    # Seconds that one statement may take.
    patience: int
    tables: tuple[Table, ...]
    links: tuple[Link, ...]
    # Tables that hold nothing about people.
    ignored: tuple[str, ...]

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)
