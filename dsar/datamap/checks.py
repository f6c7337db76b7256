"""The gate for developers: nothing that holds personal data is forgotten, nothing declared is stale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import CycleError
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from dsar.datamap.declarations import Anonymise, Declaration, Delete, Detach, Registry, registry
from dsar.datamap.ways import BrokenPath, check_path, children_first, pointing_at

# What leaves no reference behind.
EMPTIED = (models.SET_NULL, models.DB_SET_NULL)

type Models = list[type[models.Model]]


def declarations_fit_models(**_options: Any) -> list[CheckMessage]:
    return faults(registry, installed())


def installed() -> Models:
    """Every table of the project: of third parties too, and those that Django makes for many-to-many fields."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if not (model._meta.proxy or model._meta.swapped)]


def faults(said: Registry, tables: Models) -> list[CheckMessage]:
    by_label = {model._meta.label_lower: model for model in tables}
    found = [*_undeclared_models(said, tables), *_stale_labels(said, by_label)]
    for key, declaration in said.declared.items():
        if model := by_label.get(key):
            found += _field_faults(declaration, model)
            found += _path_faults(declaration, model)
            found += _erasure_faults(declaration, model)
    return [*found, *_dangling(said, by_label), *_circles(said, by_label)]


def _undeclared_models(said: Registry, tables: Models) -> Iterator[Error]:
    for model in tables:
        label, room = model._meta.label, apps.get_app_config(model._meta.app_label).name
        if model._meta.label_lower not in said.declared.keys() | said.exempted.keys():
            yield Error(
                f"{label} says nothing about the personal data it holds.",
                hint=f'Add declare("{label}", …) or exempt("{label}", Exempt.…) to personal_data.py of {room}. For a'
                " third party's table, to that of the room which uses it.",
                obj=model,
                id="datamap.E001",
            )


def _stale_labels(said: Registry, by_label: dict[str, type[models.Model]]) -> Iterator[Error]:
    for key in (said.declared.keys() | said.exempted.keys()) - by_label.keys():
        label = said.declared[key].label if key in said.declared else key
        yield Error(
            f"{label} is declared, but there is no such model.",
            hint="Remove it from personal_data.py, or correct its name.",
            id="datamap.E003",
        )


def _field_faults(declaration: Declaration, model: type[models.Model]) -> Iterator[Error]:
    actual = {field.name for field in model._meta.concrete_fields}
    shown, withheld = set(declaration.shown), set(declaration.withheld)
    for name in sorted(actual - shown - withheld):
        yield Error(
            f"{declaration.label}.{name} is neither shown nor withheld.",
            hint=f'Add "{name}" to shown=(…), or to withheld={{…}} with a reason.',
            obj=model,
            id="datamap.E002",
        )
    for name in sorted(shown & withheld):
        yield Error(
            f"{declaration.label}.{name} is both shown and withheld.",
            hint="Keep one of the two.",
            obj=model,
            id="datamap.E002",
        )
    for name in sorted((shown | withheld) - actual):
        yield Error(
            f"{declaration.label}.{name} is declared, but the model has no such field.",
            hint=f'Remove "{name}" from personal_data.py, or correct its name.',
            obj=model,
            id="datamap.E003",
        )


def _path_faults(declaration: Declaration, model: type[models.Model]) -> Iterator[Error]:
    for path in declaration.paths:
        try:
            check_path(model, path)
        except BrokenPath as broken:
            yield Error(
                f'The path "{path}" of {declaration.label} does not lead to a Subject: {broken}',
                hint='A path follows foreign keys from the row to subjects.Subject, such as "user__subject".',
                obj=model,
                id="datamap.E004",
            )
    if not declaration.paths:
        yield Error(f"{declaration.label} has no path.", hint='Add path="subject".', obj=model, id="datamap.E004")


def _erasure_faults(declaration: Declaration, model: type[models.Model]) -> Iterator[Error]:
    def fault(words: str, hint: str) -> Error:
        return Error(f"{declaration.label}: {words}", hint=hint, obj=model, id="datamap.E005")

    for name, value in _overwritten(declaration):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            yield fault(f"the erasure overwrites {name}, which is no field.", "Correct the name in erasure=….")
            continue
        if not (isinstance(field, models.Field) and field.concrete) or field.primary_key:
            yield fault(f"{name} can not be overwritten.", "Name a column of the table that is not its key.")
        elif value is None and not field.null:
            yield fault(f"{name} can not be emptied, it is NOT NULL.", "Give it a constant, or make it null=True.")
        elif value is not None and field.get_internal_type() == "BinaryField":
            yield fault(f"{name} can only be emptied.", f"Write {name}=None.")
    if isinstance(declaration.erasure, Anonymise) and not declaration.erasure.fields:
        yield fault("Anonymise() overwrites nothing.", "Name the fields, or say Delete() or Keep(…).")


def _overwritten(declaration: Declaration) -> Iterable[tuple[str, Any]]:
    match declaration.erasure:
        case Anonymise(fields=fields):
            return fields.items()
        case Detach(field=field):
            return [(field, None)]
    return []


def _dangling(said: Registry, by_label: dict[str, type[models.Model]]) -> Iterator[Error]:
    """References that would point at nothing once an erasure is done, so that it could never be done."""
    for key, declaration in said.declared.items():
        target = by_label.get(key)
        if target is None or not isinstance(declaration.erasure, Delete):
            continue
        for field in pointing_at(target):
            source = field.model
            other, on_delete = said.declared.get(source._meta.label_lower), field.remote_field.on_delete
            stays = other is not None and not isinstance(other.erasure, Delete)
            unreached = other is None and on_delete is not models.CASCADE
            if (stays or unreached) and getattr(field, "db_constraint", True) and on_delete not in EMPTIED:
                yield Error(
                    f"{source._meta.label}.{field.name} points at {declaration.label}, whose rows are deleted.",
                    hint=f"Point at the subject instead, let {field.name} be SET_NULL, or keep the other too.",
                    obj=source,
                    id="datamap.E006",
                )


def _circles(said: Registry, by_label: dict[str, type[models.Model]]) -> Iterator[Error]:
    tables = {by_label[key]: declaration for key, declaration in said.declared.items() if key in by_label}
    try:
        children_first(tables)
    except BrokenPath:
        return  # told as such already
    except CycleError as error:
        labels = ", ".join(model._meta.label for model in dict.fromkeys(error.args[1]))
        yield Error(
            f"No order of erasing fits the paths of {labels}.",
            hint="A path may not lead through a table whose own path leads back.",
            id="datamap.E004",
        )
