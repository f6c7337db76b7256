"""What a banner says: a heading and a few lines of the site's own, or ours; the buttons are the same everywhere."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import get_language_info, gettext, override

from consents.cookies.models import COLOURS, Banner, Site, SiteText


def content(site: Site, language: str) -> dict[str, Any]:
    """All that a visitor is shown before the purposes; the same content always has the same hash."""
    with override(language):
        words = SiteText.best(language).filter(site=site).first()
        return {
            "language": words.language if words else language,
            "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
            "layout": site.layout,
            "colours": {name: getattr(site, name) for name in COLOURS} if site.ground else None,
            "title": words.name if words else gettext("You choose what is kept in your browser"),
            "text": words.description if words else _text(),
            "labels": labels(),
        }


def labels() -> dict[str, str]:
    """Of buttons and controls, alike on all sites, so that nobody words a refusal away."""
    return {
        "accept": gettext("Accept all"),
        "refuse": gettext("Refuse all"),
        "choose": gettext("Choose"),
        "save": gettext("Save my choices"),
        "close": gettext("Close without choosing"),
        "settings": gettext("Cookie settings"),
        "kept": gettext("What is kept"),
        "all": gettext("All cookies of this site"),
        "part": gettext("Part of “%s”"),
        "blocked": gettext("This comes from another company. It is shown if you allow “%s”."),
        "show": gettext("Allow and show"),
        "saved": gettext("Your choice is saved."),
        "unsent": gettext("Your choice could not be sent yet. Until it is, only what is needed is used."),
        "signal": gettext("Opt-out request honoured: your browser sends Global Privacy Control."),
        "locked": gettext("Your browser’s privacy signal says no to this."),
    }


def _text() -> str:
    return gettext(
        "What the site needs works without asking. The rest is used only if you allow it, and you can change your mind "
        "at any time. Refusing has no disadvantage for you."
    )


def digest(shown: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(shown, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def published(site: Site, language: str) -> Banner:
    """The banner as it is shown from now on. What was never shown before gets the next number of the site."""
    shown = content(site, language)
    sha256 = digest(shown)
    found = Banner.objects.filter(site=site, sha256=sha256).first()
    return found or _publish(site, shown, sha256)


@transaction.atomic
def _publish(site: Site, shown: dict[str, Any], sha256: str) -> Banner:
    # In line with others that publish for the site: numbers have no gaps, and the same content comes once.
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    last = Banner.objects.filter(site=site).order_by("-number").values_list("number", flat=True).first() or 0
    banner, _is_new = Banner.objects.get_or_create(
        site=site, sha256=sha256, defaults={"number": last + 1, "language": shown["language"], "content": shown}
    )
    return banner
