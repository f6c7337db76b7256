"""Which choice holds: the rule, apart from any database, and in the words of one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

# The end of a statement that inserts into `choices_current` what was said last: `rank` below in the words of the
# database.
NEWER_HOLDS = """
ON CONFLICT (subject_id, purpose_id) DO UPDATE SET
    event_id = EXCLUDED.event_id, version = EXCLUDED.version, decision = EXCLUDED.decision,
    since = EXCLUDED.since, expires_at = EXCLUDED.expires_at
WHERE (EXCLUDED.since, EXCLUDED.decision <> 'granted') > (choices_current.since, choices_current.decision <> 'granted')
"""


class Saying(Protocol):
    @property
    def decision(self) -> str: ...
    @property
    def effective_at(self) -> datetime: ...


def effective(said_at: datetime, received_at: datetime) -> datetime:
    """A clock that runs ahead must not let a choice outlive a later one: nothing is said after it was received."""
    return min(said_at, received_at)


def rank(decision: str, effective_at: datetime) -> tuple[datetime, bool]:
    """The newer choice holds, whenever it arrives; of two said at the same time, the no."""
    return effective_at, decision != "granted"


def standing[S: Saying](history: Iterable[S]) -> S | None:
    """The choice that holds after this history on one purpose, oldest first; None is undecided."""
    return max(history, key=lambda event: rank(event.decision, event.effective_at), default=None)
