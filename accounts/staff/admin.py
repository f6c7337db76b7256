from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Cast, Substr
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.staff.models import Look
from accounts.subjects.addresses import find
from accounts.subjects.admin import ReadOnlyAdmin
from accounts.users.models import User


@admin.register(Look)
class LookAdmin(ReadOnlyAdmin):
    """Who looked at whose data. Looks at this list are not written down: they would never end."""

    list_display = ["at", "staff", "what", "subject"]
    fields = ["at", "staff", "who", "what", "number", "subject"]
    readonly_fields = ["staff"]
    list_filter = ["what", "at"]
    list_select_related = ["subject"]
    # Only shows the box; what it finds is said below.
    search_fields = ["=subject__id"]
    search_help_text = _(
        "A subject’s number, an e-mail address or a telephone number, or “staff:” and a number, each in full."
    )
    ordering = ["-id"]
    # Counting all rows would take longer than showing a page of them.
    show_full_result_count = False
    WHO = "staff:"

    @admin.display(description=_("who looked"))
    def staff(self, look: Any) -> str:
        return look.email or look.who

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the address by which colleagues know each other, as long as there is one."""
        number = Cast(Substr(OuterRef("who"), len(self.WHO) + 1), UUIDField())
        return super().get_queryset(request).annotate(email=Subquery(User.objects.filter(pk=number).values("email")))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip().replace("\0", "")
        return (queryset.filter(_wanted(term)) if term else queryset), False


def _wanted(term: str) -> Q:
    """By whole numbers and addresses, which have an index. An erased person is found by their number."""
    if term.startswith(LookAdmin.WHO):
        return Q(who=term)
    try:
        number = UUID(term)
    except ValueError:
        subject = find(term)
        return Q(subject=subject) | Q(subject__merged_into=subject) if subject else Q(pk=None)
    return Q(subject=number) | Q(subject__merged_into=number)
