"""The ways from our tables to a subject, and the order in which tables can be emptied along them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, Func, Q

from accounts.subjects.models import Subject
from dsar.datamap.declarations import Declaration, registry

type Table = type[models.Model]


class BrokenPath(Exception):
    """In words, for the developer."""


def along(model: Table, path: str) -> Iterator[Table]:
    """The models that a path passes, the last one included. Raises BrokenPath.

    Only foreign keys forward: a path backwards would need rows that are erased before.
    """
    for name in path.split("__") if path else []:
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            raise BrokenPath(f"{model._meta.label} has no field {name}.") from None
        if not isinstance(field, models.ForeignKey):
            raise BrokenPath(f"{model._meta.label}.{name} is no foreign key.")
        model = field.related_model
        yield model


def check_path(model: Table, path: str) -> None:
    """Raises BrokenPath unless the path ends at Subject."""
    end = [model, *along(model, path)][-1]
    if end is not Subject:
        raise BrokenPath(f"it ends at {end._meta.label}.")


def rows_of(declaration: Declaration, subject_id: UUID) -> Q:
    """The rows that belong to the subject, or to one that was merged into it, by any of the paths."""
    condition = Q()
    for path in declaration.paths:
        condition |= Q(_IsAnyOf(path or "pk", Subject.objects.of_person(subject_id)))
    return condition


class _IsAnyOf(Func):
    """`IN` with a subquery would read the whole table where several paths lead to a row; an array is looked up in the
    index of each.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = models.BooleanField()

    def __init__(self, path: str, subjects: models.QuerySet[Subject]) -> None:
        super().__init__(F(path), ArraySubquery(subjects.order_by().values("pk")))


def pointing_at(model: Table) -> list[models.ForeignKey[Any, Any]]:
    """The foreign keys of other tables to this one, those of the tables behind many-to-many fields included."""
    relations = model._meta.get_fields(include_hidden=True)
    return [each.field for each in relations if isinstance(each, models.ManyToOneRel)]


def children_first(declared: Mapping[Table, Declaration]) -> list[Table]:
    """Each table before those it points at, so that rows go before what they hang on. Raises CycleError.

    Where tables point at each other in a circle only the paths count: these must still be there to be followed. The
    foreign keys themselves are checked at the end of the transaction.
    """
    try:
        return _sorted(declared, {model: _pointed_at(model) for model in declared})
    except CycleError:
        return _sorted(declared, {model: _passed(model, declared[model]) for model in declared})


def _sorted(declared: Mapping[Table, Declaration], targets: Mapping[Table, Iterable[Table]]) -> list[Table]:
    sorter: TopologicalSorter[Table] = TopologicalSorter()
    for model, reached in targets.items():
        sorter.add(model)
        for target in reached:
            if target in declared and target is not model:
                sorter.add(target, model)
    return list(sorter.static_order())


def _pointed_at(model: Table) -> list[Table]:
    return [field.related_model for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]


def _passed(model: Table, declaration: Declaration) -> list[Table]:
    return [passed for path in declaration.paths for passed in along(model, path)]


@cache
def declared() -> Mapping[Table, Declaration]:
    """The tables that hold personal data, in the order of erasing."""
    said = {apps.get_model(declaration.label): declaration for declaration in registry.declared.values()}
    return {model: said[model] for model in children_first(said)}
