from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.subjects.addresses import address_hash
from accounts.subjects.models import Address, Subject


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


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin):
    """Found by an address as it is known or by the subject's number, each in full."""

    list_display = ["id", "subject", "kind", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["subject"]
    search_fields = ["=subject__id"]
    search_help_text = _("An address or a subject’s number, each in full.")
    exclude = ["value", "hash"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Address], search_term: str
    ) -> tuple[QuerySet[Address], bool]:
        term = search_term.strip()
        try:
            return (queryset.filter(subject=UUID(term)) if term else queryset), False
        except ValueError:
            return queryset.filter(hash=address_hash(term)), False
