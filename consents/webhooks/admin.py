from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.staff.models import Look
from accounts.staff.watched import WatchedAdmin
from accounts.subjects.admin import ReadOnlyAdmin
from consents.webhooks import staff_pages
from consents.webhooks.models import Attempt, Endpoint, Message, Secret
from consents.webhooks.replay import replay
from consents.webhooks.rotate import rotate


class SecretInline(admin.TabularInline[Secret, Endpoint]):
    model = Secret
    fields = ["created_at", "ends_at"]
    readonly_fields = ["created_at", "ends_at"]
    extra = 0
    can_delete = False
    verbose_name_plural = _("secrets, shown once when they are made")

    def has_add_permission(self, request: HttpRequest, obj: Endpoint | None = None) -> bool:
        return False


def _counted(rows: QuerySet[Message]) -> Coalesce:
    """Each by an index of its own: a count over a join would read every message there ever was."""
    mine = rows.filter(endpoint=OuterRef("pk")).order_by().values("endpoint").annotate(rows=Count("pk")).values("rows")
    return Coalesce(Subquery(mine), 0, output_field=IntegerField())


@admin.register(Endpoint)
class EndpointAdmin(admin.ModelAdmin[Endpoint]):
    list_display = ["name", "url", "state", "waiting", "given_up", "failing_since", "rests_until"]
    list_filter = ["state"]
    search_fields = ["name", "url"]
    fields = [
        "name",
        "url",
        "purposes",
        "state",
        "waiting",
        "given_up",
        "failures",
        "failing_since",
        "rests_until",
        "alarmed_at",
    ]
    readonly_fields = ["state", "waiting", "given_up", "failures", "failing_since", "rests_until", "alarmed_at"]
    inlines = [SecretInline]
    change_form_template = "webhooks/staff/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        counts = {"rows_open": _counted(Message.objects.open()), "rows_dead": _counted(Message.objects.dead())}
        return super().get_queryset(request).annotate(**counts)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Boxes: a dozen purposes can be read at a glance, and need neither a script nor a held key."""
        return super().formfield_for_manytomany(db_field, request, **kwargs, widget=CheckboxSelectMultiple())

    def get_fields(self, request: HttpRequest, obj: Endpoint | None = None) -> Any:
        return super().get_fields(request, obj) if obj else ["name", "url", "purposes"]

    def get_inlines(self, request: HttpRequest, obj: Endpoint | None) -> Any:
        return self.inlines if obj else []

    def get_urls(self) -> list[URLPattern]:
        deeds = [
            path(f"<uuid:pk>/{name}/", self.admin_site.admin_view(page), name=f"webhooks_endpoint_{name}")
            for name, page in staff_pages.PAGES.items()
        ]
        return deeds + super().get_urls()

    def has_delete_permission(self, request: HttpRequest, obj: Endpoint | None = None) -> bool:
        """It is ended instead: what it was told stays on record."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Endpoint | None = None) -> bool:
        return (obj is None or obj.state != Endpoint.State.ENDED) and super().has_change_permission(request, obj)

    def response_add(self, request: HttpRequest, obj: Endpoint, post_url_continue: str | None = None) -> HttpResponse:
        return staff_pages.secret_page(request, obj, rotate(obj))

    @admin.display(description=_("waiting"))
    def waiting(self, endpoint: Any) -> int:
        return endpoint.rows_open

    @admin.display(description=_("given up"))
    def given_up(self, endpoint: Any) -> int:
        return endpoint.rows_dead


class AttemptInline(admin.TabularInline[Attempt, Message]):
    model = Attempt
    fields = ["at", "status", "error", "milliseconds"]
    readonly_fields = ["at", "status", "error", "milliseconds"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(WatchedAdmin):
    what_is_opened, what_is_listed = Look.What.CHOICE, Look.What.CHOICES
    number = "key"
    list_display = ["created_at", "endpoint", "state", "error", "tries", "due_at", "purpose", "decision", "subject"]
    list_filter = ["state", "endpoint", "error", "kind", "decision"]
    list_select_related = ["endpoint", "purpose", "subject__merged_into"]
    readonly_fields = ["webhook_id"]
    exclude = ["claim"]
    # Only shows the box; what it finds is said below.
    search_fields = ["key"]
    search_help_text = _("A webhook-id, or the number of a subject or a choice, each in full.")
    ordering = ["-id"]
    # Counting millions of rows on every page would take longer than showing it.
    show_full_result_count = False
    inlines = [AttemptInline]
    actions = ["send_again"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By whole numbers, which have an index."""
        if not search_term:
            return queryset, False
        try:
            number = UUID(search_term.strip().removeprefix("msg_"))
        except ValueError:
            return queryset.none(), False
        return queryset.filter(Q(key=number) | Q(subject=number) | Q(event_id=number)), False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.replay_message")

    @admin.action(description=_("Send again"), permissions=["replay"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        again = replay(queryset)
        self.message_user(request, sent_again(again), messages.SUCCESS if again else messages.WARNING)


def sent_again(number: int) -> str:
    return ngettext("%(number)d message is sent again.", "%(number)d messages are sent again.", number) % {
        "number": number
    }


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["at", "endpoint", "status", "error", "milliseconds"]
    list_filter = ["message__endpoint", "status", "error"]
    list_select_related = ["message__endpoint"]
    date_hierarchy = "at"
    show_full_result_count = False

    @admin.display(description=_("system"), ordering=F("message__endpoint__name"))
    def endpoint(self, attempt: Attempt) -> Endpoint:
        return attempt.message.endpoint
