"""The single values of a manifest, each with its fault in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from yaml.nodes import ScalarNode

from consents.catalogue.sections import Words
from consents.catalogue.yaml_file import Place, suggestion
from dsar.datamap.declarations import Text
from dsar.datamap.manifest import translated

NAME = Words(
    pattern=r"[A-Za-z_][A-Za-z0-9_$]{0,62}", hint=gettext_lazy("A name of the database is letters, digits and _.")
)
SLUG = Words(
    pattern=r"[a-z0-9]+(-[a-z0-9]+)*", hint=gettext_lazy("A slug is made of small letters, digits and single hyphens.")
)
SYSTEM = Words(pattern=r"[A-Za-z0-9_.-]{1,60}", hint=gettext_lazy("A key is letters, digits, dots, _ and -."))
URL_ENV = Words(pattern=r"[A-Z][A-Z0-9_]*_DATABASE_URL", hint=gettext_lazy("Name a setting such as SHOP_DATABASE_URL."))
REASON = Words(longest=1000)


def texts(place: Place) -> Text:
    languages = [code for code, _name in settings.LANGUAGES]
    found = place.known(languages, [settings.LANGUAGE_CODE])
    return translated({language: REASON.read(text) or "" for language, text in found.items()} or {"en": ""})


def strings(place: Place | None) -> tuple[str, ...]:
    return tuple(words for each in place.items() if (words := each.words())) if place else ()


def one_of(place: Place, known: Sequence[str]) -> str | None:
    words = place.words()
    if words is None or words in known:
        return words
    place.fault(_("“%(value)s” is not one of the choices.") % {"value": words} + suggestion(words, [*known]))
    return None


def number(place: Place) -> int:
    if isinstance(place.node, ScalarNode) and place.node.value.isdecimal() and 0 < int(place.node.value) <= 1000:
        return int(place.node.value)
    place.fault(_("Here must be a whole number from 1 to 1000."))
    return 1


def day(place: Place) -> date | None:
    try:
        return date.fromisoformat(place.node.value)
    except (TypeError, ValueError):
        place.fault(_("Here must be a day, such as 2035-12-31."))
        return None
