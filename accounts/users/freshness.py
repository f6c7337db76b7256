"""A fresh sign-in: proof that the person is still the one who is there. Dangerous acts ask for it themselves."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from types import SimpleNamespace
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from accounts.calls.refusals import Refusal


class StaleSignIn(Refusal):
    code = "fresh-sign-in-required"
    status = 403
    message = _("Please confirm that it is you by signing in again.")


def signed_in_at(request: HttpRequest | Request) -> datetime | None:
    """When the person last proved who they are in this session, by signing in or by confirming it.

    An app's call carries its session in `auth`, a browser's in its cookie.
    """
    session = getattr(request, "auth", None) or request.session
    user = request.user if request.user.is_authenticated else None
    records = get_authentication_records(cast(HttpRequest, SimpleNamespace(session=session)), user)
    moments = [record["at"] for record in records if "at" in record]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def require_fresh(at: datetime | None) -> None:
    """Raises StaleSignIn."""
    if at is None or timezone.now() - at > settings.FRESH_SIGN_IN:
        raise StaleSignIn


def fresh_sign_in_page[**P](view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """Where the act behind a page finds the sign-in stale, the person confirms it and the page's POST goes on."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except StaleSignIn:
            request: Any = next(arg for arg in args if isinstance(arg, HttpRequest))
            return suspend_request(request, reverse("account_reauthenticate"))

    return wrapper
