"""A version in the words of schema.org, so that programs can find, cite and check it."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from consents.policies.models import Version, VersionText


def linked_data(version: Version, previous: Version | None, following: Version | None) -> dict[str, Any]:
    """It ceases to hold when the following one takes effect, as soon as that is known."""
    address = settings.BASE_URL + version.get_absolute_url()
    texts = list(version.texts.all())
    main = version.text_in(settings.LANGUAGE_CODE)
    assert main is not None
    assert version.published_at is not None
    found = {
        "@context": "https://schema.org",
        "@type": "DigitalDocument",
        "@id": address,
        "url": address,
        "identifier": version.pk.urn,
        "name": main.title,
        "version": version.number,
        "datePublished": version.published_at.isoformat(),
        "temporalCoverage": f"{_moment(version)}/{_moment(following) if following else '..'}",
        "inLanguage": [text.language for text in texts],
        "publisher": _publisher(),
        "exampleOfWork": {
            "@type": "CreativeWork",
            "@id": settings.BASE_URL + version.document.get_absolute_url(),
            "identifier": version.document.pk.urn,
            "name": version.document.title,
        },
        "subjectOf": settings.BASE_URL + reverse("policies:feed", args=[version.document.slug]),
        "encoding": [_encoding(text, address) for text in texts],
    }
    return found | ({"isBasedOn": settings.BASE_URL + previous.get_absolute_url()} if previous else {})


def _publisher() -> dict[str, str]:
    found = {"@type": "Organization", "name": settings.ORGANISATION, "url": f"{settings.BASE_URL}/"}
    return found | ({"email": settings.ORGANISATION_CONTACT} if "@" in settings.ORGANISATION_CONTACT else {})


def _moment(version: Version) -> str:
    return version.effective_at.isoformat() if version.effective_at else ".."


def _encoding(text: VersionText, address: str) -> dict[str, Any]:
    """Whoever hashes `text` (UTF-8) gets `sha256`, the number that choices and acknowledgements name as evidence."""
    found = {
        "@type": "TextObject",
        "url": f"{address}?language={text.language}",
        "inLanguage": text.language,
        "name": text.title,
        "encodingFormat": "text/markdown",
        "text": f"{text.title}\n{text.body}",
        "sha256": text.sha256,
    }
    return found | ({"abstract": text.summary} if text.summary else {})
