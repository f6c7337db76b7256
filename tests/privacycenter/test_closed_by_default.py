"""Every address of the URL conf is either on the list of open ones below, or asks for a sign-in."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.urls.converters import get_converters

pytestmark = pytest.mark.django_db

# Legal texts, the front page, what serves signing in, what other software reads, and proofs that speak for themselves.
OPEN_PREFIXES = (
    "/policies/",
    "/cookies/",
    "/accounts/",
    "/oauth/",
    "/_allauth/",
    "/language/",
    "/healthz",
    "/readyz",
    "/.well-known/",
    "/mailbox/",
    "/unsubscribe/",
    "/choices/confirm/",
    "/verify/",
    "/requests/certificates/",
    "/requests/scheduled/",
    "/api/schema/",
    "/api/docs/",
    "/api/v1/purposes/",
    "/api/v1/policies/",
    "/api/v1/cookies/sites/",
    "/staff/login/",
    "/staff/jsi18n/",
)
OPEN = {"/", "/consent.js", "/consent-ui.js", "/consent.css"}
# By the name of the converter; a number of a policy's version is the one that is ours.
EXAMPLES = {"uuid": str(uuid4()), "int": "1", "str": "x", "slug": "x", "path": "x"}


def addresses(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        here = prefix + example(pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here, pattern.callback


def example(pattern: Any) -> str:
    """An address that the pattern matches, with made-up values."""
    route = str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
    kinds = {type(converter).__name__: name for name, converter in get_converters().items()}
    for name, converter in getattr(pattern.pattern, "converters", {}).items():
        kind = kinds.get(type(converter).__name__, "str")
        route = route.replace(f"<{kind}:{name}>", EXAMPLES.get(kind, "1.0")).replace(f"<{name}>", "x")
    return route


def is_listed(address: str) -> bool:
    return address in OPEN or address.startswith(OPEN_PREFIXES)


def closed(address: str) -> bool:
    """No answer with content for a visitor, whatever the method."""
    client = Client(raise_request_exception=False)
    return all(
        response.status_code in {301, 302, 401, 403, 404, 405, 415}
        and (response.status_code not in {301, 302} or "login" in response["Location"])
        for response in (client.get(address), client.post(address))
    )


def test_every_address_that_is_not_listed_asks_for_a_sign_in():
    walked = [address for address, _view in addresses(get_resolver().url_patterns)]
    assert len(walked) > 100
    assert not [address for address in walked if not is_listed(address) and not closed(address)]


@login_not_required
def forgotten(request, pk):
    return HttpResponse("everything about everybody")


urlpatterns = [path("forgotten/<uuid:pk>/", forgotten)]


@pytest.mark.urls(__name__)
def test_the_walk_finds_an_address_that_was_left_open():
    ((address, _view),) = addresses(get_resolver(__name__).url_patterns)
    assert not closed(address)
