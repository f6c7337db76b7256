"""Who is told. An audience is a query: nobody is loaded to be counted or told.

An audience is who belongs to it at the moment of announcing, and one statement writes that down. Who joins later, or
moves to where it would concern them, was not meant: what was announced they find in the portal. Who belonged and leaves
is looked up again at each attempt: who asked to be erased, or no longer allows what may be refused, gets nothing more;
who is erased gets nothing. Who comes back from an erasure finds the notice in the portal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from accounts.guardians.models import Guardianship, GuardianshipQuerySet
from accounts.subjects.models import Subject, SubjectQuerySet
from consents.catalogue.models import Purpose
from consents.notices import optional


@dataclass(frozen=True)
class Audience:
    """`name` is kept with the notice, so that one can say later who was meant."""

    name: str
    subjects: Callable[[], SubjectQuerySet]

    def count(self) -> int:
        return self.subjects().count()

    def __and__(self, other: Audience) -> Audience:
        return Audience(f"{self.name} & {other.name}", lambda: self.subjects().filter(_among(other)))

    def __or__(self, other: Audience) -> Audience:
        return Audience(f"{self.name} | {other.name}", lambda: Subject.objects.filter(_among(self) | _among(other)))

    def where(self, name: str, condition: Callable[[], Q | Exists]) -> Audience:
        """Those for whom a condition over Subject holds, which only a room above may know how to write."""
        return Audience(name, lambda: self.subjects().filter(condition()))


def _among(audience: Audience) -> Q:
    return Q(pk__in=audience.subjects().order_by().values("pk"))


def _accounts() -> SubjectQuerySet:
    return Subject.objects.with_account().filter(frozen_at=None)


def _reachable() -> SubjectQuerySet:
    return Subject.objects.filter(
        stage__in=[Subject.Stage.GUEST, Subject.Stage.ACCOUNT], merged_into=None, frozen_at=None
    )


# Everybody with an account, but for those who asked to be erased.
ACCOUNTS = Audience("accounts", _accounts)

# Guests too, for what they asked for without having an account. A guest has no portal, only the mail.
REACHABLE = Audience("reachable", _reachable)


def under_the_law_of(jurisdiction: str) -> Audience:
    """And of its countries: “EU_GDPR” has the people of “EU_GDPR/DE” too."""
    within = Q(jurisdiction=jurisdiction) | Q(jurisdiction__startswith=f"{jurisdiction}/")
    return ACCOUNTS.where(f"jurisdiction {jurisdiction}", lambda: within)


def agreeing_to(purpose: Purpose) -> Audience:
    """By what holds at that moment."""
    return REACHABLE.where(f"agree to {purpose.slug}", lambda: optional.rules().allowed(purpose))


def guardians_in_place_of_minors(audience: Audience) -> Audience:
    """A guardian once, for however many minors, and a guardian of two for both.

    Dates of birth are sealed, so a minor is who has a guardian, until staff end that. A minor is told themself when no
    guardian of theirs can be.
    """
    told = Guardianship.objects.active().filter(guardian__in=_accounts())

    def subjects() -> SubjectQuerySet:
        of_them = told.filter(minor__in=audience.subjects().order_by().values("pk"))
        return Subject.objects.filter(
            (_among(audience) & ~Exists(_of(told, "minor"))) | Exists(_of(of_them, "guardian")),
        )

    return Audience(f"{audience.name}, guardians in place of minors", subjects)


def _of(guardianships: GuardianshipQuerySet, role: str) -> GuardianshipQuerySet:
    return guardianships.filter(**{role: OuterRef("pk")})
