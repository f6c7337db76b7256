from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class IsSubject(BasePermission):
    """A signed-in person. Staff who are nobody's subject have nothing to see here."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        return bool(user.is_authenticated and user.is_active and user.subject_id)
