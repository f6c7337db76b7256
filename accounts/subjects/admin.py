from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.subjects.models import Subject


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """For rows that only acts write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Subject)
class SubjectAdmin(ReadOnlyAdmin):
    list_display = ["id", "stage", "language", "jurisdiction", "created_at", "frozen_at", "erased_at"]
    list_filter = ["stage", "jurisdiction", "language"]
    search_fields = ["=id", "=user__email"]
    date_hierarchy = "created_at"
    exclude = ["wrapped_key"]
