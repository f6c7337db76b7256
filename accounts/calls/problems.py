"""Problem bodies (RFC 9457) for every answer of the API that is not a success."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.calls.refusals import Refusal

MEDIA_TYPE = "application/problem+json"


def titles() -> dict[int, str]:
    return {
        400: _("The request can not be read"),
        401: _("Please sign in"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Method not allowed"),
        406: _("No such representation"),
        409: _("Not possible now"),
        413: _("Too large"),
        415: _("Media type not understood"),
        422: _("Not accepted"),
        429: _("Too many requests"),
        500: _("Something went wrong on our side"),
    }


def body(status: int, *, slug: str = "", detail: str = "", errors: Mapping[str, Any] | None = None) -> dict[str, Any]:
    problem: dict[str, Any] = {
        "type": f"urn:privacy-center:problem:{slug}" if slug else "about:blank",
        "title": titles().get(status, _("Error")),
        "status": status,
    }
    if detail:
        problem["detail"] = detail
    if errors:
        problem["errors"] = errors
    return problem


def answer(status: int, *, slug: str = "", detail: str = "") -> JsonResponse:
    """For what fails before or beside REST framework: unknown addresses, middleware, crashes."""
    return JsonResponse(body(status, slug=slug, detail=detail), status=status, content_type=MEDIA_TYPE)


def wants_problem(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. None leaves the error to the 500 page, which is a problem body too."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = Refusal(
            _("The body may have at most %(limit)s bytes.") % {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE},
            code="too-large",
            field="body",
            status=413,
        )
    if isinstance(error, Refusal):
        set_rollback()
        return _of_refusal(error)
    if isinstance(error, exceptions.APIException):
        set_rollback()
        return _of_exception(error)
    return None


def _of_refusal(refusal: Refusal) -> Response:
    message = str(refusal.message)
    errors = {refusal.field: [message]} if refusal.field else None
    problem = body(refusal.status, slug=refusal.code, detail=message, errors=errors)
    return Response(problem, status=refusal.status, content_type=MEDIA_TYPE)


def _of_exception(error: exceptions.APIException) -> Response:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    if isinstance(error, exceptions.ValidationError):
        errors = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        problem = body(error.status_code, slug="invalid", detail=_("Some fields need another look."), errors=errors)
    else:
        problem = body(error.status_code, slug=str(error.get_codes()), detail=str(error.detail))
    return Response(problem, status=error.status_code, headers=headers, content_type=MEDIA_TYPE)
