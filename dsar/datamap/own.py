"""Our own tables as one of the systems: what it holds, copies and erases follows from the declarations alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import IntegerField, Subquery
from django.utils.translation import gettext

from accounts.subjects.models import Subject
from accounts.subjects.sealing import SealedTextField
from dsar.datamap.declarations import Declaration, Exempt, Keep, registry
from dsar.datamap.erase import ending, erase, overwritten, rehearse, unlike
from dsar.datamap.plain import Row, plain
from dsar.datamap.systems import Collection, Column, Identities, Outcome
from dsar.datamap.ways import Table, declared, rows_of

__all__ = ["KEY", "PrivacyCenter", "erase"]

KEY = "privacy-center"
# Rows fetched from the server at a time.
BATCH = 2000


class PrivacyCenter:
    key = KEY

    @property
    def name(self) -> str:
        return gettext("Privacy Center")

    def collections(self) -> Sequence[Collection]:
        return [_described(model, declaration) for model, declaration in declared().items()]

    def held(self, who: Identities) -> dict[str, int]:
        every = {said.label: _rows(model, said, who.subject_id) for model, said in declared().items()}
        return _counted(who.subject_id, every)

    def rows(self, who: Identities, collection: str) -> Iterator[Row]:
        model = apps.get_model(collection)
        declaration = declared()[model]
        fields = [_column(model, name) for name in declaration.shown]
        if not fields:
            return
        # The subject comes along where a field is sealed with its key, and so do rows that have a name to be read.
        joined = {field.subject_path.replace(".", "__") for field in fields if isinstance(field, SealedTextField)}
        joined |= {field.name for field in fields if _reads_by_name(field)}
        rows = _rows(model, declaration, who.subject_id).order_by("pk")
        if joined:
            rows = rows.select_related(*joined)
        for row in rows.iterator(chunk_size=BATCH):
            yield {field.name: plain(_value(row, field)) for field in fields}

    def counts(self, who: Identities) -> list[Outcome]:
        return rehearse(who)

    def erase(self, who: Identities) -> list[Outcome]:
        return erase(who)

    def remaining(self, who: Identities) -> dict[str, int]:
        left = {
            said.label: _rows(model, said, who.subject_id).filter(unlike(overwritten(said)))
            for model, said in declared().items()
            if not isinstance(said.erasure, Keep)
        }
        return {label: rows for label, rows in _counted(who.subject_id, left).items() if rows}

    def differences(self) -> list[str]:
        """None: the system checks compare declarations with models whenever anything starts."""
        return []


def _rows(model: Table, declaration: Declaration, subject_id: UUID) -> models.QuerySet[Any]:
    return model._base_manager.filter(rows_of(declaration, subject_id))


def _described(model: Table, declaration: Declaration) -> Collection:
    return Collection(
        name=declaration.label,
        title=declaration.title,
        category=declaration.category,
        why=declaration.purposes,
        source=declaration.source.label,
        columns=tuple(Column(name, _column(model, name).verbose_name) for name in declaration.shown),
        erasure=ending(declaration),
    )


def _column(model: Table, name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


def _value(row: models.Model, field: models.Field[Any, Any]) -> Any:
    if _reads_by_name(field):
        return str(named) if (named := getattr(row, field.name)) else None
    return field.value_from_object(row)


def _reads_by_name(field: models.Field[Any, Any]) -> bool:
    """A reference into the catalogue says more as words than as a number. One to a person never does."""
    if not isinstance(field, models.ForeignKey):
        return False
    target = field.related_model
    return (
        registry.exempted.get(target._meta.label_lower) == Exempt.CATALOGUE
        and target.__str__ is not models.Model.__str__
    )


class _Count(Subquery):
    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _counted(subject_id: UUID, queries: Mapping[str, models.QuerySet[Any]]) -> dict[str, int]:
    """All in one statement. A subject that nobody knows has nothing."""
    columns = {f"rows_{number}": _Count(rows.values("pk")) for number, rows in enumerate(queries.values())}
    found: Mapping[str, Any] = Subject.objects.filter(pk=subject_id).values(**columns).first() or {}
    return {label: found.get(name, 0) for label, name in zip(queries, columns, strict=True)}
