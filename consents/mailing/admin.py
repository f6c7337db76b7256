from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.staff.models import Look
from accounts.staff.watched import WatchedAdmin
from accounts.subjects.admin import ReadOnlyAdmin
from consents.mailing.models import Call, Confirmation


@admin.register(Confirmation)
class ConfirmationAdmin(WatchedAdmin):
    what_is_listed = Look.What.CHOICES
    list_display = ["asked_at", "subject", "state", "method", "sent_at", "confirmed_at", "error"]
    list_filter = ["state", "method", "language"]
    list_select_related = ["subject__merged_into"]
    search_fields = ["=id", "=subject__id", "=message_id"]
    date_hierarchy = "asked_at"
    exclude = ["evidence"]

    def opens(self, request: HttpRequest) -> Look.What:
        return Look.What.QUESTION if self._may_prove(request) else Look.What.CHOICE

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
