from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.subjects.models import Subject


class IsSubject(BasePermission):
    """A signed-in person. Staff who are nobody's subject have nothing to see here."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        return bool(user.is_authenticated and user.is_active and user.subject_id)


def caller(request: Request) -> Subject:
    """The person whom IsSubject let in."""
    user: Any = request.user
    return user.subject
