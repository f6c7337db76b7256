"""The readable page of an archive: one file that needs nothing else, runs nothing and loads nothing."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from dsar.archives.about import About
from dsar.archives.contents import Filed, Gathered

# Longer texts are cut on the page; the files have them whole.
LONGEST = 1000
DAY = re.compile(r"\d{4}-\d\d-\d\d$")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def page(reference: str, filed: Sequence[Filed], about: About, missing: Sequence[Gathered]) -> Iterator[str]:
    """Piece by piece: memory holds one collection's first rows at a time."""
    context = {
        "reference": reference,
        "organisation": settings.ORGANISATION,
        "language": get_language(),
        "direction": "rtl" if get_language_bidi() else "ltr",
        "made": timezone.localdate(),
        "about": about,
        "missing": _by_system(missing),
        "filed": filed,
        "empty": [each for each in filed if not each.part.rows],
        **_style(),
    }
    yield render_to_string("archives/copy/head.html", context)
    for number, each in enumerate(filed):
        columns = each.collection.columns
        rows = ([_shown(row.get(column.name)) for column in columns] for row in each.first)
        section = {"each": each, "number": number, "columns": columns, "rows": rows}
        yield render_to_string("archives/copy/collection.html", section)
    yield render_to_string("archives/copy/foot.html", context)


def read_me(reference: str, missing: Sequence[Gathered]) -> str:
    context = {
        "reference": reference,
        "organisation": settings.ORGANISATION,
        "contact": settings.ORGANISATION_CONTACT,
        "made": timezone.localdate(),
        "missing": _by_system(missing),
        "keys": f"{settings.BASE_URL}/.well-known/privacy-center-keys.json",
    }
    return render_to_string("archives/copy/README.txt", context)


def _by_system(missing: Sequence[Gathered]) -> list[str]:
    return list(dict.fromkeys(found.system_name for found in missing))


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return _day_or_time(value) or Truncator(value).chars(LONGEST)
    return Truncator(json.dumps(value, ensure_ascii=False)).chars(LONGEST)


def _day_or_time(text: str) -> str:
    """Days and instants as a person reads them; empty for every other text."""
    try:
        if INSTANT.match(text):
            return date_format(timezone.localtime(datetime.fromisoformat(text)), "DATETIME_FORMAT")
        if DAY.match(text):
            return date_format(date.fromisoformat(text))
    except ValueError:
        return ""  # it looks like a day, but the calendar has none such
    return ""


@cache
def _style() -> dict[str, str]:
    """The style sheet, and its hash: the page's policy lets nothing else in."""
    css = get_template("archives/copy/style.css").render()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return {"css": mark_safe(css), "css_hash": f"'sha256-{digest}'"}  # noqa: S308 - our own file, no person's text
