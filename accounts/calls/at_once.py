"""Plain calls answered without the rounds of Django and REST framework, for the addresses that are called most.

The rounds take longer than the act. A view that derives from this says in `act` what a POST does; both ways call it.
The short way answers well-formed calls of callers who are known and within their rate, and nothing else: whatever is
wrong with a call, the long way finds again and tells.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import translation
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.parsing import StrictJSONParser
from accounts.calls.refusals import Refusal
from accounts.calls.systems import SystemView, known

# What a client says that wants JSON, or that does not say what it wants.
PLAIN = ("*/*", "application/json")
RENDERER = JSONRenderer()
PARSER = StrictJSONParser()


class AtOnceView(APIView, ABC):
    """At an address without variables. Callers are people who sign in with a token."""

    success = 200

    @abstractmethod
    def act(self, request: Request, data: Any) -> Mapping[str, Any]:
        """The answer. Raises what REST framework or `problems.py` knows to tell; then nothing may have happened."""

    def acted(self, request: Request) -> Response:
        """The long way."""
        return Response(self.act(request, request.data), status=self.success)

    def check_throttles(self, request: Request) -> None:
        """A call is counted once, whichever way it goes."""
        if not getattr(request._request, "was_counted", False):
            super().check_throttles(request)

    def answered(self, request: Any) -> HttpResponse | None:
        """The short way."""
        try:
            if not self._sign_in(request) or not self._is_let_in(request):
                return None
            with translation.override(translation.get_language_from_request(request)):
                content = self.act(request, PARSER.parse(BytesIO(request.body)))
        except (APIException, Refusal, Http404, PermissionDenied, RequestDataTooBig):
            return None
        body = RENDERER.render(content)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return HttpResponse(body, status=self.success, headers=headers)

    def _sign_in(self, request: Any) -> bool:
        token = request.META.get("HTTP_X_SESSION_TOKEN")
        found = authenticate_by_x_session_token(token) if token else None
        if found is not None:
            request.user, request.auth = found
        return found is not None

    def _is_let_in(self, request: Any) -> bool:
        if not all(one.has_permission(request, self) for one in self.get_permissions()):
            return False
        request.was_counted = all(one.allow_request(request, self) for one in self.get_throttles())
        return request.was_counted


class AtOnceSystemView(AtOnceView, SystemView):
    """Callers are systems."""

    def _sign_in(self, request: Any) -> bool:
        system = known(request.META.get("HTTP_AUTHORIZATION", ""))
        request.auth = system
        return system is not None


class AtOnceOpenView(AtOnceView):
    """Callers are whoever."""

    def _sign_in(self, request: Any) -> bool:
        request.user = AnonymousUser()
        return True


class AtOnceMiddleware:
    """Stands before what is for browsers: sessions, forms and the language of pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._views: dict[str, type[AtOnceView]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self._view(request) if _is_plain(request) else None
        return (view().answered(request) if view else None) or self.get_response(request)

    def _view(self, request: HttpRequest) -> type[AtOnceView] | None:
        # Raises DisallowedHost, which every request has to be asked.
        request.get_host()
        found = self._views.get(request.path_info)
        if found is None:
            try:
                found = getattr(resolve(request.path_info).func, "cls", None)
            except Http404:
                return None
            if not (isinstance(found, type) and issubclass(found, AtOnceView)):
                return None
            self._views[request.path_info] = found
        return found


def _is_plain(request: HttpRequest) -> bool:
    """A repeat under an Idempotency-Key has rounds of its own."""
    return (
        request.method == "POST"
        and request.content_type == "application/json"
        and request.path_info.startswith("/api/")
        and request.META.get("HTTP_ACCEPT", "*/*") in PLAIN
        and "HTTP_IDEMPOTENCY_KEY" not in request.META
    )
