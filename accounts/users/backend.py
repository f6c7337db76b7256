from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as ByEmail

from accounts.users.models import User


class AuthenticationBackend(ByEmail):
    def get_user(self, user_id: Any) -> User | None:
        """With the person behind the user and what they told about themselves: every call asks for it next."""
        user = User.objects.select_related("subject__profile").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
