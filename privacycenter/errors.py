"""Error answers outside REST framework: a page for people, a problem body for clients of the API."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.views import defaults

from accounts.calls import problems


def _either(status: int, slug: str, page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    def view(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
        if problems.wants_problem(request):
            return problems.answer(status, slug=slug)
        return page(request, exception) if exception is not None else page(request)

    return view


bad_request = _either(400, "bad-request", defaults.bad_request)
permission_denied = _either(403, "permission-denied", defaults.permission_denied)
not_found = _either(404, "not-found", defaults.page_not_found)
server_error = _either(500, "server-error", defaults.server_error)
