"""What staff do with an endpoint beside editing it: each deed is a POST, and is written into the admin's log."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts.users.models import User
from consents.webhooks import steer
from consents.webhooks.models import Endpoint, Secret
from consents.webhooks.replay import replay
from consents.webhooks.rotate import end_old, rotate
from consents.webhooks.try_out import try_out

type Page = Callable[[HttpRequest, UUID], HttpResponse]


def _page(permission: str) -> Callable[[Callable[[HttpRequest, Endpoint], HttpResponse]], Page]:
    def page(deed: Callable[[HttpRequest, Endpoint], HttpResponse]) -> Page:
        @require_POST
        def view(request: HttpRequest, pk: UUID) -> HttpResponse:
            assert isinstance(request.user, User)
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return deed(request, get_object_or_404(Endpoint, pk=pk))

        return view

    return page


@_page("webhooks.change_endpoint")
def test_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    attempt = try_out(endpoint)
    words = {"endpoint": endpoint, "error": attempt.error, "time": attempt.milliseconds}
    if attempt.error:
        messages.error(request, _("%(endpoint)s did not confirm the test: %(error)s, after %(time)d ms.") % words)
    else:
        messages.success(request, _("%(endpoint)s confirmed the test within %(time)d ms.") % words)
    return _back(request, endpoint, "Sent a test.")


@_page("webhooks.change_endpoint")
def pause_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    if steer.pause(endpoint):
        messages.success(request, _("Messages to %(endpoint)s wait from now on.") % {"endpoint": endpoint})
    return _back(request, endpoint, "Paused.")


@_page("webhooks.change_endpoint")
def resume_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    if steer.resume(endpoint):
        messages.success(request, _("%(endpoint)s is told again, also what waited.") % {"endpoint": endpoint})
    return _back(request, endpoint, "Resumed.")


@_page("webhooks.change_endpoint")
def end_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """For good, so it is asked first."""
    if "sure" not in request.POST:
        return render(request, "webhooks/staff/end.html", _context(request, endpoint, _("Tell it no more?")))
    if steer.end(endpoint):
        messages.success(request, _("%(endpoint)s is told no more.") % {"endpoint": endpoint})
    return _back(request, endpoint, "Ended.")


@_page("webhooks.change_endpoint")
def rotate_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    if endpoint.state == Endpoint.State.ENDED:
        return _back(request, endpoint, "")
    _log(request, endpoint, "Made a new secret.")
    return secret_page(request, endpoint, rotate(endpoint))


@_page("webhooks.change_endpoint")
def forget_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    ended = end_old(endpoint)
    said = ngettext("%(ended)d old secret ended.", "%(ended)d old secrets ended.", ended) % {"ended": ended}
    messages.success(request, said)
    return _back(request, endpoint, "Ended old secrets.")


@_page("webhooks.replay_message")
def replay_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    again = replay(endpoint.messages.dead())
    said = ngettext("%(number)d message is sent again.", "%(number)d messages are sent again.", again)
    messages.success(request, said % {"number": again})
    return _back(request, endpoint, "Had sent again what was given up.")


PAGES: dict[str, Page] = {
    "test": test_page,
    "pause": pause_page,
    "resume": resume_page,
    "end": end_page,
    "rotate": rotate_page,
    "forget": forget_page,
    "replay": replay_page,
}


@sensitive_variables("secret")
def secret_page(request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    """The one time that it is seen: in no message, cookie or session, and like all of the admin in no cache."""
    replaces = Secret.objects.valid().filter(endpoint=endpoint).count() > 1
    context = _context(request, endpoint, _("The new secret")) | {"secret": secret, "replaces": replaces}
    return render(request, "webhooks/staff/secret.html", context)


def _context(request: HttpRequest, endpoint: Endpoint, title: str) -> dict[str, object]:
    return {**admin.site.each_context(request), "endpoint": endpoint, "opts": Endpoint._meta, "title": title}


def _back(request: HttpRequest, endpoint: Endpoint, what: str) -> HttpResponse:
    if what:
        _log(request, endpoint, what)
    return redirect("admin:webhooks_endpoint_change", endpoint.pk)


def _log(request: HttpRequest, endpoint: Endpoint, what: str) -> None:
    assert isinstance(request.user, User)
    LogEntry.objects.log_actions(request.user.pk, [endpoint], CHANGE, what, single_object=True)
