"""A published text gets an address for each of its headings and paragraphs; the text itself is frozen."""

import re
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

# The HTML is ours, made by markdown-it, and holds no other attributes in these places.
HEADING = r'<(h[1-6]) id="([^"]+)">(.*?)</\1>'
PARAGRAPH = r"<(li|p)>(\s*<p>)?(.*?)(?=</p>|</li>|<[ou]l|<li>|$)"
PIECE = re.compile(rf"{HEADING}|{PARAGRAPH}", re.DOTALL)


def with_addresses(html: str, address: str, *, paragraphs: bool = False) -> SafeString:
    """Headings link to themselves under the permanent address of their version, on demand paragraphs too.

    A paragraph is known by its heading and its place under it, after a point that no heading's anchor has.
    """
    section, number = "", 0

    def named(found: re.Match[str]) -> str:
        nonlocal section, number
        tag, anchor, heading, opened, first, words = found.groups()
        if tag:
            section, number = anchor, 0
            return f'<{tag} id="{anchor}">{_heading(heading, _href(address, anchor))}</{tag}>'
        number += 1
        name = f"{section}.{number}"
        link = _paragraph_link(_href(address, name), number) if paragraphs else ""
        return f'<{opened} id="{name}">{first or ""}{words.rstrip()}{link}'

    return mark_safe(PIECE.sub(named, html))  # noqa: S308  # rendered at publication, which lets no foreign HTML through


def _href(address: str, anchor: str) -> str:
    return escape(f"{address}#{anchor}")


def _heading(words: str, href: str) -> str:
    if "<a " not in words:
        return f'<a class="heading-link" href="{href}">{words}</a>'
    label = escape(_("Link to this heading"))
    return f'{words} <a class="heading-link" href="{href}" aria-label="{label}"></a>'


def _paragraph_link(href: str, number: int) -> str:
    label = escape(_("Link to paragraph %(number)d") % {"number": number})
    return f' <a class="paragraph-link" href="{href}" aria-label="{label}">¶</a>'
