"""Versions as machines read them: linked data per version, feeds of versions. Cheap to ask again and again."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from consents.notices.write import nearest
from consents.policies import languages
from consents.policies.feed import feed
from consents.policies.linked_data import linked_data
from consents.policies.models import Version
from consents.policies.read import after, before

# Newer ones stand first; who follows a feed has read the older ones.
ENTRIES = 50


@login_not_required
@require_safe
def linked(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """A version as JSON-LD, in all its languages."""
    version = get_object_or_404(Version.objects.published().filter(document__slug=slug).with_texts(), number=number)
    following = after(version)
    content = json.dumps(linked_data(version, before(version), following), ensure_ascii=False, indent=2) + "\n"
    spoken = sorted(text.language for text in version.texts.all())
    published = [each for each in (version, following) if each]
    return _answer(request, content, "application/ld+json", spoken, published)


@login_not_required
@require_safe
def of_document(request: HttpRequest, slug: str) -> HttpResponse:
    found = _newest(slug)
    if not found:
        raise Http404
    return _feed(request, found, slug)


@login_not_required
@require_safe
def of_all(request: HttpRequest) -> HttpResponse:
    return _feed(request, _newest())


def _newest(slug: str = "") -> list[Version]:
    found = Version.objects.published().with_titles().order_by("-published_at", "-id")
    return list((found.filter(document__slug=slug) if slug else found)[:ENTRIES])


def _feed(request: HttpRequest, versions: Sequence[Version], slug: str = "") -> HttpResponse:
    language = nearest(languages.wanted(request), [code for code, _name in settings.LANGUAGES])
    with translation.override(language):
        content = feed(versions, slug)
    return _answer(request, content, "application/atom+xml; charset=utf-8", [language], versions)


def _answer(
    request: HttpRequest, text: str, content_type: str, spoken: Sequence[str], versions: Iterable[Version]
) -> HttpResponse:
    """Not modified, where the caller has it. What it says depends on nothing but what was published until now."""
    content = text.encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    changed = max((int(each.published_at.timestamp()) for each in versions if each.published_at), default=None)
    response = HttpResponse(content, content_type=content_type)
    response["ETag"] = etag
    if changed is not None:
        response["Last-Modified"] = http_date(changed)
    response["Cache-Control"] = "public, no-cache"
    response["Content-Language"] = ", ".join(spoken)
    patch_vary_headers(response, ["Accept-Language"])
    answer: HttpResponse | None = get_conditional_response(request, etag=etag, last_modified=changed, response=response)
    return answer or response
