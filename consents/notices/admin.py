from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.subjects.admin import ReadOnlyAdmin
from consents.notices import staff_pages
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


def _waiting() -> Coalesce:
    """By the index of what waits: most notices have nothing there."""
    mine = Delivery.objects.open().filter(notice=OuterRef("pk")).order_by().values("notice")
    return Coalesce(Subquery(mine.annotate(rows=Count("pk")).values("rows")), 0, output_field=IntegerField())


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "reference", "purpose", "audience", "state", "progress", "finished_at"]
    list_filter = ["kind", "state", "legal", "purpose", "audience"]
    list_select_related = ["purpose"]
    search_fields = ["=reference", "=id"]
    date_hierarchy = "created_at"
    fields = ["kind", "reference", "legal", "purpose", "audience", "link", "created_at", "finished_at"]
    inlines = [NoticeTextInline]
    change_form_template = "notices/staff/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return super().get_queryset(request).annotate(waiting=_waiting())

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(f"<uuid:pk>/{name}/", self.admin_site.admin_view(page), name=f"notices_notice_{name}")
            for name, page in staff_pages.PAGES.items()
        ]
        return pages + super().get_urls()

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Notice | None = None,
    ) -> HttpResponse:
        if obj is not None and obj.audience:
            context |= staff_pages.context(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description=_("sent"))
    def progress(self, notice: Any) -> SafeString:
        over = max(0, notice.people - notice.waiting)
        words = _("%(over)d of %(people)d") % {"over": over, "people": notice.people}
        bar = '<progress max="{}" value="{}" aria-label="{}"></progress> {}'
        return format_html(bar, notice.people or 1, over if notice.people else 1, words, words)


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
