from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.subjects.admin import ReadOnlyAdmin
from consents.mailing.models import Confirmation


@admin.register(Confirmation)
class ConfirmationAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "subject", "state", "method", "sent_at", "confirmed_at", "error"]
    list_filter = ["state", "method", "language"]
    list_select_related = ["subject"]
    search_fields = ["=id", "=subject__id", "=message_id"]
    date_hierarchy = "asked_at"
    exclude = ["evidence"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "where_it_was_asked"] if request.user.has_perm("choices.see_evidence") else fields

    @admin.display(description=_("where it was asked"))
    def where_it_was_asked(self, confirmation: Confirmation) -> str:
        evidence = confirmation.opened_evidence()
        return "\n".join(evidence.values()) or gettext("None, or gone with the person’s key.")
