"""The staff's side of scans: from a site to a report, and from there into the inventory."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.subjects.admin import ReadOnlyAdmin
from consents.cookies.models import Site
from consents.cookies.scan_models import Scan, State
from consents.cookies.scanning import report
from consents.cookies.scanning.ask import ask_and_queue

# Shown on the page of a site; the list has all that are kept.
LAST = 5


class ScanForm(forms.ModelForm[Scan]):
    class Meta:
        model = Scan
        fields = ["address", "depth", "pages"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].widget = forms.TextInput({"size": 60, "inputmode": "url"})
        self.fields["address"].help_text = _("Of a page on an origin that is registered for a site.")


@admin.register(Scan)
class ScanAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "how", "site", "state", "to_mend", "address", "visited", "finished_at"]
    list_filter = ["site", "state", "scheduled"]
    list_select_related = ["site"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        scans: Any = super().get_queryset(request)
        return scans.with_faults()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("cookies.add_scan")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ScanForm(request.POST or None, initial={"address": request.GET.get("address", "")})
        if request.method == "POST" and form.is_valid() and (scan := self._ask(request, form)):
            return redirect("admin:cookies_scan_change", scan.pk)
        context = self._context(request, _("Scan a site")) | {
            "form": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),
            "errors": form.errors,
        }
        return render(request, "cookies/staff/ask.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The report; of a scan that is not over, where it stands."""
        scan: Scan | None = self.get_object(request, unquote(object_id))
        if scan is None:
            raise Http404
        if not self.has_view_permission(request, scan):
            raise PermissionDenied
        context = self._context(request, str(scan.site)) | {
            "scan": scan,
            "sections": [(verdict, report.rows(scan, findings)) for verdict, findings in report.by_verdict(scan)],
            "limits": list(report.limits(scan)),
            "summary": report.summary(scan) if scan.state == State.DONE else "",
        }
        return render(request, "cookies/staff/report.html", context)

    def _ask(self, request: HttpRequest, form: ScanForm) -> Scan | None:
        try:
            scan = ask_and_queue(**form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None
        self.log_addition(request, scan, [{"added": {}}])
        messages.success(request, _("The scan is on its way. Look again in some minutes."))
        return scan

    def _context(self, request: HttpRequest, title: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts}

    @admin.display(description=_("scheduled"), ordering="scheduled", empty_value="–")
    def how(self, scan: Scan) -> str | None:
        return gettext("on schedule") if scan.scheduled else None

    @admin.display(description=_("to mend"), empty_value="–")
    def to_mend(self, scan: Any) -> int | None:
        return scan.to_mend if scan.state == State.DONE else None


class ScannedSiteAdmin(admin.ModelAdmin[Site]):
    """Shows on the page of a site its last scans, and starts one."""

    change_form_template = "cookies/staff/site.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        last = Prefetch("scans", Scan.objects.newest().with_faults(), to_attr="last_scans")
        return super().get_queryset(request).prefetch_related(last)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        scans = Scan.objects.filter(site=_uuid(object_id)).with_faults().order_by("-id")[:LAST]
        context = {
            "scans": [(scan, report.in_brief(scan, scan.to_mend)) for scan in scans],
            "standard": Scan(),
            "languages": settings.LANGUAGES,
        }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    @admin.display(description=_("last scan"))
    def last_scan(self, site: Any) -> str:
        """When, and what there is to mend."""
        for scan in site.last_scans:
            words = report.in_brief(scan, scan.to_mend)
            address = reverse("admin:cookies_scan_change", args=[scan.pk])
            day = date_format(timezone.localtime(scan.finished_at), "DATE_FORMAT")
            return format_html('<a href="{}">{}</a>: {}', address, day, words)
        return gettext("Never")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(unquote(text))
    except ValueError:
        return None
