"""Who is told. An audience is a query: nobody is loaded to be counted or told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from accounts.subjects.models import Subject, SubjectQuerySet


@dataclass(frozen=True)
class Audience:
    """`name` is kept with the notice, so that one can say later who was meant."""

    name: str
    subjects: Callable[[], SubjectQuerySet]

    def count(self) -> int:
        return self.subjects().count()


def _accounts() -> SubjectQuerySet:
    return Subject.objects.with_account().filter(frozen_at=None)


def _reachable() -> SubjectQuerySet:
    return Subject.objects.filter(
        stage__in=[Subject.Stage.GUEST, Subject.Stage.ACCOUNT], merged_into=None, frozen_at=None
    )


# Everybody with an account, but for those who asked to be erased. Whoever comes back from that, or joins after the
# notice was made, finds what it says in the portal.
ACCOUNTS = Audience("accounts", _accounts)

# Guests too, for what they asked for without having an account. A guest has no portal, only the mail.
REACHABLE = Audience("reachable", _reachable)
