"""The catalogue as staff read and change it; `load_catalogue` is the other way to write it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.subjects.admin import ReadOnlyAdmin
from consents.catalogue import staff_pages
from consents.catalogue.models import (
    DataCategory,
    DataCategoryText,
    Purpose,
    PurposeText,
    PurposeVersion,
    Recipient,
    RecipientText,
    Retention,
    RetentionText,
    Service,
    ServiceText,
)

RETIRED = ("retired_at", admin.EmptyFieldListFilter)


class TextsInline(admin.StackedInline[Any, Any]):
    extra = 0
    verbose_name_plural = _("texts")


class EntryAdmin(ReadOnlyAdmin):
    """As it stands, with what was retired. Who may change it gets pages that compare, and tell whom it asks again."""

    ordering = ["position", "slug"]
    search_fields = ["slug", "texts__name", "texts__description"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: Any = super().get_queryset(request)
        return queryset.with_texts()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return staff_pages.edit_page(self, request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        entry = self.get_object(request, unquote(object_id))
        if entry is None or not self.has_change_permission(request, entry):
            return super().change_view(request, object_id, form_url, extra_context)
        return staff_pages.edit_page(self, request, entry)

    @admin.display(description=_("name"))
    def title(self, entry: Any) -> str:
        return entry.text.name


class CategoryTextInline(TextsInline):
    model = DataCategoryText


class RecipientTextInline(TextsInline):
    model = RecipientText


class RetentionTextInline(TextsInline):
    model = RetentionText


class ServiceTextInline(TextsInline):
    model = ServiceText


class PurposeTextInline(TextsInline):
    model = PurposeText
    readonly_fields = ["sha256"]


@admin.register(DataCategory)
class DataCategoryAdmin(EntryAdmin):
    list_display = ["slug", "title", "sensitive", "retired_at"]
    list_filter = ["sensitive", RETIRED]
    inlines = [CategoryTextInline]


@admin.register(Recipient)
class RecipientAdmin(EntryAdmin):
    list_display = ["slug", "title", "kind", "country", "safeguard", "retired_at"]
    list_filter = ["kind", "country", "safeguard", RETIRED]
    inlines = [RecipientTextInline]


@admin.register(Retention)
class RetentionAdmin(EntryAdmin):
    list_display = ["slug", "title", "duration", "law", "retired_at"]
    list_filter = ["counts_from", RETIRED]
    inlines = [RetentionTextInline]


@admin.register(Service)
class ServiceAdmin(EntryAdmin):
    list_display = ["slug", "title", "retired_at"]
    list_filter = [RETIRED]
    inlines = [ServiceTextInline]


@admin.register(Purpose)
class PurposeAdmin(EntryAdmin):
    list_display = ["slug", "title", "legal_basis", "channel", "parent", "version", "retired_at"]
    list_filter = ["essential", "legal_basis", "channel", "service", "categories", "recipients", RETIRED]
    list_select_related = ["parent"]
    inlines = [PurposeTextInline]


@admin.register(PurposeVersion)
class PurposeVersionAdmin(ReadOnlyAdmin):
    list_display = ["purpose", "number", "asks", "published_at", "reason"]
    list_filter = ["asks", "purpose"]
    list_select_related = ["purpose"]
    date_hierarchy = "published_at"
