"""The banner and the settings on our own pages, which work without JavaScript: who asks, what holds, what was said."""

from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from uuid import uuid4

from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import get_language

from accounts.subjects.models import Subject
from consents.choices.asking import to_ask
from consents.choices.evidence import seen, signals_no
from consents.choices.forms import answer
from consents.choices.models import Decision
from consents.choices.record import Choice
from consents.choices.summary import standing_choices
from consents.cookies import devices
from consents.cookies.configuration import Configuration, configuration, own_site
from consents.cookies.decide import Pressed, Settled, decide
from consents.cookies.kept import Kept
from consents.cookies.place import place_of


@dataclass(frozen=True)
class Visit:
    """A request to one of our pages by somebody who may be asked."""

    request: HttpRequest
    asked: Configuration

    @property
    def subject(self) -> Subject | None:
        return subject_of(self.request)

    @property
    def kept(self) -> Kept:
        return Kept.read(self.request) or Kept()

    @cached_property
    def gpc(self) -> bool:
        return signals_no(self.request)

    @cached_property
    def answers(self) -> dict[str, str]:
        """What is said, by purpose: of a signed-in person by them, whichever device it was on; else on this one."""
        if self.subject:
            standing = {purpose: answer(purpose, choice) for purpose, choice in standing_choices(self.subject)}
            return {purpose.slug: said for purpose, said in standing.items() if said}
        found = {purpose["purpose"]: self.kept.answer(purpose["key"]) for purpose in self.asked.purposes}
        return {
            slug: str(Decision.GRANTED if each.allowed else Decision.REFUSED) for slug, each in found.items() if each
        }

    def is_locked(self, purpose: dict[str, Any]) -> bool:
        """The signal says no for a browser of nobody known; who is signed in may override it."""
        return self.gpc and purpose["gpc"] and self.subject is None

    @cached_property
    def open(self) -> list[dict[str, Any]]:
        """What the banner asks about; nothing: there is none."""
        if self.subject:
            asked = {question.purpose.slug for question in to_ask(self.subject, gpc=self.gpc)}
            return [purpose for purpose in self.asked.purposes if purpose["purpose"] in asked]
        refused = {slug for slug, said in self.answers.items() if said == Decision.REFUSED}
        return [
            purpose
            for purpose in self.asked.purposes
            if purpose["purpose"] not in self.answers
            and purpose["part_of"] not in refused
            and not (self.gpc and purpose["gpc"])
        ]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every purpose with what is said to it, for the settings."""
        names = {purpose["purpose"]: purpose["name"] for purpose in self.asked.purposes}
        return [
            purpose
            | {
                "decision": self.answers.get(purpose["purpose"]),
                "locked": self.is_locked(purpose),
                "whole": names.get(purpose["part_of"]),
            }
            for purpose in self.asked.purposes
        ]

    @cached_property
    def client_id(self) -> str:
        """Always new: a form that is sent twice was shown once."""
        return str(uuid4())


def subject_of(request: HttpRequest) -> Subject | None:
    return cast(Subject | None, getattr(cast(Any, request), "subject", None))


def visit(request: HttpRequest) -> Visit | None:
    """None: these pages are no site that asks about anything."""
    slug = own_site()
    language = get_language() or ""
    asked = configuration(slug, place_of(request, subject_of(request)), language) if slug else None
    return Visit(request, asked) if asked and asked.purposes else None


def say(here: Visit, choices: list[Choice], pressed: Pressed) -> tuple[list[Settled], Kept]:
    """What was decided, and what the browser keeps of it. Raises a Refusal."""
    saying = partial(decide, asked=here.asked, choices=choices, pressed=pressed, evidence=seen(here.request))
    kept = here.kept
    if here.subject is not None:
        decided = saying(here.subject)
    else:
        device = kept.device if devices.current(kept.device) else devices.new_device()
        kept = Kept(device, kept.answers)
        place = str(here.asked.said["jurisdiction"])
        decided = devices.saying(device, saying, language=pressed.language, jurisdiction=place)
    return decided, kept.after(decided, here.asked.purposes)
