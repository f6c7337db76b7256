"""One entry changed by staff: the same as to load a file in which only this entry is another."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from consents.catalogue.load import Report, lock, make
from consents.catalogue.models import Purpose
from consents.catalogue.present import place, present
from consents.catalogue.read import check
from consents.catalogue.sections import Link, Links, Reference, Row, Rows, Section, Wording
from consents.catalogue.yaml_file import Faults, Place


class EditedMeanwhile(Refusal):
    code = "edited-meanwhile"
    message = _("Somebody changed this entry while you did. Open it again and make your changes anew.")
    status = 409


@dataclass(frozen=True)
class Draft:
    """What an editor wants an entry to be."""

    section: Section
    slug: str
    # Of the entry as the editor saw it; empty: there was none, or it was retired.
    seen: str
    # By column, links as slugs. None: it is to be retired.
    values: Mapping[str, Any] | None
    texts: Mapping[str, Wording] = field(default_factory=dict)
    # The words mean something new, which no comparison of data and recipients can tell.
    asks_again: bool = False
    reason: str = ""


@transaction.atomic
def edit(draft: Draft) -> Report:
    """Raises EditedMeanwhile, and CatalogueRefused where the catalogue would no longer fit together."""
    lock()
    faults = Faults()
    rows = present(faults)
    entries = rows[draft.section.name]
    if fingerprint(draft.section, entries.get(draft.slug)) != draft.seen:
        raise EditedMeanwhile
    let_versions_follow(rows)
    if draft.values is None:
        entries.pop(draft.slug, None)
    else:
        entries[draft.slug] = drafted(draft, place(faults, draft.section.name, draft.slug))
    check(rows, faults)
    return make(rows, draft.reason)


def drafted(draft: Draft, at: Place) -> Row:
    row = Row(draft.slug, at, texts=dict(draft.texts))
    for column, each in draft.section.columns().items():
        value = (draft.values or {}).get(column, each.default)
        if isinstance(each, Links):
            value = [Reference(slug, at) for slug in value]
        elif isinstance(each, Link):
            value = Reference(value, at) if value else None
        row.values[column] = value
    row.values |= draft.section.derived(row)
    if draft.asks_again:
        row.values["version"] = Purpose.objects.get(slug=draft.slug).version + 1
    return row


def let_versions_follow(rows: Rows) -> None:
    """Whatever changes a meaning makes the next version by itself."""
    for row in rows["purposes"].values():
        row.values |= {"version": None, "asks_since": None}


def fingerprint(section: Section, row: Row | None) -> str:
    """Of an entry as a file would say it."""
    return hashlib.sha256(yaml.safe_dump(section.written(row)).encode()).hexdigest() if row else ""
