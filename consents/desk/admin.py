from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.staff.models import Look
from accounts.staff.watched import WatchedAdmin
from accounts.subjects.admin import ReadOnlyAdmin
from accounts.subjects.models import Subject
from consents.choices.person import person_by
from consents.desk import paper_pages, rate_pages
from consents.desk.models import Paper, Tally


@admin.register(Paper)
class PaperAdmin(WatchedAdmin):
    what_is_opened = what_is_listed = Look.What.PAPER
    list_display = ["entered_at", "subject", "signed_on", "kind", "size", "recorder"]
    list_filter = ["kind", "language"]
    search_fields = ["=subject__id"]
    search_help_text = _("A subject’s number, an e-mail address or a telephone number, each in full.")
    ordering = ["-id"]
    exclude = ["scan"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Paper]:
        return Paper.objects.without_scans().select_related("subject__merged_into")

    def searched(self, term: str) -> Subject | None:
        return person_by(term)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        subject = person_by(search_term)
        return (queryset.of_person(subject) if subject else queryset.none()), False  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("for/<uuid:subject_id>/", wrap(paper_pages.sheet_page), name="desk_paper_sheet"),
            path("<uuid:pk>/scan/", wrap(paper_pages.scan_page), name="desk_paper_scan"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("desk.add_paper")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return paper_pages.person_page(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj), "decisions"]
        return [*fields, "sealed_scan"] if request.user.has_perm("choices.see_evidence") else fields

    @admin.display(description=_("choices"))
    def decisions(self, paper: Paper) -> SafeString:
        return format_html_join(
            "",
            '<div><a href="{}">{}: {}</a></div>',
            (
                (reverse("admin:choices_event_change", args=[event.pk]), event.get_decision_display(), event.name)
                for event in paper.events.with_details()
            ),
        )

    @admin.display(description=_("scan"))
    def sealed_scan(self, paper: Paper) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:desk_paper_scan", args=[paper.pk]), _("Save the scan"))


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin):
    """Its list is a page of charts."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(rate_pages.purposes_page), name="desk_tally_changelist"),
            path("<slug:slug>/", wrap(rate_pages.purpose_page), name="desk_tally_purpose"),
        ]
