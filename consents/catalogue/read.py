"""A catalogue file checked whole: either every entry is right, or all faults are told and nothing is returned."""

import re

from django.conf import settings
from django.utils.translation import gettext as _

from consents.catalogue.entries import SLUG
from consents.catalogue.sections import Link, Links, Row, Rows, Section, Wording, Words, registered
from consents.catalogue.yaml_file import Faults, Place, compose, suggestion

TEXT = Words(longest=1000)
NAME = Words(longest=200)
SLUG_LENGTH = 64


def read(data: bytes) -> Rows:
    """Raises CatalogueRefused."""
    faults = Faults()
    sections = registered()
    root = Place(compose(data), (), 1, faults)
    found = root.known([each.name for each in sections], [each.name for each in sections if each.required])
    rows = {each.name: _section(each, found[each.name]) for each in sections if each.name in found}
    check(rows, faults)
    return rows


def check(rows: Rows, faults: Faults) -> None:
    """Whether entries fit together. `faults` may hold what is wrong with single ones. Raises CatalogueRefused."""
    for section in registered():
        for row in rows.get(section.name, {}).values():
            _check_links(section, row, rows)
    faults.raise_any()
    for section in registered():
        for row in rows.get(section.name, {}).values():
            for words in section.rule(row, rows):
                row.place.fault(words)
    faults.raise_any()


def _section(section: Section, place: Place) -> dict[str, Row]:
    return {slug: _row(section, slug, entry) for slug, entry in place.mapping().items()}


def _row(section: Section, slug: str, place: Place) -> Row:
    if not re.fullmatch(SLUG, slug) or len(slug) > SLUG_LENGTH:
        place.fault(_("A slug is made of small letters, digits and single hyphens, 64 at most."))
    required = [key for key, each in section.fields.items() if each.required]
    found = place.known([*section.fields, "text"], [*required, "text"])
    row = Row(slug, place)
    for key, each in section.fields.items():
        row.values[each.column or key] = each.read(found[key]) if key in found else each.default
    if "text" in found:
        row.texts = _texts(section, found["text"])
    row.values |= section.derived(row)
    return row


def _texts(section: Section, place: Place) -> dict[str, Wording]:
    languages = [code for code, _name in settings.LANGUAGES]
    texts = {}
    for language, text in place.known(languages, [settings.LANGUAGE_CODE]).items():
        required = ["name", "description"] if section.described else ["name"]
        found = text.known(["name", "description"], required)
        name = NAME.read(found["name"]) if "name" in found else ""
        description = TEXT.read(found["description"]) if "description" in found else ""
        texts[language] = Wording(name or "", description or "")
    return texts


def _check_links(section: Section, row: Row, rows: Rows) -> None:
    for column, link in section.columns(Link, Links).items():
        value = row.values[column]
        assert isinstance(link, Link | Links)
        known = rows.get(link.section, {})
        for reference in value if isinstance(link, Links) else [value] if value else []:
            if reference.slug not in known:
                words = _("There is no “%(slug)s” in %(section)s.") % {"slug": reference.slug, "section": link.section}
                reference.place.fault(words + suggestion(reference.slug, list(known)))
