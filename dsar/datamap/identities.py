"""By what other systems know a person: their numbers and addresses, those of the guests they once were too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from accounts.subjects.addresses import emails_of
from accounts.subjects.models import Subject
from accounts.users.confirmed import confirmed
from accounts.users.models import User

# The kinds of identity that a manifest may start from.
IDENTITIES = ("email", "subject_id")


@dataclass(frozen=True)
class Identities:
    """Personal data: never logged, never stored unsealed, not shown by repr.

    `subject_id` and `email` are the person's own, `merged` and `other_emails` those of the devices and guests that
    turned out to be them.
    """

    subject_id: UUID = field(repr=False)
    email: str | None = field(default=None, repr=False)
    merged: tuple[UUID, ...] = field(default=(), repr=False)
    other_emails: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, subject: Subject) -> Identities:
        email = User.objects.filter(subject=subject).values_list("email", flat=True).first()
        return cls.known_by(subject, email)

    @classmethod
    def known_by(cls, subject: Subject, email: str | None) -> Identities:
        """`email` is the address that they sign in with, or did when they asked; None: they have no account."""
        known = _of_nobody_else(subject, [*([email] if email else []), *emails_of(subject)])
        merged = Subject.objects.filter(merged_into=subject).order_by("pk").values_list("pk", flat=True)
        return cls(subject.pk, next(iter(known), None), tuple(merged), tuple(known[1:]))

    @property
    def subject_ids(self) -> tuple[UUID, ...]:
        return (self.subject_id, *self.merged)

    @property
    def emails(self) -> tuple[str, ...]:
        return (*([self.email] if self.email else []), *self.other_emails)

    @property
    def number(self) -> int:
        """How many there are. It grows when somebody else turns out to be this person."""
        return len(self.subject_ids) + len(self.emails)


def _of_nobody_else(subject: Subject, emails: Iterable[str]) -> list[str]:
    """Each once. An address that was this person's and is somebody else's by now would find what is theirs."""
    known = dict.fromkeys(emails)
    elsewhere = {each.email for each in confirmed(known) if cast(User, each.user).subject_id != subject.pk}
    return [email for email in known if email not in elsewhere]
