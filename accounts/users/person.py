"""Requests of people on the portal's pages: who is there is a subject."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from accounts.subjects.models import Subject
from accounts.users.models import User


class PersonRequest(HttpRequest):
    """What a page that needs a sign-in is given."""

    user: User
    subject: Subject


class PersonMiddleware:
    """Puts `subject` on the request: the signed-in person, or None. Staff who are no subjects go to their own pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        cast(Any, request).subject = user.subject if user.is_authenticated else None
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        is_portal = request.resolver_match is not None and request.resolver_match.namespace in PORTAL
        needs_sign_in = getattr(view, "login_required", True)
        if is_portal and needs_sign_in and request.user.is_authenticated and cast(Any, request).subject is None:
            return redirect("admin:index")
        return None


# The namespaces whose closed pages speak to a subject.
PORTAL = {"home", "users", "guardians", "notices", "policies", "choices", "cookies", "datamap", "archives", "requests"}

# What whoever is held up somewhere still needs: to come and go, to prove who they are, and what speaks to nobody.
ALWAYS_OPEN = {
    "account_logout",
    "account_login",
    "account_reauthenticate",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "users:language",
    "keys",
    "verify",
    "schema",
    "docs",
}
