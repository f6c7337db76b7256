"""Links of a text that lead nowhere, told to staff before they publish it: nobody can mend it later."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.notices.markdown import parse
from consents.policies.render import render_policy


class BadLink(NamedTuple):
    address: str
    why: str | Promise


def bad_links(body: str) -> list[BadLink]:
    """Anchors and our own pages are looked up; of another site only the form is checked, as nobody is called."""
    anchors = {heading.anchor for heading in render_policy(body).headings}
    found = ((address, _fault(address, anchors)) for address in dict.fromkeys(_addresses(body)))
    return [BadLink(address, why) for address, why in found if why]


def _addresses(body: str) -> Iterator[str]:
    for token in parse(body):
        for child in token.children or []:
            if child.type == "link_open":
                yield str(child.attrGet("href"))


def _fault(address: str, anchors: set[str]) -> str | Promise:
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return _("This is no address.")
    if parts.scheme == "mailto":
        return "" if "@" in parts.path else _("This is no address of a mailbox.")
    if parts.scheme or parts.netloc:
        if not parts.hostname or "." not in parts.hostname:
            return _("It names no site.")
        return _("Nobody sees to it that it arrives unaltered: use https.") if parts.scheme == "http" else ""
    if not parts.path:
        return "" if parts.fragment in anchors else _("The text has no such heading.")
    return _own_page(parts.path)


def _own_page(path: str) -> str | Promise:
    if not path.startswith("/"):
        return _("It leads somewhere else from each page: begin it with “/”.")
    try:
        resolve(path)
    except Resolver404:
        return _("There is no such page here.")
    return ""
