"""The whole of what a site's script is told, kept for a moment: every page of every site asks for it."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.urls import reverse

from consents.catalogue.models import Purpose
from consents.choices import law
from consents.cookies import banner
from consents.cookies.models import GoogleSignal, Site, SiteOrigin
from consents.cookies.sites import Asked, asked_about

# What staff change reaches the sites after so many seconds.
KEPT_FOR = 10


@dataclass(frozen=True)
class Configuration:
    """`origins`: from where its pages come. `said`: what they are told."""

    origins: list[str]
    said: dict[str, Any]

    @property
    def purposes(self) -> list[dict[str, Any]]:
        purposes: list[dict[str, Any]] = self.said["purposes"]
        return purposes


def configuration(slug: str, place: str, language: str) -> Configuration | None:
    """None: there is no such site, or it was retired. `place`: where the visitor is; "": nobody knows."""
    cache, key = caches["moment"], f"cookies:{hashlib.sha256(f'{slug} {place} {language}'.encode()).hexdigest()}"
    kept = cache.get(key)
    if kept is None:
        site = Site.objects.current().prefetch_related("origins").filter(slug=slug).first()
        kept = [made(site, site.jurisdiction or place, language) if site else None]
        cache.set(key, kept, KEPT_FOR)
    found: Configuration | None = kept[0]
    return found


def own_site() -> str:
    """The slug of the site that these very pages are; empty: they are none that asks."""
    cache = caches["moment"]
    kept: str | None = cache.get("cookies:own")
    if kept is None:
        mine = SiteOrigin.objects.filter(origin=settings.BASE_URL, site__retired_at=None)
        kept = mine.values_list("site__slug", flat=True).first() or ""
        cache.set("cookies:own", kept, KEPT_FOR)
    return kept


def key_of(purpose: Purpose) -> str:
    """What a visitor's cookie calls the purpose, until it asks again: then it is another, on which nobody decided."""
    digest = hashlib.sha256(f"{purpose.slug}:{purpose.asks_since}".encode()).digest()
    return urlsafe_b64encode(digest)[:4].decode()


def made(site: Site, place: str, language: str) -> Configuration:
    """As it is now. `place`: by whose law."""
    shown = banner.published(site, language)
    google: dict[Any, list[str]] = {}
    for signal in GoogleSignal.objects.all():
        google.setdefault(signal.purpose_id, []).append(signal.consent_type)
    said = {
        "site": site.slug,
        "jurisdiction": place,
        "refusal_period": law.of(place).refusal_period,
        "page": settings.BASE_URL + reverse("cookies:list") + f"?site={site.slug}",
        "banner": shown.content | {"sha256": shown.sha256, "version": shown.number},
        "purposes": [_told(each, google.get(each.purpose.pk, [])) for each in asked_about(site, language)],
    }
    return Configuration([each.origin for each in site.origins.all()], said)


def _told(asked: Asked, google: list[str]) -> dict[str, Any]:
    purpose = asked.purpose
    return {
        "purpose": purpose.slug,
        "key": key_of(purpose),
        "part_of": purpose.parent.slug if purpose.parent else None,
        "version": purpose.version,
        "asks_since": purpose.asks_since,
        "gpc": purpose.gpc,
        "google": google,
        "language": purpose.text.language,
        "name": purpose.text.name,
        "description": purpose.text.description,
        "text_sha256": purpose.text.sha256,
        "trackers": [
            {
                "name": tracker.name,
                "storage": tracker.storage,
                "party": tracker.party,
                "provider": tracker.set_by,
                "duration": tracker.duration,
            }
            for tracker in asked.trackers
        ],
    }
