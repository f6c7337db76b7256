"""What staff do with a notice to many. Each deed is a POST; what happened is in the notice's own history."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.notices.approve import approve
from consents.notices.cancel import cancel
from consents.notices.export import export
from consents.notices.models import Notice, NoticeEvent
from consents.notices.pause import pause
from consents.notices.resume import resume
from consents.notices.sight import sight
from consents.notices.try_out import try_out
from consents.notices.turn import who

State = Notice.State

type Act = Callable[[Notice, User], str | Promise]


def _approved(notice: Notice, actor: User) -> str | Promise:
    approve(notice, actor=actor)
    return gettext_lazy("You approved it. It is being sent.")


def _paused(notice: Notice, actor: User) -> str | Promise:
    pause(notice, actor=actor)
    return gettext_lazy("It waits from now on.")


def _resumed(notice: Notice, actor: User) -> str | Promise:
    resume(notice, actor=actor)
    return gettext_lazy("It is being sent again.")


def _cancelled(notice: Notice, actor: User) -> str | Promise:
    cancel(notice, actor=actor)
    return gettext_lazy("It is cancelled. Whoever has not got it will not get it.")


def _tried_out(notice: Notice, actor: User) -> str:
    number = try_out(notice, actor=actor)
    words = ngettext("%(number)d test was sent to %(address)s.", "%(number)d tests were sent to %(address)s.", number)
    return words % {"number": number, "address": actor.email}


def _page(act: Act, *, ask: bool = False) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A deed that can not be undone is asked for first."""

    @require_POST
    def view(request: HttpRequest, pk: UUID) -> HttpResponse:
        assert isinstance(request.user, User)
        notice = get_object_or_404(Notice, pk=pk)
        if not request.user.has_perm("notices.steer_notice"):
            raise PermissionDenied
        if ask and "sure" not in request.POST:
            return render(request, "notices/staff/cancel.html", _sure(request, notice))
        try:
            messages.success(request, str(act(notice, request.user)))
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
        return redirect("admin:notices_notice_change", notice.pk)

    return view


def _sure(request: HttpRequest, notice: Notice) -> dict[str, Any]:
    shared = {**admin.site.each_context(request), "notice": notice, "opts": Notice._meta}
    return shared | {"title": _("Cancel it?"), "whole": sight(notice).whole}


@require_safe
def export_page(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    if not (request.user.has_perm("notices.view_notice") and request.user.has_perm("notices.view_delivery")):
        raise PermissionDenied
    notice = get_object_or_404(Notice, pk=pk)
    response = StreamingHttpResponse(export(notice), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="notice-{notice.pk}.csv"'
    return response


PAGES: dict[str, Callable[..., Any]] = {
    "approve": _page(_approved),
    "pause": _page(_paused),
    "resume": _page(_resumed),
    "cancel": _page(_cancelled, ask=True),
    "test": _page(_tried_out),
    "export": export_page,
}


def context(request: HttpRequest, notice: Notice) -> dict[str, Any]:
    """For the page of one notice to many."""
    assert isinstance(request.user, User)
    steers = request.user.has_perm("notices.steer_notice")
    mine = notice.made_by == who(request.user)
    working = notice.state == State.RUNNING or (notice.state == State.CANCELLED and notice.finished_at is None)
    deeds = {
        "approve": notice.state == State.WAITING and not mine,
        "pause": notice.state == State.RUNNING,
        "resume": notice.state in {State.PAUSED, State.STOPPED},
        "cancel": notice.state not in {State.CANCELLED, State.FINISHED},
        "test": True,
    }
    return {
        "sight": sight(notice),
        "working": working,
        "mine": mine,
        "events": _events(notice),
        "deeds": {name: possible for name, possible in deeds.items() if steers},
    }


def _events(notice: Notice) -> list[tuple[NoticeEvent, str]]:
    """With the address by which colleagues know each other, as long as there is one."""
    events = list(notice.events.order_by("pk"))
    numbers = {event.who.removeprefix("staff:") for event in events if event.who}
    names = {f"staff:{pk}": email for pk, email in User.objects.filter(pk__in=numbers).values_list("pk", "email")}
    return [(event, names.get(event.who, event.who)) for event in events]
