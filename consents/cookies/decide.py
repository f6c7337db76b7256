"""A decision on a site's banner, in its settings or by a browser's signal; a refusal is proven like a permission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.subjects.models import Subject
from consents.choices import law
from consents.choices.models import Decision, Event, Method
from consents.choices.record import Choice, record
from consents.cookies.configuration import Configuration, key_of
from consents.cookies.models import Banner

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Browsers keep no cookie for longer; an answer without an end is asked for again then.
COOKIE_LIFETIME = timedelta(days=400)


class Control(TextChoices):
    """What was pressed: the value of `data-pc-action`, and the signal, for which nothing is."""

    ACCEPT_ALL = "accept-all", _("Accept all")
    REJECT_ALL = "reject-all", _("Refuse all")
    SAVE = "save", _("Save my choices")
    SHOW = "show", _("Allow and show")
    GPC = "gpc", _("Privacy signal of the browser")


METHODS = {Control.SAVE: Method.PREFERENCES, Control.GPC: Method.GPC}


class UnknownBanner(Refusal):
    code = "unknown-banner"
    field = "banner"
    message = _("This site never showed such a banner. Show the present one and ask again.")


class NotAsked(Refusal):
    code = "not-asked"
    message = _("This site does not ask about this.")


class SignalOnlyRefuses(Refusal):
    code = "signal-only-refuses"
    field = "control"
    message = _("A browser’s signal says no, never yes.")


@dataclass(frozen=True)
class Pressed:
    """How it was said. `banner`: the hash of what was shown; none where the signal spoke."""

    control: Control
    language: str
    banner: str | None = None
    client_id: str | None = None
    said_at: datetime | None = None


class Settled(NamedTuple):
    """What a browser keeps of a decision: how its cookie calls the purpose, and the day after which it asks again."""

    event: Event
    key: str
    allowed: bool
    until: int


def decide(
    subject: Subject,
    asked: Configuration,
    choices: Sequence[Choice],
    pressed: Pressed,
    *,
    evidence: Mapping[str, str],
) -> list[Settled]:
    """Raises a Refusal; then nothing was recorded."""
    _check(asked, choices, pressed)
    events = record(
        subject,
        choices,
        method=METHODS.get(pressed.control, Method.BANNER),
        actor=subject,
        language=pressed.language,
        said_at=pressed.said_at,
        client_id=pressed.client_id,
        evidence={**evidence, **_shown(asked, pressed)},
    )
    place = str(asked.said["jurisdiction"])
    return [settled(event, place) for event in events]


def settled(event: Event, place: str) -> Settled:
    granted = event.decision == Decision.GRANTED
    if granted:
        end = law.expires_at(event.purpose, event.jurisdiction, event.effective_at)
    else:
        end = law.may_ask_again_at(place, event.effective_at)
    last = event.effective_at + COOKIE_LIFETIME
    return Settled(event, key_of(event.purpose), granted, until(granted, min(end or last, last)))


def until(granted: bool, end: datetime) -> int:
    """The day from which a browser asks again."""
    days = (end - EPOCH) / timedelta(days=1)
    # A yes never counts longer than it holds, and nobody who refused is asked earlier than the law lets.
    return int(days) if granted else int(days) + 1


def _check(asked: Configuration, choices: Sequence[Choice], pressed: Pressed) -> None:
    known = {purpose["purpose"] for purpose in asked.purposes}
    for position, choice in enumerate(choices):
        if choice.purpose not in known:
            raise NotAsked(field=f"decisions.{position}.purpose")
    if pressed.control == Control.GPC and any(choice.allow for choice in choices):
        raise SignalOnlyRefuses


def _shown(asked: Configuration, pressed: Pressed) -> dict[str, str]:
    """What proves where and how it was said; who is asked by nobody was shown nothing."""
    said = {"site": str(asked.said["site"]), "control": str(pressed.control)}
    if pressed.banner is None:
        if pressed.control != Control.GPC:
            raise UnknownBanner
        return said
    number, layout = _banner(asked, pressed.banner)
    return said | {"banner": str(number), "layout": layout}


def _banner(asked: Configuration, sha256: str) -> tuple[int, str]:
    """Its number and how it lay on the page. Hardly ever it is another one than the present."""
    present = asked.said["banner"]
    if sha256 == present["sha256"]:
        return present["version"], present["layout"]
    banner = Banner.objects.filter(site__slug=asked.said["site"], sha256=sha256).first()
    if banner is None:
        raise UnknownBanner
    return banner.number, banner.content["layout"]
