"""Which systems do not hear what people choose, so that somebody must do something about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.staff.alarms import Alarm
from consents.webhooks.models import Attempt, Endpoint, Message, MessageQuerySet

# A restart, a new version or a short breakdown mends itself, and nobody should learn to overlook the warning.
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True)
class Trouble:
    """`since` is None for a system that answers, but to which messages were given up."""

    endpoint: Endpoint
    since: datetime | None
    waiting: int
    given_up: int

    @property
    def path(self) -> str:
        return reverse("admin:webhooks_endpoint_change", args=[self.endpoint.pk])

    @property
    def title(self) -> str:
        return _("%(system)s does not hear what people choose") % {"system": self.endpoint}

    @property
    def said(self) -> list[str]:
        found = []
        if self.since:
            found.append(_("It has not answered as it should since %(time)s.") % {"time": _time(self.since)})
        if self.waiting:
            found.append(
                ngettext("%(count)d message waits.", "%(count)d messages wait.", self.waiting) % {"count": self.waiting}
            )
        if self.given_up:
            found.append(
                ngettext("%(count)d message was given up.", "%(count)d messages were given up.", self.given_up)
                % {"count": self.given_up}
            )
        return found

    @property
    def last_error(self) -> str:
        last = Attempt.objects.filter(message__endpoint=self.endpoint).exclude(error="").order_by("-id").first()
        return last.error if last else ""


def troubles() -> Iterator[Trouble]:
    """Of systems that are to be told; those that were paused by their own 410 are among them."""
    for endpoint in Endpoint.objects.exclude(state=Endpoint.State.ENDED):
        since = endpoint.failing_since
        away = since if since and since <= timezone.now() - PATIENCE else None
        given_up = unheard(endpoint).count()
        if away or given_up:
            yield Trouble(endpoint, away, endpoint.messages.open().count(), given_up)


def unheard(endpoint: Endpoint) -> MessageQuerySet:
    """Given up, and not made up for: the system confirmed nothing newer about the same person and purpose."""
    newer = Message.objects.filter(
        endpoint=OuterRef("endpoint"),
        subject=OuterRef("subject"),
        purpose=OuterRef("purpose"),
        pk__gt=OuterRef("pk"),
        state=Message.State.DELIVERED,
    )
    return endpoint.messages.dead().filter(~Exists(newer), kind=Message.Kind.CHOICE)


def alarms() -> list[Alarm]:
    return [Alarm(trouble.title, " ".join(trouble.said), trouble.path) for trouble in troubles()]


def _time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
