"""How a notice to many stands, for the page of staff: one statement counts, whatever its size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consents.notices.models import Delivery, Notice, NoticeEvent
from consents.notices.reasons import in_words

State = Delivery.State

# Over how long the rate is taken.
WHILE = timedelta(minutes=5)
# Anything shorter says nothing about a rate.
AT_LEAST = timedelta(seconds=10)
# What became of those that have a reason.
SO = {
    State.PENDING: _("Tried again later"),
    State.SENDING: _("Tried again later"),
    State.FAILED: _("Failed"),
    State.SKIPPED: _("Skipped"),
}


@dataclass
class Numbers:
    """`waiting` includes what is being sent at this moment."""

    people: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    read: int = 0

    @property
    def over(self) -> int:
        return self.sent + self.failed + self.skipped

    @property
    def waiting(self) -> int:
        return self.people - self.over

    def add(self, row: Mapping[str, Any]) -> None:
        self.people += row["number"]
        self.read += row["read"]
        match row["state"]:
            case State.SENT:
                self.sent += row["number"]
            case State.FAILED:
                self.failed += row["number"]
            case State.SKIPPED:
                self.skipped += row["number"]


@dataclass
class Reason:
    words: str
    state: str
    number: int


@dataclass
class Sight:
    whole: Numbers = field(default_factory=Numbers)
    languages: dict[str, Numbers] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    # Mails per minute.
    rate: float = 0

    @property
    def done_by(self) -> datetime | None:
        """At the rate of the last minutes."""
        if not (self.rate and self.whole.waiting):
            return None
        return timezone.now() + timedelta(minutes=self.whole.waiting / self.rate)

    @property
    def percent(self) -> int:
        return 100 * self.whole.over // self.whole.people if self.whole.people else 100


def sight(notice: Notice) -> Sight:
    now = timezone.now()
    counted = (
        Delivery.objects.filter(notice=notice)
        .values("language", "state", "error")
        .annotate(
            number=Count("pk"),
            read=Count("read_at"),
            recent=Count("pk", filter=Q(sent_at__gt=now - WHILE)),
        )
        .order_by("-number", "language", "state", "error")
    )
    return _added(counted, _going(notice, now))


def _going(notice: Notice, now: datetime) -> timedelta:
    """For how long of the last minutes it has been going."""
    Deed = NoticeEvent.Deed  # noqa: N806  # it is a class
    begins = [Deed.MADE, Deed.APPROVED, Deed.RESUMED]
    began = notice.events.filter(deed__in=begins).order_by("-pk").values_list("at", flat=True).first()
    return max(AT_LEAST, min(WHILE, now - (began or notice.created_at)))


def _added(rows: Iterable[Mapping[str, Any]], going: timedelta) -> Sight:
    found = Sight()
    names = dict(settings.LANGUAGES)
    for row in rows:
        found.whole.add(row)
        language = str(names.get(row["language"], row["language"]))
        found.languages.setdefault(language, Numbers()).add(row)
        found.rate += row["recent"] / (going / timedelta(minutes=1))
        if row["error"]:
            _add_reason(found.reasons, row)
    return found


def _add_reason(reasons: list[Reason], row: Mapping[str, Any]) -> None:
    """The languages are added up."""
    words, state = in_words(row["error"]), str(SO[State(row["state"])])
    same = next((reason for reason in reasons if (reason.words, reason.state) == (words, state)), None)
    if same is None:
        reasons.append(Reason(words, state, row["number"]))
    else:
        same.number += row["number"]
