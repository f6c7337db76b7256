"""What is kept about the call behind a choice, as staff who must prove it read it."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.choices.models import Event

type Words = str | Promise
type Address = Callable[[str], str]

_labels: dict[str, Words] = {
    "address": _("Address"),
    "user_agent": _("Browser"),
    "gpc": _("Global Privacy Control was on"),
}
_addresses: dict[str, Address] = {}


class Line(NamedTuple):
    label: Words
    value: str
    href: str


def register(key: str, label: Words, address: Address | None = None) -> None:
    """A room above tells what its evidence is called, and where in the staff area it leads."""
    _labels[key] = label
    if address is not None:
        _addresses[key] = address


def lines(event: Event) -> list[Line]:
    """None where there was no evidence, and once the person's key is destroyed."""
    found = event.opened_evidence() or {}
    return [
        Line(_labels.get(key, key), str(value), _addresses[key](str(value)) if key in _addresses else "")
        for key, value in found.items()
    ]
