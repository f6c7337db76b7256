"""Plain calls answered without the rounds of REST framework, for the addresses that are called most.

The rounds take longer than the act. A view that mixes this in says in `act` what a POST does; both ways call it. The
short way answers well-formed calls of callers who are known and within their rate, and nothing else: whatever is wrong
with a call, the long way finds again and tells.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
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


class AtOnceView(APIView):
    """Callers are people who sign in with a token."""

    success = 200

    def act(self, request: Request, data: Any) -> Mapping[str, Any]:
        """The answer. Raises what REST framework or `problems.py` knows to tell; then nothing may have happened."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (self._answered_at_once(request) if _is_plain(request) else None) or super().dispatch(
            request, *args, **kwargs
        )

    def acted(self, request: Request) -> Response:
        """The long way."""
        return Response(self.act(request, request.data), status=self.success)

    def check_throttles(self, request: Request) -> None:
        """A call is counted once, whichever way it goes."""
        if not getattr(request._request, "was_counted", False):
            super().check_throttles(request)

    def _answered_at_once(self, request: Any) -> HttpResponse | None:
        try:
            if not self._sign_in(request) or not self._is_let_in(request):
                return None
            content = self.act(request, PARSER.parse(BytesIO(request.body)))
        except (APIException, Refusal, Http404, PermissionDenied, RequestDataTooBig):
            return None
        return HttpResponse(RENDERER.render(content), content_type="application/json", status=self.success)

    def _sign_in(self, request: Any) -> bool:
        token = request.headers.get("X-Session-Token")
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
        system = known(request.headers.get("Authorization", ""))
        request.auth = system
        return system is not None


def _is_plain(request: HttpRequest) -> bool:
    """A repeat under an Idempotency-Key has rounds of its own."""
    return (
        request.method == "POST"
        and request.content_type == "application/json"
        and request.META.get("HTTP_ACCEPT", "*/*") in PLAIN
        and "HTTP_IDEMPOTENCY_KEY" not in request.META
    )
