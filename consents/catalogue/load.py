"""Makes the catalogue what a file says."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from consents.catalogue.entries import Entry, text_model
from consents.catalogue.read import read
from consents.catalogue.sections import Link, Links, Row, Rows, Section, registered
from consents.catalogue.versions import Raised, settle

# Any number that no other act uses: two loads at once wait for each other.
LOCK = 7_203_001


@dataclass
class Report:
    """What a load did, as "section/slug"."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    # Purposes that got another version.
    raised: list[Raised] = field(default_factory=list)


def load(data: bytes) -> Report:
    """All of it or nothing, and the second time nothing. Raises CatalogueRefused, which names lines and keys.

    Sections that the file leaves out stay; entries that it leaves out of a section are retired.
    """
    return make(read(data))


@transaction.atomic
def make(rows: Rows, reason: str = "") -> Report:
    """The same, of rows that were checked. `reason`: why purposes get another version, for the record."""
    lock()
    report = Report(raised=settle(rows, reason))
    ids: dict[str, dict[str, UUID]] = {}
    for section in registered():
        if section.name in rows:
            ids[section.name] = {}
            _write(section, rows[section.name], ids, report)
    return report


@contextmanager
def rehearsal() -> Iterator[None]:
    """What is done to the catalogue in here is told and not kept."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def lock() -> None:
    """Whoever writes the catalogue waits for the others, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _write(section: Section, rows: Mapping[str, Row], ids: dict[str, dict[str, UUID]], report: Report) -> None:
    many = section.columns(Links)
    existing: Any = section.model._default_manager.all()
    existing = existing.prefetch_related("texts", *many)
    entries: dict[str, Any] = {entry.slug: entry for entry in existing}
    before = set(entries)
    changed = {each.slug for each in report.raised} if section.name == "purposes" else set()
    for position, (slug, row) in enumerate(rows.items(), start=1):
        entry = entries.setdefault(slug, section.model(slug=slug))
        if _set_columns(section, entry, row, ids, position):
            changed.add(slug)
        ids[section.name][slug] = entry.pk
    # Only now every entry has an id that another entry of the section may point at.
    for slug, row in rows.items():
        linked = _set_links(section, entries[slug], row, ids)
        if _set_texts(entries[slug], row) or linked:
            changed.add(slug)
    for slug in rows:
        outcome = report.created if slug not in before else report.changed if slug in changed else report.unchanged
        outcome.append(f"{section.name}/{slug}")
    for slug in sorted(before - rows.keys()):
        if entries[slug].retired_at is None:
            section.model._default_manager.filter(pk=entries[slug].pk).update(retired_at=timezone.now())
            report.retired.append(f"{section.name}/{slug}")


def _set_columns(
    section: Section, entry: Entry, row: Row, ids: Mapping[str, Mapping[str, UUID]], position: int
) -> bool:
    """True if what the entry means changed. Its place in the list is no meaning."""
    wanted: dict[str, object] = {"retired_at": None}
    fields = section.columns()
    for column, value in row.values.items():
        link = fields.get(column)
        if isinstance(link, Links) or (isinstance(link, Link) and link.section == section.name):
            continue
        if isinstance(link, Link):
            wanted[f"{column}_id"] = ids[link.section][value.slug] if value else None
        else:
            wanted[column] = value
    changed = [name for name, value in wanted.items() if getattr(entry, name) != value]
    if entry._state.adding or changed or entry.position != position:
        for name in changed:
            setattr(entry, name, wanted[name])
        entry.position = position
        entry.save()
    return bool(changed)


def _set_links(section: Section, entry: Entry, row: Row, ids: Mapping[str, Mapping[str, UUID]]) -> bool:
    """The links to entries of the same section, and to many. True if any changed."""
    changed = False
    for column, link in section.columns(Link).items():
        if isinstance(link, Link) and link.section == section.name:
            wanted = ids[section.name][row.values[column].slug] if row.values[column] else None
            if getattr(entry, f"{column}_id") != wanted:
                setattr(entry, f"{column}_id", wanted)
                entry.save(update_fields=[column])
                changed = True
    for column, link in section.columns(Links).items():
        assert isinstance(link, Links)
        related = getattr(entry, column)
        pks = {ids[link.section][reference.slug] for reference in row.values[column]}
        if {other.pk for other in related.all()} != pks:
            related.set(pks)
            changed = True
    return changed


def _set_texts(entry: Any, row: Row) -> bool:
    model = text_model(type(entry))
    existing = {text.language: text for text in entry.texts.all()}
    changed = False
    for language, wording in row.texts.items():
        text = existing.pop(language, None) or model(**{model.owner: entry}, language=language)
        if (text.name, text.description) != wording or text._state.adding:
            text.name, text.description = wording
            text.save()
            changed = True
    for left in existing.values():
        left.delete()
        changed = True
    return changed
