"""Links by which a person ends a purpose without signing in. A room above makes them and registers how."""

from collections.abc import Callable
from uuid import UUID

type Maker = Callable[[UUID, str], str]

_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """`maker(subject_id, purpose_slug)` gives the whole address. The one that was registered last is asked."""
    _makers.append(maker)


def unsubscribe(subject_id: UUID, purpose_slug: str) -> str:
    """Asks no database, so it can be called for thousands. Raises LookupError where no room makes links."""
    if not _makers:
        raise LookupError("No room has registered how unsubscribe links are made.")
    return _makers[-1](subject_id, purpose_slug)
