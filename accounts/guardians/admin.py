from django.contrib import admin
from django.http import HttpRequest

from accounts.guardians.models import Guardianship


@admin.register(Guardianship)
class GuardianshipAdmin(admin.ModelAdmin[Guardianship]):
    list_display = ["minor", "guardian", "since", "ended_at"]
    list_filter = ["ended_at"]
    search_fields = ["=minor__id", "=guardian__id", "=minor__user__email", "=guardian__user__email"]
    raw_id_fields = ["minor", "guardian"]

    def has_delete_permission(self, request: HttpRequest, obj: Guardianship | None = None) -> bool:
        """A guardianship ends; that it was is evidence."""
        return False
