"""The staff's pages around a version, beside its form: compare it, publish it, go on from it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.calls.refusals import Refusal
from accounts.users.models import User
from consents.notices.audience import ACCOUNTS
from consents.notices.markdown import render as render_markdown
from consents.policies.compare import Comparison, compare
from consents.policies.complete import check
from consents.policies.draft import next_version
from consents.policies.hints import Hint, hints
from consents.policies.links import BadLink, bad_links
from consents.policies.models import Version, VersionText
from consents.policies.period import may_take_effect
from consents.policies.publish import publish
from consents.policies.read import before
from consents.policies.render import render_policy
from consents.policies.review import approve, submit, take_back
from consents.policies.withdraw import withdraw

State = Version.State
Act = Callable[..., Version]


@dataclass(frozen=True)
class TextComparison:
    """A text beside the one in the same language in the version before; `old` is None for a new language."""

    new: VersionText
    old: VersionText | None
    comparison: Comparison

    @property
    def bad_links(self) -> list[BadLink]:
        return [*bad_links(self.new.summary), *bad_links(self.new.body)]

    @property
    def summary_html(self) -> SafeString:
        return mark_safe(render_markdown(self.new.summary))  # noqa: S308  # it lets no HTML through


# What is done with a version: the value of the button, who may, and in which states it is offered.
ACTS: dict[str, tuple[Act, str, set[str]]] = {
    "submit": (submit, "policies.change_version", {State.DRAFT}),
    "approve": (approve, "policies.approve_version", {State.REVIEW}),
    "publish": (publish, "policies.publish_version", {State.APPROVED}),
    "take-back": (take_back, "policies.view_version", {State.REVIEW, State.APPROVED}),
    "withdraw": (withdraw, "policies.publish_version", {State.PUBLISHED}),
}


@require_http_methods(["GET", "HEAD", "POST"])
def life_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where a version stands, what changes and who will be told, and the buttons for what comes next."""
    user = _require(request, "policies.view_version")
    version = get_object_or_404(Version.objects.with_texts(), pk=pk)
    problem = None
    if request.method == "POST":
        act, *_rest = ACTS.get(request.POST.get("act", ""), (None,))
        if act is None:
            raise Http404
        try:
            changed = act(version, actor=user, seen=parse_datetime(request.POST.get("seen", "")))
        except Refusal as refusal:
            problem = refusal
            version = Version.objects.with_texts().get(pk=pk)
        else:
            messages.success(request, _done(changed))
            return redirect("admin:policies_version_change", pk)
    context = _context(request, version) | {
        "title": _("Review and publish %(version)s") % {"version": version},
        "problem": problem or _problem(version),
        "buttons": _buttons(user, version),
        "people": ACCOUNTS.count() if version.material else 0,
        "hints": _hints(version),
        "earliest": may_take_effect(version, timezone.now()),
    }
    return render(request, "policies/staff/life.html", context, status=problem.status if problem else 200)


def _hints(version: Version) -> list[Hint]:
    previous = None if version.published_at else before(version)
    return hints(previous) if previous else []


def _buttons(user: User, version: Version) -> set[str]:
    offered = {name for name, (_act, may, states) in ACTS.items() if version.state in states and user.has_perm(may)}
    if version.submitted_by_id == user.pk:
        offered.discard("approve")
    if not version.may_be_withdrawn:
        offered.discard("withdraw")
    if _problem(version):
        offered -= {"submit", "publish"}
    return offered


@require_safe
def compare_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A version, or a draft of one, beside the version before it."""
    _require(request, "policies.view_version")
    version = get_object_or_404(Version.objects.with_texts(), pk=pk)
    context = _context(request, version) | {"title": _("Compare %(version)s") % {"version": version}}
    return render(request, "policies/staff/compare.html", context)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """A text as people would read it. Nothing is kept."""
    _require(request, "policies.change_version")
    return HttpResponse(render_policy(request.POST.get("body", "")).html)


@require_POST
def next_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    _require(request, "policies.add_version")
    return redirect("admin:policies_version_change", next_version(get_object_or_404(Version, pk=pk)).pk)


def _require(request: HttpRequest, permission: str) -> User:
    assert isinstance(request.user, User)
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


def _context(request: HttpRequest, version: Version) -> dict[str, object]:
    previous = before(version)
    olds = {text.language: text for text in previous.texts.all()} if previous else {}
    texts = [
        TextComparison(text, old, compare(old.body if old else "", text.body))
        for text in version.texts.all()
        for old in [olds.get(text.language)]
    ]
    missing = sorted(olds.keys() - {text.language for text in version.texts.all()})
    return {
        **admin.site.each_context(request),
        "version": version,
        "previous": previous,
        "texts": texts,
        "missing": missing,
        "opts": Version._meta,
    }


def _problem(version: Version) -> Refusal | None:
    """Why it can not go on as it is."""
    if version.is_published or version.is_withdrawn:
        return None
    try:
        check(version, list(version.texts.all()), before(version))
    except Refusal as refusal:
        return refusal
    return None


def _done(version: Version) -> str:
    words = {
        State.DRAFT: _("%(version)s is a draft again."),
        State.REVIEW: _("%(version)s waits for somebody else to approve it."),
        State.APPROVED: _("%(version)s is approved and can be published."),
        State.PUBLISHED: _("%(version)s is published. Nobody is disturbed, as it is not material."),
        State.WITHDRAWN: _("%(version)s is withdrawn. Everybody who was told of it is told so."),
    }
    if version.is_published and version.notice is not None:
        people = version.notice.deliveries.count()
        return ngettext(
            "%(version)s is published. %(people)d person is being told.",
            "%(version)s is published. %(people)d people are being told.",
            people,
        ) % {"version": version, "people": people}
    return words[State(version.state)] % {"version": version}
