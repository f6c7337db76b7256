from django.utils.crypto import salted_hmac
from rest_framework.throttling import UserRateThrottle


class PersonThrottle(UserRateThrottle):
    """Per signed-in user, else per address; the cache key holds an id or a hash, never an address in plain."""

    scope = "person"

    def get_cache_key(self, request, view):  # type: ignore[no-untyped-def]  # REST framework's signature is untyped
        key = super().get_cache_key(request, view)
        if key is None or request.user.is_authenticated:
            return key
        return salted_hmac("accounts.calls.throttling", key, algorithm="sha256").hexdigest()
