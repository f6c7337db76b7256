from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from consents.catalogue.admin import EntryAdmin, TextsInline
from consents.cookies.models import Site, SiteOrigin, Tracker, TrackerText
from consents.cookies.scan_admin import ScannedSiteAdmin


class TrackerTextInline(TextsInline):
    model = TrackerText


@admin.register(Tracker)
class TrackerAdmin(EntryAdmin):
    list_display = ["name", "title", "purpose", "set_by", "storage", "duration", "legal_exception", "retired_at"]
    list_filter = ["purpose", "party", "storage", "legal_exception", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["purpose"]
    search_fields = ["name", "provider", "texts__name"]
    inlines = [TrackerTextInline]


class SiteOriginInline(admin.TabularInline[SiteOrigin, Site]):
    model = SiteOrigin
    extra = 1


@admin.register(Site)
class SiteAdmin(ScannedSiteAdmin):
    list_display = ["name", "slug", "retired_at"]
    list_filter = [("retired_at", admin.EmptyFieldListFilter)]
    search_fields = ["slug", "name", "origins__origin"]
    inlines = [SiteOriginInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Pages out there name a site by its slug."""
        return ["slug"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
