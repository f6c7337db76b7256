"""The staff's pages around a version, beside its form: compare it, publish it, go on from it."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
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
from consents.policies.draft import next_version
from consents.policies.models import Version, VersionText
from consents.policies.publish import check, publish
from consents.policies.read import before


@dataclass(frozen=True)
class TextComparison:
    """A text beside the one in the same language in the version before; `old` is None for a new language."""

    new: VersionText
    old: VersionText | None
    comparison: Comparison

    @property
    def summary_html(self) -> SafeString:
        return mark_safe(render_markdown(self.new.summary))  # noqa: S308  # it lets no HTML through


@require_http_methods(["GET", "HEAD", "POST"])
def publish_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What changes and who will be told, and then the button."""
    _require(request, "policies.publish_version")
    version = get_object_or_404(Version.objects.with_texts(), pk=pk)
    problem = None
    if request.method == "POST":
        assert isinstance(request.user, User)
        try:
            published = publish(version, actor=request.user, seen=parse_datetime(request.POST.get("seen", "")))
        except Refusal as refusal:
            problem = refusal
        else:
            messages.success(request, _told(published))
            return redirect("admin:policies_version_change", pk)
    context = _context(request, version) | {
        "title": _("Publish %(version)s?") % {"version": version},
        "problem": problem or _problem(version),
        "people": ACCOUNTS.count() if version.material else 0,
    }
    return render(request, "policies/staff/publish.html", context, status=problem.status if problem else 200)


@require_safe
def compare_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A version, or a draft of one, beside the version before it."""
    _require(request, "policies.view_version")
    version = get_object_or_404(Version.objects.with_texts(), pk=pk)
    context = _context(request, version) | {"title": _("Compare %(version)s") % {"version": version}}
    return render(request, "policies/staff/compare.html", context)


@require_POST
def next_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    _require(request, "policies.add_version")
    return redirect("admin:policies_version_change", next_version(get_object_or_404(Version, pk=pk)).pk)


def _require(request: HttpRequest, permission: str) -> None:
    assert isinstance(request.user, User)
    if not request.user.has_perm(permission):
        raise PermissionDenied


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
    """Why it can not be published as it is."""
    last = Version.objects.published().filter(document=version.document_id).order_by("-sequence").first()
    try:
        check(version, list(version.texts.all()), last, timezone.now())
    except Refusal as refusal:
        return refusal
    return None


def _told(version: Version) -> str:
    if version.notice is None:
        return _("%(version)s is published. Nobody is disturbed, as it is not material.") % {"version": version}
    people = version.notice.deliveries.count()
    return ngettext(
        "%(version)s is published. %(people)d person is being told.",
        "%(version)s is published. %(people)d people are being told.",
        people,
    ) % {"version": version, "people": people}
