from django.contrib import admin

from accounts.calls.models import Answer
from accounts.subjects.admin import ReadOnlyAdmin


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ["id", "subject", "status", "created_at"]
    exclude = ["body"]
