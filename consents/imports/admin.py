from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.subjects.admin import ReadOnlyAdmin
from consents.imports.models import Import, Problem


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ["name", "state", "lines", "bad", "recorded", "guests", "started_at", "finished_at"]
    list_filter = ["state"]
    search_fields = ["name", "=sha256"]
    search_help_text = _("Part of a file’s name, or its hash in full.")
    ordering = ["-id"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "client_id", "report"]

    @admin.display(description=_("client’s id of its choices begins with"))
    def client_id(self, source: Import) -> str:
        return source.client_id

    @admin.display(description=_("report"))
    def report(self, source: Import) -> str:
        address = reverse("admin:imports_problem_changelist")
        return format_html('<a href="{}?source__id__exact={}">{}</a>', address, source.pk, _("Bad lines"))


@admin.register(Problem)
class ProblemAdmin(ReadOnlyAdmin):
    list_display = ["source", "number", "field", "fault"]
    list_filter = ["fault", "source"]
    list_select_related = ["source"]
    ordering = ["source", "number"]
    # A file may have a million of them.
    show_full_result_count = False
