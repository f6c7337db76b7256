"""What higher rooms want to be told about plans. They register from their `apps.py`.

Every callback runs in the transaction that changes the plan, so that what follows from the change commits with it.
"""

from collections import defaultdict
from collections.abc import Callable

from dsar.work.models import Plan

type Told = Callable[[Plan], None]

_done: dict[str, list[Told]] = defaultdict(list)
_progress: dict[str, list[Told]] = defaultdict(list)


def on_done(kind: str, callback: Told) -> None:
    """The plan is done, stuck or cancelled: its state says which. An erased subject still has its key, for the last
    time, and nothing else.
    """
    _add(_done[kind], callback)


def on_progress(kind: str, callback: Told) -> None:
    """The plan's work began, or goes on after it was stuck."""
    _add(_progress[kind], callback)


def tell_done(plan: Plan) -> None:
    for callback in _done[plan.kind]:
        callback(plan)


def tell_progress(plan: Plan) -> None:
    for callback in _progress[plan.kind]:
        callback(plan)


def _add(callbacks: list[Told], callback: Told) -> None:
    if callback not in callbacks:
        callbacks.append(callback)
