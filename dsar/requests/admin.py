from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from accounts.subjects.admin import ReadOnlyAdmin
from dsar.requests.models import Request, RequestEvent


class EventInline(admin.TabularInline[RequestEvent, Request]):
    model = RequestEvent
    fields = ["at", "kind", "by"]
    readonly_fields = ["at", "kind", "by"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Request | None = None) -> bool:
        return False


@admin.register(Request)
class RequestAdmin(ReadOnlyAdmin):
    list_display = ["reference", "kind", "state", "created_at", "due_on", "grace_until", "closed_at"]
    list_filter = ["state", "kind", "due_on", "created_at"]
    search_fields = ["reference", "=subject__id", "=subject__user__email"]
    inlines = [EventInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Request]:
        """What is open and due first."""
        return super().get_queryset(request).order_by(F("closed_at").desc(nulls_first=True), "due_on")


@admin.register(RequestEvent)
class RequestEventAdmin(ReadOnlyAdmin):
    list_display = ["request", "kind", "by", "at"]
    list_filter = ["kind", "by"]
    search_fields = ["request__reference"]
    list_select_related = ["request"]
