from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.staff.looked import looked
from accounts.staff.models import Look
from accounts.subjects.admin import ReadOnlyAdmin
from accounts.users.models import User
from consents.mailing.models import Call, Confirmation


@admin.register(Confirmation)
class ConfirmationAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "subject", "state", "method", "sent_at", "confirmed_at", "error"]
    list_filter = ["state", "method", "language"]
    list_select_related = ["subject"]
    search_fields = ["=id", "=subject__id", "=message_id"]
    date_hierarchy = "asked_at"
    exclude = ["evidence"]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        question = super().get_object(request, object_id, from_field)
        if question is not None and self._may_prove(request) and self.has_view_permission(request, question):
            looked(cast(User, request.user), question.subject, Look.What.QUESTION, question.pk)
        return question

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "where_it_was_asked"] if self._may_prove(request) else fields

    def _may_prove(self, request: HttpRequest) -> bool:
        return request.user.has_perm("choices.see_evidence")

    @admin.display(description=_("where it was asked"))
    def where_it_was_asked(self, confirmation: Confirmation) -> str:
        evidence = confirmation.opened_evidence()
        return "\n".join(evidence.values()) or gettext("None, or gone with the person’s key.")


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "client_id", "key"]
    search_fields = ["=client_id", "=key"]
    date_hierarchy = "made_at"
