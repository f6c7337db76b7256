"""The ways from a person's identities to the rows of every table, from the references that a manifest names."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from django.utils.translation import gettext as _

from consents.catalogue.yaml_file import Place
from dsar.datamap.manifest import Link


@dataclass(frozen=True)
class Reference:
    """What a field says it has in common with a field of another table.

    `direction` is Fideslang's: "from" means that the other field is known first and leads here, "to" that this one
    leads there, None that either may be.
    """

    table: str
    column: str
    other: str
    other_column: str
    direction: str | None
    place: Place

    def links(self) -> list[Link]:
        here = Link(self.table, self.column, self.other, self.other_column)
        there = Link(self.other, self.other_column, self.table, self.column)
        return {"from": [here], "to": [there]}.get(self.direction or "", [here, there])


def follow(references: Iterable[Reference], starts: Iterable[str], tables: Mapping[str, Place]) -> tuple[Link, ...]:
    """The links to follow, with a fault for each table that they do not reach and for every circle."""
    references = list(references)
    distance = _distances([link for each in references for link in each.links()], starts)
    for name, place in tables.items():
        if name not in distance:
            place.fault(_("No reference leads from an identity to this table, so nobody’s rows could be found in it."))
    found = [link for each in references for link in _used(each, distance)]
    _refuse_circle(found, tables)
    return tuple(found)


def _distances(links: list[Link], starts: Iterable[str]) -> dict[str, int]:
    """How many links each table that can be reached is away from an identity."""
    distance = dict.fromkeys(starts, 0)
    waiting = deque(distance)
    while waiting:
        parent = waiting.popleft()
        for link in links:
            if link.parent == parent and link.table not in distance:
                distance[link.table] = distance[parent] + 1
                waiting.append(link.table)
    return distance


def _used(reference: Reference, distance: Mapping[str, int]) -> list[Link]:
    """Without a direction a reference is followed away from the identity."""
    links = [link for link in reference.links() if link.parent in distance]
    if reference.direction:
        return links
    return [link for link in links if distance[link.parent] < distance[link.table]]


def _refuse_circle(links: list[Link], tables: Mapping[str, Place]) -> None:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for link in links:
        sorter.add(link.table, link.parent)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1]
        tables[circle[0]].fault(
            _("The references run in a circle: %(circle)s. Leave one of them out.") % {"circle": " > ".join(circle)}
        )
