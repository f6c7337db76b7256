"""The catalogue as it stands, in the shape that a file has once it is read: to dump it, or to change an entry."""

from typing import Any

from django.conf import settings
from yaml.nodes import ScalarNode

from consents.catalogue.sections import Link, Links, Reference, Row, Rows, Section, Wording, registered
from consents.catalogue.yaml_file import Faults, Place


def present(faults: Faults | None = None) -> Rows:
    """What is current. `faults`: where to say what is wrong with an entry."""
    faults = faults or Faults()
    return {section.name: _rows(section, faults) for section in registered()}


def place(faults: Faults, *path: str) -> Place:
    """Of something that stands in no line of any file."""
    return Place(ScalarNode("tag:yaml.org,2002:null", ""), path, 0, faults)


def _rows(section: Section, faults: Faults) -> dict[str, Row]:
    entries: Any = section.model._default_manager.all()
    entries = entries.current().prefetch_related("texts", *section.columns(Link, Links))
    return {entry.slug: row_of(section, entry, place(faults, section.name, entry.slug)) for entry in entries}


def row_of(section: Section, entry: Any, at: Place) -> Row:
    row = Row(entry.slug, at)
    for column, each in section.columns().items():
        value = getattr(entry, column)
        match each:
            case Links():
                value = [Reference(other.slug, at) for other in value.all()]
            case Link():
                value = Reference(value.slug, at) if value else None
        row.values[column] = value
    row.values |= section.derived(row)
    row.texts = {text.language: Wording(text.name, text.description) for text in in_order(entry.texts.all())}
    return row


def in_order(texts: Any) -> list[Any]:
    """As the settings list the languages."""
    places = {code: place for place, (code, _name) in enumerate(settings.LANGUAGES)}
    return sorted(texts, key=lambda text: (places.get(text.language, len(places)), text.language))
