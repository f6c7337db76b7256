from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.subjects.admin import ReadOnlyAdmin
from consents.catalogue.admin import EntryAdmin, TextsInline
from consents.catalogue.models import Purpose
from consents.cookies.models import (
    COLOURS,
    Banner,
    GoogleSignal,
    Site,
    SiteOrigin,
    SiteText,
    Tracker,
    TrackerText,
    TrackerVersion,
)
from consents.cookies.preview import preview
from consents.cookies.scan_admin import ScannedSiteAdmin


class TrackerTextInline(TextsInline):
    model = TrackerText


@admin.register(Tracker)
class TrackerAdmin(EntryAdmin):
    list_display = [
        "name",
        "title",
        "purpose",
        "set_by",
        "storage",
        "duration",
        "site",
        "legal_exception",
        "retired_at",
    ]
    list_filter = ["site", "purpose", "party", "storage", "legal_exception", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["purpose", "site"]
    search_fields = ["name", "provider", "texts__name"]
    inlines = [TrackerTextInline]


@admin.register(TrackerVersion)
class TrackerVersionAdmin(ReadOnlyAdmin):
    list_display = ["tracker", "number", "published_at", "content"]
    list_filter = ["tracker__purpose"]
    list_select_related = ["tracker"]
    search_fields = ["=tracker__slug", "tracker__name"]
    date_hierarchy = "published_at"


class SiteOriginInline(admin.TabularInline[SiteOrigin, Site]):
    model = SiteOrigin
    extra = 1


class SiteTextInline(TextsInline):
    model = SiteText
    verbose_name_plural = _("words of its own above the buttons")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """One of the languages that pages come in."""
        if db_field.name == "language":
            return forms.ChoiceField(choices=settings.LANGUAGES, label=capfirst(db_field.verbose_name))
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Site)
class SiteAdmin(ScannedSiteAdmin):
    list_display = ["name", "slug", "last_scan", "jurisdiction", "layout", "retired_at"]
    list_filter = [("retired_at", admin.EmptyFieldListFilter)]
    search_fields = ["slug", "name", "origins__origin"]
    fieldsets = [
        (None, {"fields": ["slug", "name", "jurisdiction", "retired_at"]}),
        (_("Look of the banner"), {"fields": ["layout", *COLOURS]}),
    ]
    inlines = [SiteOriginInline, SiteTextInline]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(lambda request, object_id: preview(self, request, object_id))
        return [path("<path:object_id>/preview/", view, name="cookies_site_preview"), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Pages out there name a site by its slug."""
        return ["slug"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Banner)
class BannerAdmin(ReadOnlyAdmin):
    """What was shown when; choices name the version."""

    list_display = ["site", "number", "language", "shown_since", "sha256"]
    list_filter = ["site", "language"]
    list_select_related = ["site"]
    date_hierarchy = "shown_since"


@admin.register(GoogleSignal)
class GoogleSignalAdmin(admin.ModelAdmin[GoogleSignal]):
    list_display = ["consent_type", "purpose"]
    list_select_related = ["purpose"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What nobody is asked about can not be answered."""
        return super().formfield_for_foreignkey(
            db_field, request, queryset=Purpose.objects.current().optional(), **kwargs
        )
