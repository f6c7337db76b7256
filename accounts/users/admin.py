from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.users.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    """Staff sign-ins and their duties. People's own accounts are shown, never edited: that is what requests are for."""

    ordering = ["email"]
    list_display = ["email", "is_staff", "is_active", "date_joined", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "=subject__id"]
    readonly_fields = ["subject", "date_joined", "last_login"]
    fieldsets = [
        (None, {"fields": ["email", "password", "subject"]}),
        (_("Duties"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "usable_password", "password1", "password2", "is_staff"]})
    ]
    filter_horizontal = ["groups"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.subject_id is None)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A person's account ends by erasure, which also reaches everything else that is theirs."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.subject_id is None)
