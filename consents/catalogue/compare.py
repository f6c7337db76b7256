"""An entry beside what it is to become, line by line, and its words word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext as _

from consents.catalogue.durations import in_words
from consents.catalogue.entries import fallbacks
from consents.catalogue.sections import Duration, Durations, Field, Flag, Link, Links, Number, OneOf, Row, Rows, Section

type Fate = Literal["same", "added", "removed"]


class Part(NamedTuple):
    fate: Fate
    text: str


class Line(NamedTuple):
    label: str
    parts: list[Part]
    # Of the words, where it is about words.
    language: str = ""


def compare(section: Section, before: Row | None, after: Row | None, rows: Rows) -> list[Line]:
    """What differs. `rows`: the catalogue, for the names of what is linked."""
    lines = [*_columns(section, before, after, rows), *_texts(before, after)]
    return [line for line in lines if any(part.fate != "same" for part in line.parts)]


def label_of(section: Section, column: str) -> str:
    label = str(section.model._meta.get_field(column).verbose_name)  # type: ignore[union-attr]
    return label[:1].upper() + label[1:]


def _columns(section: Section, before: Row | None, after: Row | None, rows: Rows) -> Iterator[Line]:
    for column, each in section.columns().items():
        if isinstance(each, Number):  # versions are told as what they lead to
            continue
        old, new = (_shown(each, row.values[column], rows) if row else [] for row in (before, after))
        kept = [Part("same", value) for value in new if value in old]
        gone = [Part("removed", value) for value in old if value not in new]
        come = [Part("added", value) for value in new if value not in old]
        yield Line(label_of(section, column), [*kept, *gone, *come])


def _shown(each: Field, value: Any, rows: Rows) -> list[str]:
    match each:
        case Links():
            return [name_of(rows, each.section, reference.slug) for reference in value]
        case Link():
            return [name_of(rows, each.section, value.slug)] if value else []
        case Flag():
            return [_("yes") if value else _("no")]
        case OneOf():
            return [str(each.choices(value).label)] if value else []
        case Duration():
            return [in_words(value)] if value else []
        case Durations():
            return [f"{place}: {in_words(period)}" for place, period in sorted(value.items())]
    return [str(value)] if value else []


def name_of(rows: Rows, section: str, slug: str) -> str:
    """In the reader's language or the nearest there is."""
    row = rows.get(section, {}).get(slug)
    texts = row.texts if row else {}
    return next((texts[language].name for language in [*fallbacks(None), *texts] if language in texts), slug)


def _texts(before: Row | None, after: Row | None) -> Iterator[Line]:
    old, new = (row.texts if row else {} for row in (before, after))
    for language in dict.fromkeys([*new, *old]):
        for at, label in enumerate([_("Name"), _("Description")]):
            was, becomes = (texts[language][at] if language in texts else "" for texts in (old, new))
            yield Line(label, list(_words(was, becomes)), language)


def _words(old: str, new: str) -> Iterator[Part]:
    before, after = (re.findall(r"\s+|\S+", text) for text in (old, new))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Part("same", "".join(after[j1:j2]))
            continue
        if i2 > i1:
            yield Part("removed", "".join(before[i1:i2]))
        if j2 > j1:
            yield Part("added", "".join(after[j1:j2]))
