from django.contrib import admin

from consents.catalogue.admin import EntryAdmin, TextsInline
from consents.cookies.models import Tracker, TrackerText


class TrackerTextInline(TextsInline):
    model = TrackerText


@admin.register(Tracker)
class TrackerAdmin(EntryAdmin):
    list_display = ["name", "title", "purpose", "set_by", "storage", "duration", "legal_exception", "retired_at"]
    list_filter = ["purpose", "party", "storage", "legal_exception", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["purpose"]
    search_fields = ["name", "provider", "texts__name"]
    inlines = [TrackerTextInline]
