from django.contrib import admin

from accounts.subjects.admin import ReadOnlyAdmin
from dsar.archives.models import Archive


@admin.register(Archive)
class ArchiveAdmin(ReadOnlyAdmin):
    """That there is an archive, and what became of it. Staff never get at what is in it."""

    list_display = [
        "reference",
        "state",
        "size",
        "created_at",
        "expires_at",
        "downloaded_at",
        "revoked_at",
        "cleared_at",
    ]
    list_filter = ["created_at"]
    search_fields = ["reference", "=subject__id"]
    exclude = ["path"]
