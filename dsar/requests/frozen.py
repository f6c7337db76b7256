"""Whoever asked for erasure can stop it, fetch a copy, read, refuse what they allowed and leave; that is all."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request as Call

from accounts.calls.refusals import Refusal
from accounts.users.person import ALWAYS_OPEN
from dsar.requests.models import Request

# Rooms that stay open.
ROOMS = {"requests", "archives", "policies", "choices", "cookies", "mailing", "admin"}
CALLS = (
    "/api/v1/me/",
    "/api/v1/requests/",
    "/api/v1/archives/",
    "/api/v1/policies/",
    "/api/v1/choices/",
    "/api/v1/receipts/",
)


class AccountFrozen(Refusal):
    code = "account-frozen"
    status = 409
    message = _("You asked for this account to be deleted. Stop the deletion to go on using it.")


class FrozenAccountMiddleware:
    """Stands behind PersonMiddleware. The API has IsNotFrozen, because only its views know who calls with a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        subject = cast(Any, request).subject
        if subject is None or not subject.is_frozen or request.path.startswith("/api/") or _is_open(request):
            return None
        erasure = Request.objects.open().filter(subject=subject, kind=Request.Kind.ERASURE).first()
        return redirect(erasure) if erasure else redirect("requests:list")


def _is_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.app_name in ROOMS or match.view_name in ALWAYS_OPEN)


class IsNotFrozen(BasePermission):
    """Beside IsSubject, for every view of the API that does not name its permissions itself."""

    def has_permission(self, request: Call, view: Any) -> bool:
        subject = getattr(request.user, "subject", None)
        if subject is not None and subject.is_frozen and not request.path.startswith(CALLS):
            raise AccountFrozen
        return True
