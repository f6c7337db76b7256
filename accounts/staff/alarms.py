"""What staff must notice without looking for it: shown on the front page of the staff area.

Rooms register here from their `apps.py` what they find wrong. It is asked anew for each look at the page, so that a
warning ends when its cause does, and appears even if nothing runs but the web server.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.utils.functional import Promise

type Words = str | Promise


class Alarm(NamedTuple):
    """`href` leads to where it is mended."""

    title: Words
    text: Words
    href: str


# What it finds is shown to staff who have the permission.
type Find = Callable[[], Iterable[Alarm]]

_finders: list[tuple[str, Find]] = []


def register(permission: str, find: Find) -> None:
    _finders.append((permission, find))


def alarms(has_perm: Callable[[str], bool]) -> list[Alarm]:
    return [alarm for permission, find in _finders if has_perm(permission) for alarm in find()]
