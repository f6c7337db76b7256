"""One row in every table that holds personal data, every field filled, whatever the rooms declare."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, models

from accounts.subjects.life import open_account
from accounts.subjects.models import Subject
from accounts.subjects.sealing import SealedTextField
from accounts.users.models import User
from dsar.datamap.ways import Table, declared

# The rows of different people differ, and unique columns stay so.
_numbers = itertools.count(1000)


VALUES: dict[type[models.Field[Any, Any]], Callable[[Any, int], Any]] = {
    SealedTextField: lambda field, number: f"sealed {field.name} {number}",
    models.BooleanField: lambda field, number: not field.get_default(),
    models.UUIDField: lambda field, number: uuid4(),
    models.EmailField: lambda field, number: f"filled{number}@example.org",
    models.GenericIPAddressField: lambda field, number: f"198.51.100.{number % 256}",
    models.JSONField: lambda field, number: {"filled": number},
    models.BinaryField: lambda field, number: b"filled %d" % number,
    models.DateTimeField: lambda field, number: datetime(2025, 3, 4, 5, 6, 7, number, tzinfo=UTC),
    models.DateField: lambda field, number: date(2025, 3, 4) + timedelta(days=number),
    models.TimeField: lambda field, number: time(5, 6, 7),
    models.DurationField: lambda field, number: timedelta(seconds=number),
    models.DecimalField: lambda field, number: Decimal(number) / 10**field.decimal_places,
    models.FloatField: lambda field, number: number / 2,
    models.IntegerField: lambda field, number: number % 30_000,
}


def drop_check_constraints() -> None:
    """Any value will do, until the test's transaction is rolled back."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


class Rows:
    """Of one person. `rows` has the row of each model; those of the catalogue that they point at are made too."""

    def __init__(self, user: User) -> None:
        assert user.subject is not None
        self.subject = user.subject
        self.rows: dict[Table, models.Model] = {Subject: self.subject}
        self._making: set[Table] = set()
        for model in declared():
            self.row(model)

    def row(self, model: Table) -> models.Model | None:
        if model in self.rows:
            return self.rows[model]
        if model in self._making:
            return None
        self._making.add(model)
        if found := self._found(model):
            self.rows[model] = found
            return found
        row = model(**dict(self._values(model)))
        # Past the rooms' own `save`, which may compute or refuse.
        models.Model.save(row, force_insert=True)
        row.refresh_from_db()
        self.rows[model] = row
        return row

    def _found(self, model: Table) -> models.Model | None:
        """What signing up made; filled, so that nothing in it is a default."""
        if model not in declared():
            return None
        own = model._base_manager.filter(**{f"{declared()[model].paths[0]}": self.subject}).first()
        if own is not None:
            keys = {field.name for field in model._meta.concrete_fields if field.primary_key or field.is_relation}
            # Whoever works here keeps the sign-in.
            keys.add("is_staff")
            for name, value in self._values(model):
                if name not in keys:
                    setattr(own, name, value)
            models.Model.save(own, force_update=True)
        return own

    def _values(self, model: Table) -> Iterator[tuple[str, Any]]:
        for field in model._meta.concrete_fields:
            if isinstance(field, models.AutoField) or field.generated:
                continue
            yield field.name, self._related(model, field) if field.is_relation else filled(field)

    def _related(self, model: Table, field: models.Field[Any, Any]) -> models.Model | None:
        target = field.related_model
        assert isinstance(target, type)
        if target is Subject:
            paths = declared()[model].paths if model in declared() else ()
            # Of a row of two people this person is the first.
            return open_account() if field.name in paths[1:] else self.subject
        return self.row(target)


def filled(field: models.Field[Any, Any]) -> Any:
    """A value that is not the field's default."""
    number = next(_numbers)
    if field.choices:
        values = [value for value, _label in field.flatchoices if value not in {field.get_default(), "", "tombstone"}]
        return values[-1]
    for kind, value in VALUES.items():
        if isinstance(field, kind):
            return value(field, number)
    return f"filled {number} {field.name}"[: field.max_length]


def contents(model: Table, pk: UUID | int | str) -> dict[str, Any]:
    """A row as the database has it, sealed values as bytes."""
    return model._base_manager.filter(pk=pk).values().get()
