"""How many people a new version of a purpose asks again. Rooms that hold choices count them."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID


class Effect(NamedTuple):
    """`asked`: people who decided and are asked again. `allowing`: those of them for whom it ends until they answer."""

    asked: int = 0
    allowing: int = 0


# Takes the id of a purpose and the version since which it is to ask.
type Counter = Callable[[UUID, int], Effect]

_counters: list[Counter] = []


def register(counter: Counter) -> None:
    _counters.append(counter)


def of_asking(purpose_id: UUID, since: int) -> Effect:
    counted = [counter(purpose_id, since) for counter in _counters]
    return Effect(sum(each.asked for each in counted), sum(each.allowing for each in counted))
