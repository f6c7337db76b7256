"""The SQL for one manifest and one person: which rows are theirs, what a copy reads, what an erasure does.

An erasure is one statement. All its parts see the rows as they were before it, and foreign keys are checked when it is
over: no order of tables can be wrong, and the number of statements does not depend on the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    TableClause,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    collate,
    column,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    union_all,
    update,
)

from dsar.datamap.manifest import Manifest, Table
from dsar.datamap.systems import Action, Identities

type Condition = ColumnElement[bool]
type Counts = CompoundSelect[str, int]


class Statements:
    """Made once for a manifest; the person is a parameter (`identities`)."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self._rows = {
            each.name: table(each.name, *(column(field.name) for field in each.fields)) for each in manifest.tables
        }
        self.copies = {each.name: self._copy(each) for each in manifest.tables if each.shown}
        self.held = self._counts(self._belongs, manifest.tables)
        # What an erasure was to end and did not. None: all of the system is kept.
        ended = [each for each in manifest.tables if each.ending.action != Action.KEEP]
        self.remaining = self._counts(self._to_end, ended) if ended else None
        # Gives the name of each table with the number of its rows that were ended, or that are kept.
        self.erase: Counts = union_all(*(self._ended(each) for each in manifest.tables))

    def _copy(self, each: Table) -> Select[Any]:
        rows = self._rows[each.name]
        keys = [rows.c[field.name] for field in each.fields if field.is_key]
        return select(*(rows.c[field.name] for field in each.shown)).where(self._belongs(each)).order_by(*keys)

    def _ended(self, each: Table) -> Select[str, int]:
        rows = self._rows[each.name]
        if each.ending.action == Action.DELETE:
            gone = delete(rows).where(self._belongs(each)).returning(literal_column("1")).cte(f"ended_{each.name}")
            return _number(each, gone)
        kept = _number(each, rows).where(self._belongs(each))
        if not each.overwritten:
            return kept
        overwritten = update(rows).where(self._to_end(each)).values(dict(each.overwritten))
        changed = overwritten.returning(literal_column("1")).cte(f"ended_{each.name}")
        return _number(each, changed) if each.ending.action == Action.ANONYMISE else kept.add_cte(changed)

    def _counts(self, condition: Callable[[Table], Condition], tables: Iterable[Table]) -> Counts:
        return union_all(*(_number(each, self._rows[each.name]).where(condition(each)) for each in tables))

    def _to_end(self, each: Table) -> Condition:
        """The person's rows that an erasure has still something to do to."""
        columns = self._rows[each.name].c
        unlike = [columns[name].is_distinct_from(value) for name, value in each.overwritten.items()]
        return and_(self._belongs(each), or_(*unlike)) if unlike else self._belongs(each)

    def _belongs(self, each: Table) -> Condition:
        """By an identity in the row itself, or through any row of another table that belongs to the person."""
        columns = self._rows[each.name].c
        ways = [_names(columns[field.name], field.identity) for field in each.fields if field.identity]
        for link in self.manifest.links:
            if link.table == each.name:
                parent = self.manifest.table(link.parent)
                known = select(self._rows[link.parent].c[link.parent_column]).where(self._belongs(parent))
                ways.append(columns[link.column].in_(known.correlate(None)))
        return or_(*ways)


def identities(who: Identities) -> dict[str, list[str]]:
    """The parameters of all statements. What is not known is an empty list, in which nothing is."""
    known = {"email": who.emails, "subject_id": [str(each) for each in who.subject_ids]}
    # No text of PostgreSQL can hold a NUL, so such a value names nobody.
    return {kind: [value for value in values if "\0" not in value] for kind, values in known.items()}


def _names(held: ColumnElement[Any], kind: str) -> Condition:
    given = bindparam(kind, type_=ARRAY(Text))
    if kind != "email":
        return cast(held, Text) == any_(given)
    each = func.unnest(given, type_=Text).column_valued("each")
    return and_(
        # This one can use an index on lower(column) …
        func.lower(held) == any_(_array(func.lower(each))),
        # … and this one lets no other letter pass for one of ASCII, as the sign for Kelvin would for a k.
        func.lower(collate(cast(held, Text), "C")) == any_(_array(func.lower(collate(each, "C")))),
    )


def _array(values: ColumnElement[str]) -> ColumnElement[list[str]]:
    """Made once for each statement, before any row is looked at."""
    return func.array(select(values).scalar_subquery(), type_=ARRAY(Text))


def _number(each: Table, rows: TableClause | CTE) -> Select[str, int]:
    return select(literal(each.name), func.count()).select_from(rows)
