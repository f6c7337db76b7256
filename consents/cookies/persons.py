"""Who is signed in on a website. Its own server alone knows: it asks us for a token, which the page hands to us.

From then on the page speaks for the person and not for the browser. By the one rule that all choices have, what was
said on the browser before is theirs, and to allow, to refuse and to withdraw there holds on all their devices.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core import signing
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices import law
from consents.choices.asking import why
from consents.choices.gpc import honour
from consents.choices.models import Current, Decision
from consents.choices.named import NumberUnknown
from consents.choices.summary import standing_choices
from consents.cookies.adoption import NEW_DEVICE, TAKEN_OVER, adopt
from consents.cookies.configuration import Configuration, key_of
from consents.cookies.decide import COOKIE_LIFETIME, until

SALT = "consents.cookies.person"
# Every page that is loaded brings a new token, so an old one is needed only where a page stays open, or has no
# connection for a while. Longer, and a page that was saved or cached would speak for whoever signed out long ago.
LIFETIME = timedelta(hours=4)


class UnknownPerson(Refusal):
    code = "unknown-person"
    field = "person"
    message = _("This names nobody who is signed in on this site, or its time is over. Its server gets a new one.")


class Holds(NamedTuple):
    """What somebody said to a purpose. `until`: the day, counted from 1970-01-01, from which they are asked again."""

    purpose: str
    key: str
    allowed: bool
    until: int


class Met(NamedTuple):
    """`notice`: what the person is told, if there is something to tell."""

    results: list[Holds]
    notice: str | Promise


def token_for(found: Subject, site: str) -> tuple[str, datetime]:
    """And when its time is over. Raises NumberUnknown for a browser, which is nobody that could sign in."""
    person = found.merged_into or found
    if person.stage == Subject.Stage.DEVICE:
        raise NumberUnknown
    return signing.dumps([str(person.pk), site], salt=SALT), timezone.now() + LIFETIME


def signed_in(token: str, site: str) -> Subject:
    """Who they are by now: a guest may have turned out to be somebody. Raises UnknownPerson."""
    try:
        number, at = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature as error:
        raise UnknownPerson from error
    found = Subject.objects.living().select_related("merged_into").filter(pk=number).first()
    if found is None or at != site:
        raise UnknownPerson
    return found.merged_into or found


def meet(person: Subject, asked: Configuration, *, device: str, is_new: bool, evidence: Mapping[str, str]) -> Met:
    """`device`: of the browser that turns out to be theirs, "" if it said nothing; `is_new`: we wrote nothing to it."""
    was_taken_over = device != "" and adopt(device, person)
    honour(person, evidence=evidence)
    results = holding(person, asked)
    if was_taken_over:
        return Met(results, TAKEN_OVER)
    return Met(results, NEW_DEVICE if is_new and results else "")


def holding(person: Subject, asked: Configuration) -> list[Holds]:
    """Of what the site asks about: all that the person is not to be asked again."""
    here = {purpose["purpose"] for purpose in asked.purposes}
    standing = [(purpose, choice) for purpose, choice in standing_choices(person) if purpose.slug in here]
    now = timezone.now()
    if person.is_frozen:
        # Erasure was asked for: everything is no, and nobody asks until it is over or was stopped.
        return [Holds(purpose.slug, key_of(purpose), False, until(False, now)) for purpose, _choice in standing]
    return [
        _held(purpose, choice, person.jurisdiction, now)
        for purpose, choice in standing
        if choice and not why(purpose, choice, person.jurisdiction, now)
    ]


def _held(purpose: Purpose, choice: Current, place: str, now: datetime) -> Holds:
    granted = choice.decision == Decision.GRANTED
    end = choice.expires_at if granted else law.may_ask_again_at(place, choice.since)
    # What has no end is told anew by every page; no cookie has to keep it.
    return Holds(purpose.slug, key_of(purpose), granted, until(granted, end or now + COOKIE_LIFETIME))
