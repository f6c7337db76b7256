"""Ending what was allowed, by a link that needs no sign-in (RFC 8058) and still opens when its person is erased."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.subjects.keys import NotSealedHere, open_for_service, seal_for_service
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose, PurposeQuerySet
from consents.choices.models import NO, Current, Event, Method
from consents.choices.record import Choice, record

CONTEXT = "mailing.unsubscribe"
# A subject's number, before the slug of the purpose.
NUMBER = 16


class NoSuchLink(Exception):
    """Nobody was sent this link: it was altered or cut off, or is about something that is not done by consent."""


class Scope(StrEnum):
    """How much a person wants to end."""

    TOPIC = "topic"
    CHANNEL = "channel"
    ALL = "all"


@dataclass(frozen=True)
class Ticket:
    """What a link is about."""

    subject_id: UUID
    purpose: Purpose

    def purposes(self, scope: Scope) -> PurposeQuerySet:
        """What that ends. The same for everybody, so that the page tells nothing about the person."""
        optional = Purpose.objects.current().optional()
        match scope:
            case Scope.TOPIC:
                return optional.filter(pk=self.purpose.pk)
            case Scope.CHANNEL if self.purpose.channel:
                return optional.filter(channel=self.purpose.channel)
            case Scope.CHANNEL:
                return optional.none()
        return optional

    @property
    def token(self) -> str:
        return token(self.subject_id, self.purpose.slug)


def token(subject_id: UUID, purpose_slug: str) -> str:
    """Opaque, and another one each time, so that nobody who sees two can tell whether they are one person's."""
    sealed = seal_for_service(CONTEXT, subject_id.bytes + purpose_slug.encode())
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def link(subject_id: UUID, purpose_slug: str) -> str:
    """The whole address. Kept nowhere: whoever sends a mail makes one."""
    before, after = _address()
    return f"{settings.BASE_URL}{before}{token(subject_id, purpose_slug)}{after}"


@cache
def _address() -> tuple[str, str]:
    """What stands around the token. Systems ask for thousands of links at once."""
    before, _token, after = reverse("mailing:unsubscribe", args=["token"]).partition("token")
    return before, after


def headers(subject_id: UUID, purpose_slug: str) -> dict[str, str]:
    """What mail programs need to show their own button (RFC 8058, RFC 2369, RFC 2919)."""
    return {
        "List-Unsubscribe": f"<{link(subject_id, purpose_slug)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{purpose_slug}.{urlsplit(settings.BASE_URL).hostname}>",
        "List-Help": f"<{settings.BASE_URL}{reverse('choices:centre')}>",
    }


def ticket_of(sent: str) -> Ticket:
    """Raises NoSuchLink."""
    try:
        opened = open_for_service(CONTEXT, urlsafe_b64decode(sent + "=" * (-len(sent) % 4)))
    except (binascii.Error, ValueError, NotSealedHere) as error:
        raise NoSuchLink from error
    purpose = Purpose.objects.optional().filter(slug=opened[NUMBER:].decode()).first()
    if purpose is None:
        raise NoSuchLink
    return Ticket(UUID(bytes=opened[:NUMBER]), purpose)


@transaction.atomic
def unsubscribe(ticket: Ticket, scope: Scope, *, language: str, evidence: Mapping[str, str]) -> list[Event]:
    """Refuse what the scope covers and is not refused yet. Asking twice, or for an erased person, changes nothing."""
    subject = _subject(ticket.subject_id)
    if subject is None or subject.stage == Subject.Stage.TOMBSTONE:
        return []
    settled = Current.objects.for_subject(subject).filter(decision__in=NO)
    open_ones = ticket.purposes(scope).exclude(pk__in=settled.values("purpose"))
    decisions = [Choice(slug, allow=False) for slug in open_ones.values_list("slug", flat=True)]
    if not decisions:
        return []
    return record(subject, decisions, method=Method.UNSUBSCRIBE, actor=subject, language=language, evidence=evidence)


def _subject(pk: UUID) -> Subject | None:
    """Locked, so that a link clicked twice is one refusal; and where it was a guest who joined, the one they became."""
    people = Subject.objects.select_for_update(no_key=True, of=("self",)).select_related("merged_into")
    found = people.filter(pk=pk).first()
    return found and (found.merged_into or found)
