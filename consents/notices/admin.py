from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.subjects.admin import ReadOnlyAdmin
from consents.notices.models import Attempt, Delivery, Notice, NoticeText


class NoticeTextInline(admin.StackedInline[NoticeText, Notice]):
    model = NoticeText
    fields = ["language", "subject", "rendered", "action"]
    readonly_fields = ["rendered"]
    can_delete = False
    extra = 0

    @admin.display(description=_("text"))
    def rendered(self, text: NoticeText) -> SafeString:
        return mark_safe(text.html)  # noqa: S308  # made by markdown.render

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "reference", "purpose", "audience", "progress", "finished_at"]
    list_filter = ["kind", "legal", "purpose", "audience"]
    list_select_related = ["purpose"]
    search_fields = ["=reference", "=id"]
    date_hierarchy = "created_at"
    readonly_fields = ["progress"]
    inlines = [NoticeTextInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        State = Delivery.State  # noqa: N806  # it is a class
        counts = {
            state.value: Count("deliveries", filter=Q(deliveries__state=state))
            for state in (State.SENT, State.FAILED, State.SKIPPED)
        }
        return super().get_queryset(request).annotate(people=Count("deliveries"), **counts)

    @admin.display(description=_("sent"))
    def progress(self, notice: Any) -> SafeString:
        words = _("%(sent)d of %(people)d, %(failed)d failed, %(skipped)d skipped") % notice.__dict__
        return format_html('<progress max="{}" value="{}"></progress> {}', notice.people, _over(notice), words)


def _over(notice: Any) -> int:
    return int(notice.sent + notice.failed + notice.skipped)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["id", "notice", "subject", "state", "error", "attempts", "sent_at", "read_at"]
    list_filter = ["state", "error", "language"]
    list_select_related = ["notice", "subject"]
    search_fields = ["=id", "=subject__id", "=notice__reference"]
    exclude = ["address", "claim"]


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["began_at", "delivery", "subject", "channel", "number", "kind", "code", "at"]
    list_filter = ["channel", "result__kind"]
    list_select_related = ["delivery", "subject", "result"]
    search_fields = ["=id", "=delivery__id", "=delivery__notice__id", "=subject__id"]
    readonly_fields = ["kind", "code", "at"]

    @admin.display(description=_("result"))
    def kind(self, attempt: Attempt) -> str:
        return attempt.result.get_kind_display() if hasattr(attempt, "result") else str(_("Being sent"))

    @admin.display(description=_("reason"))
    def code(self, attempt: Attempt) -> str:
        return attempt.result.code if hasattr(attempt, "result") else ""

    @admin.display(description=_("known since"))
    def at(self, attempt: Attempt) -> datetime | None:
        return attempt.result.at if hasattr(attempt, "result") else None
