"""Choices are read here, never written: they come from people, by `record`."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.subjects.admin import ReadOnlyAdmin
from consents.choices.models import Current, Event, Wording


def found(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """By whole numbers and addresses, which have an index; parts of words would read millions of rows."""
    if "@" in term:
        return rows.filter(subject__user__email=term.strip().lower())
    try:
        number = UUID(term.strip())
    except ValueError:
        return rows.none()
    return rows.filter(Q(pk=number) | Q(subject=number))


class ChoiceAdmin(ReadOnlyAdmin):
    # Only shows the box; what it finds is said above.
    search_fields = ["subject__id"]
    ordering = ["-id"]
    # Counting millions of rows on every page would take longer than showing it.
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (found(queryset, search_term) if search_term else queryset), False


@admin.register(Event)
class EventAdmin(ChoiceAdmin):
    list_display = ["received_at", "subject", "purpose", "decision", "method", "said_at", "policy_version"]
    list_filter = ["decision", "method", "purpose", "jurisdiction"]
    list_select_related = ["subject", "purpose", "policy_version__document"]
    search_help_text = _("A subject’s number, an e-mail address or the number of a receipt, each in full.")
    exclude = ["evidence"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "address_and_browser"] if request.user.has_perm("choices.see_evidence") else fields

    @admin.display(description=_("address and browser"))
    def address_and_browser(self, event: Event) -> str:
        evidence = event.opened_evidence()
        return "\n".join(evidence.values()) if evidence else gettext("None, or gone with the person’s key.")


@admin.register(Current)
class CurrentAdmin(ChoiceAdmin):
    list_display = ["subject", "purpose", "decision", "since"]
    list_filter = ["decision", "purpose"]
    list_select_related = ["subject", "purpose"]
    search_help_text = _("A subject’s number or an e-mail address, each in full.")


@admin.register(Wording)
class WordingAdmin(ReadOnlyAdmin):
    list_display = ["purpose", "language", "name", "sha256", "published_at"]
    list_filter = ["language", "purpose"]
    list_select_related = ["purpose"]
    search_fields = ["name", "description", "=sha256"]
    ordering = ["-id"]
