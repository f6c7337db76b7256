"""What a browser keeps of its answers: one small cookie, which consent.js and our own pages read and write alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from consents.cookies.decide import COOKIE_LIFETIME, EPOCH, Settled

NAME = "pc_choices"
# The version of its form, a device or none, and of each purpose its key, granted or refused, and a day to the base 36.
FORM = re.compile(r"1\.([\w-]{22}:[\w-]{43})?\.((?:[\w-]{4}[GR][0-9a-z]{3})*)", re.ASCII)
EACH = 8
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Answer(NamedTuple):
    """`until`: the day, counted from 1970-01-01, from which one may ask again."""

    allowed: bool
    until: int

    @property
    def holds(self) -> bool:
        return self.until > (timezone.now() - EPOCH).days


@dataclass(frozen=True)
class Kept:
    device: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)

    @classmethod
    def read(cls, request: HttpRequest) -> Self | None:
        """None: it keeps nothing, or nothing that we wrote."""
        found = FORM.fullmatch(request.COOKIES.get(NAME, ""))
        if found is None:
            return None
        each = (found[2][start : start + EACH] for start in range(0, len(found[2]), EACH))
        return cls(found[1] or "", {one[:4]: Answer(one[4] == "G", int(one[5:], 36)) for one in each})

    def answer(self, key: str) -> Answer | None:
        found = self.answers.get(key)
        return found if found and found.holds else None

    def after(self, decided: list[Settled], purposes: list[dict[str, Any]]) -> "Kept":
        """With what was just decided; what is asked about no longer is forgotten."""
        known = {purpose["key"] for purpose in purposes}
        new = {each.key: Answer(each.allowed, each.until) for each in decided}
        return Kept(self.device, {key: each for key, each in ({**self.answers, **new}).items() if key in known})

    def write(self, response: HttpResponse) -> None:
        entries = [f"{key}{'G' if each.allowed else 'R'}{_base36(each.until)}" for key, each in self.answers.items()]
        response.set_cookie(
            NAME,
            f"1.{self.device}.{''.join(entries)}",
            max_age=COOKIE_LIFETIME,
            secure=settings.SECURE,
            httponly=False,
            samesite="Lax",
        )


def _base36(number: int) -> str:
    return "".join(DIGITS[number // 36**place % 36] for place in (2, 1, 0))
