"""An Atom feed (RFC 4287) of published versions: who follows it learns of each change, without an account."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consents.policies.models import Version, VersionText

# XML has no way to write them.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Of a feed that is still empty; it must not seem new each time.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class VersionsFeed(Atom1Feed):
    """Entries say their language, which may be another than the feed's, and where the others are."""

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=NEVER)

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for code in item["languages"]:
            href = f"{item['link']}?language={code}"
            handler.addQuickElement(
                "link", "", {"rel": "alternate", "type": "text/html", "hreflang": code, "href": href}
            )
        linked = {"rel": "alternate", "type": "application/ld+json", "href": item["linked_data"]}
        handler.addQuickElement("link", "", linked)


def feed(versions: Sequence[Version], slug: str = "") -> str:
    """In the active language. Of one document, or of all."""
    language = get_language() or settings.LANGUAGE_CODE
    address = reverse("policies:feed", args=[slug]) if slug else reverse("policies:feed-of-all")
    page = reverse("policies:current", args=[slug]) if slug else reverse("policies:index")
    subject = _title(versions[0]) if slug else _("Policies")
    made = VersionsFeed(
        title=_readable(_("%(title)s of %(organisation)s") % {"title": subject, "organisation": settings.ORGANISATION}),
        link=settings.BASE_URL + page,
        description="",
        language=language,
        author_name=settings.ORGANISATION,
        author_email=settings.ORGANISATION_CONTACT if "@" in settings.ORGANISATION_CONTACT else None,
        feed_url=f"{settings.BASE_URL}{address}?language={language}",
        feed_guid=versions[0].document.pk.urn if slug else settings.BASE_URL + address,
    )
    for version in versions:
        _add(made, version)
    return str(made.writeString("utf-8"))


def _add(made: VersionsFeed, version: Version) -> None:
    text = version.text
    assert text is not None
    made.add_item(
        title=_readable(_("%(title)s, version %(number)s") % {"title": text.title, "number": version.number}),
        link=settings.BASE_URL + version.get_absolute_url(),
        description=_readable(_summary(version, text)),
        unique_id=version.pk.urn,
        pubdate=version.published_at,
        updateddate=version.published_at,
        categories=["material" if version.material else "corrections"],
        language=text.language,
        languages=[each.language for each in version.texts.all()],
        linked_data=settings.BASE_URL + reverse("policies:linked-data", args=[version.document.slug, version.number]),
    )


def _summary(version: Version, text: VersionText) -> SafeString:
    day = date_format(localtime(version.effective_at)) if version.effective_at else ""
    since = format_html("<p>{}</p>", _("In force from %(day)s on.") % {"day": day})
    return since + mark_safe(text.summary_html)  # noqa: S308  # rendered at publication, which lets no foreign HTML through


def _title(version: Version) -> str:
    return version.text.title if version.text else version.document.title


def _readable(words: str) -> str:
    return CONTROLS.sub(" ", words)
