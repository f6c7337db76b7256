from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.subjects.admin import ReadOnlyAdmin
from dsar.work.models import Certificate, Plan, Step
from dsar.work.retry import retry

STEP_FIELDS = ["stage", "action", "system", "collection", "state", "error", "attempts", "rows"]


class StepInline(admin.TabularInline[Step, Plan]):
    model = Step
    fields = [*STEP_FIELDS, "next_try_at", "finished_at"]
    readonly_fields = [*STEP_FIELDS, "next_try_at", "finished_at"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        return False


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    list_display = ["reference", "kind", "state", "done", "failed", "created_at", "starts_at", "finished_at"]
    list_filter = ["state", "kind", "created_at"]
    search_fields = ["reference", "=subject__id"]
    exclude = ["email"]
    ordering = ["-id"]
    inlines = [StepInline]
    actions = ["try_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        counted = {
            "steps_in_all": Count("steps"),
            "steps_done": Count("steps", Q(steps__state=Step.State.DONE)),
            "steps_failed": Count("steps", Q(steps__state=Step.State.FAILED)),
        }
        return super().get_queryset(request).annotate(**counted)

    @admin.display(description=_("steps done"))
    def done(self, plan: Any) -> str:
        return f"{plan.steps_done} / {plan.steps_in_all}"

    @admin.display(description=_("failed"))
    def failed(self, plan: Any) -> int:
        return plan.steps_failed

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("work.retry_step")

    @admin.action(description=_("Try the failed steps again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, plans: QuerySet[Plan]) -> None:
        """Of plans that are stuck; others are left alone."""
        steps = sum(retry(plan) for plan in plans.filter(state=Plan.State.STUCK))
        said = ngettext("%(steps)d step is tried again.", "%(steps)d steps are tried again.", steps) % {"steps": steps}
        self.message_user(request, said, messages.SUCCESS if steps else messages.WARNING)


@admin.register(Step)
class StepAdmin(ReadOnlyAdmin):
    list_display = ["plan", *STEP_FIELDS, "next_try_at"]
    list_filter = ["state", "action", "system", "error"]
    search_fields = ["plan__reference"]
    list_select_related = ["plan"]


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ["plan", "subject", "issued_at"]
    search_fields = ["plan__reference", "=subject__id"]
    list_select_related = ["plan"]
    date_hierarchy = "issued_at"
