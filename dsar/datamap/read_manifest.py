"""A manifest in the shape of Fideslang's datasets, with our additions under `meta`, read and checked whole.

Either everything in the file is right, or all faults are told by line and nothing of it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from consents.catalogue.sections import OneOf
from consents.catalogue.yaml_file import CatalogueRefused, Fault, Faults, Place, compose, suggestion
from dsar.datamap.declarations import Source, Withheld
from dsar.datamap.manifest import Field, Manifest, Table
from dsar.datamap.manifest_values import NAME, SLUG, SYSTEM, URL_ENV, number, one_of, strings, texts
from dsar.datamap.own import KEY
from dsar.datamap.read_erasure import read_erasure
from dsar.datamap.references import Reference, follow
from dsar.datamap.systems import IDENTITIES

# What Fideslang says beside and we have no use for.
INFORMATIVE = ["description", "data_uses", "data_purposes", "data_subjects"]
PATIENCE = 60


class ManifestRefused(Exception):
    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{file}: {fault}" for fault in faults))


def read(path: Path) -> list[Manifest]:
    """The systems that a file describes. Raises ManifestRefused, naming each faulty line."""
    try:
        return read_text(path.read_bytes())
    except CatalogueRefused as refusal:
        faults = refusal.faults
    except OSError as error:
        faults = [Fault(1, _("The file can not be read: %(reason)s.") % {"reason": error.strerror})]
    raise ManifestRefused(path.name, faults)


def read_text(data: bytes) -> list[Manifest]:
    """Raises CatalogueRefused."""
    faults = Faults()
    root = Place(compose(data), (), 1, faults)
    found = root.known(["dataset"], ["dataset"])
    manifests = [_dataset(place) for place in found["dataset"].items()] if "dataset" in found else []
    faults.raise_any()
    return [manifest for manifest in manifests if manifest]


@dataclass
class _Tables:
    """What has been read of one dataset so far."""

    key: str
    tables: dict[str, Table] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)

    @property
    def starts(self) -> list[str]:
        return [table.name for table in self.tables.values() if any(each.identity for each in table.fields)]


def _dataset(place: Place) -> Manifest | None:
    allowed = ["fides_key", "name", "organization_fides_key", "tags", "data_categories", "meta", "collections"]
    found = place.known([*allowed, *INFORMATIVE], ["fides_key", "meta", "collections"])
    key = SYSTEM.read(found["fides_key"]) if "fides_key" in found else None
    if key == KEY:
        found["fides_key"].fault(_("This is the key of our own tables. Choose another."))
    read = _Tables(key or "")
    for each in found["collections"].items() if "collections" in found else []:
        _collection(each, read, strings(found.get("data_categories")))
    _check_references(read)
    known = ["title", "url_env", "patience", "without_personal_data"]
    meta = found["meta"].known(known, ["title", "url_env"]) if "meta" in found else {}
    if not {"title", "url_env"} <= meta.keys():
        return None
    # Only then: a faulty table would make those that hang on it look lost.
    links = () if place.faults.found else follow(read.references, read.starts, read.places)
    return Manifest(
        key=read.key,
        title=texts(meta["title"]),
        url_env=URL_ENV.read(meta["url_env"]) or "",
        patience=number(meta["patience"]) if "patience" in meta else PATIENCE,
        tables=tuple(read.tables.values()),
        links=links,
        ignored=strings(meta.get("without_personal_data")),
    )


def _collection(place: Place, read: _Tables, categories: tuple[str, ...]) -> None:
    allowed = ["name", "data_categories", "fields", "fides_meta", "meta", *INFORMATIVE]
    found = place.known(allowed, ["name", "fields", "meta"])
    name = NAME.read(found["name"]) if "name" in found else None
    if name is None or not {"fields", "meta"} <= found.keys():
        return
    if name in read.places:
        found["name"].fault(_("This table is here twice."))
    if "fides_meta" in found:
        _collection_manners(found["fides_meta"])
    fields = _fields(found["fields"], name, read, strings(found.get("data_categories")) or categories)
    if not any(each.is_key for each in fields):
        found["name"].fault(
            _(
                "No field is marked primary_key: true. Mark the columns that tell the rows apart; where there are none,"
                " add one to the table (ALTER TABLE … ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)."
            )
        )
    read.places[name] = found["name"]
    if table := _table(name, found["meta"], fields):
        read.tables[name] = table


def _collection_manners(place: Place) -> None:
    found = place.known(["after", "erase_after", "skip_processing"], [])
    if "skip_processing" in found and found["skip_processing"].flag():
        found["skip_processing"].fault(
            _("A table that is skipped would be reported as done. Describe it, or name it in without_personal_data.")
        )


def _fields(place: Place, table: str, read: _Tables, categories: tuple[str, ...]) -> tuple[Field, ...]:
    fields: dict[str, Field] = {}
    for each in place.items():
        if one := _field(each, table, read, categories):
            if one.name in fields:
                each.fault(_("“%(name)s” is here twice.") % {"name": one.name})
            fields[one.name] = one
    return tuple(fields.values())


def _field(place: Place, table: str, read: _Tables, categories: tuple[str, ...]) -> Field | None:
    found = place.known(["name", "data_categories", "fides_meta", "meta", *INFORMATIVE], ["name"])
    name = NAME.read(found["name"]) if "name" in found else None
    if name is None:
        return None
    known = ["primary_key", "identity", "references", "data_type", "length", "return_all_elements"]
    manners = found["fides_meta"].known(known, []) if "fides_meta" in found else {}
    meta = found["meta"].known(["title", "withheld"], []) if "meta" in found else {}
    for each in manners["references"].items() if "references" in manners else []:
        _reference(each, table, name, read)
    withheld = OneOf(choices=Withheld).read(meta["withheld"]) if "withheld" in meta else None
    return Field(
        name=name,
        title=texts(meta["title"]) if "title" in meta else name.replace("_", " ").capitalize(),
        categories=strings(found.get("data_categories")) or categories,
        withheld=Withheld(withheld) if withheld else None,
        is_key=bool("primary_key" in manners and manners["primary_key"].flag()),
        identity=one_of(manners["identity"], IDENTITIES) if "identity" in manners else None,
    )


def _reference(place: Place, table: str, column: str, read: _Tables) -> None:
    found = place.known(["dataset", "field", "direction"], ["dataset", "field"])
    if not {"dataset", "field"} <= found.keys():
        return
    direction = one_of(found["direction"], ["from", "to"]) if "direction" in found else None
    dataset, target = found["dataset"].words(), found["field"].words() or ""
    other, dot, other_column = target.partition(".")
    if dataset != read.key:
        found["dataset"].fault(
            _("Only references within a dataset are followed; this one is “%(key)s”.") % {"key": read.key}
        )
    elif not (dot and other_column):
        found["field"].fault(_("Write table.column, such as customers.id."))
    elif other == table:
        found["field"].fault(_("A reference of a table to itself is not followed. Leave it out."))
    else:
        read.references.append(Reference(table, column, other, other_column, direction, found["field"]))


def _check_references(read: _Tables) -> None:
    """References to nothing are faults, and are not followed."""
    for reference in [*read.references]:
        known = [each.name for each in read.tables[reference.other].fields] if reference.other in read.tables else []
        if reference.other not in read.places:
            words = _("There is no table “%(name)s” here.") % {"name": reference.other}
            reference.place.fault(words + suggestion(reference.other, [*read.places]))
        elif reference.other in read.tables and reference.other_column not in known:
            words = _("%(table)s has no field “%(name)s”.") % {"table": reference.other, "name": reference.other_column}
            reference.place.fault(words + suggestion(reference.other_column, known))
        else:
            continue
        read.references.remove(reference)


def _table(name: str, place: Place, fields: tuple[Field, ...]) -> Table | None:
    keys = ["title", "category", "purposes", "source", "erasure"]
    found = place.known(keys, keys)
    if found.keys() < set(keys):
        return None
    source = OneOf(choices=Source).read(found["source"])
    purposes = [SLUG.read(each) for each in found["purposes"].items()]
    ended = read_erasure(found["erasure"], fields)
    if source is None or ended is None:
        return None
    return Table(
        name=name,
        title=texts(found["title"]),
        category=SLUG.read(found["category"]) or "",
        purposes=tuple(slug for slug in purposes if slug),
        source=Source(source),
        fields=fields,
        ending=ended[0],
        overwritten=ended[1],
    )
