"""How many mails to many may go out in each minute of the clock: in all, and to the addresses of one domain.

All workers count together, in the cache: a row of the database that each of them changes would have them wait for each
other. Losing the cache is harmless, as then some of one minute are forgotten, and at most twice as many go in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core.cache import cache

from consents.notices.letter import guest_email
from consents.notices.models import Delivery

MINUTE = timedelta(minutes=1)
# Longer than the minute that is counted.
KEPT = 120


def take(wanted: int, now: datetime) -> int:
    """How many of these may be sent in this minute. What then is not needed shall be given back."""
    limit = settings.CAMPAIGNS["RATE"]
    if limit is None or wanted <= 0:
        return max(0, wanted)
    granted = max(0, min(wanted, limit - _counted("all", now, wanted)))
    give_back(wanted - granted, now)
    return granted


def count(number: int, now: datetime) -> None:
    """What goes in any case leaves less for the others."""
    if number and settings.CAMPAIGNS["RATE"] is not None:
        _counted("all", now, number)


def give_back(number: int, now: datetime) -> None:
    if number and settings.CAMPAIGNS["RATE"] is not None:
        _counted("all", now, -number)


def within_domains(numbers: Sequence[UUID], now: datetime) -> list[UUID]:
    """Those whose domain has room in this minute. The others get the minute in which it should be their turn."""
    limit = settings.CAMPAIGNS["DOMAIN_RATE"]
    if limit is None or not numbers:
        return list(numbers)
    later: dict[int, list[UUID]] = defaultdict(list)
    for domain, mine in _by_domain(numbers).items():
        before = _counted(domain, now, len(mine))
        for place, number in enumerate(mine, start=before):
            if place >= limit:
                later[place // limit].append(number)
    for minutes, waiting in later.items():
        Delivery.objects.filter(pk__in=waiting).update(claim=None, due_at=_minute(now) + minutes * MINUTE)
    away = {number for waiting in later.values() for number in waiting}
    return [number for number in numbers if number not in away]


def _by_domain(numbers: Iterable[UUID]) -> dict[str, list[UUID]]:
    """What was on its way when its worker died has been counted, and who has no address gets no mail."""
    found: dict[str, list[UUID]] = defaultdict(list)
    waiting = Delivery.objects.filter(pk__in=list(numbers), state=Delivery.State.PENDING).order_by("due_at", "pk")
    for number, subject, email in waiting.values_list("pk", "subject", "subject__user__email"):
        if address := email or guest_email(subject):
            # The cache learns no names of domains: some are one person's own.
            found[sha256(address.rpartition("@")[2].lower().encode()).hexdigest()].append(number)
    return found


def _counted(what: str, now: datetime, number: int) -> int:
    """How many there were in this minute before these."""
    key = f"notices:rate:{what}:{_minute(now):%H%M}"
    cache.add(key, 0, KEPT)
    return int(cache.incr(key, number)) - number


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
