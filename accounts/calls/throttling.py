from typing import Any

from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle


class PersonThrottle(UserRateThrottle):
    """Per signed-in user, else per address; the cache key holds an id or a hash, never an address in plain.

    Calls are counted in windows of the period, so that a call costs the same however many came before it; REST
    framework's own throttle reads and writes the times of all of them. Across the border of two windows a client can
    get through at most twice the rate.
    """

    scope = "person"

    def allow_request(self, request: Request, view: Any) -> bool:
        now = self.timer()
        window = int(now // self.duration)
        self.left = (window + 1) * self.duration - now
        return self._count(f"{self.get_cache_key(request, view)}_{window}") <= self.num_requests

    def wait(self) -> float:
        """Seconds until the next window."""
        return self.left

    def _count(self, key: str) -> int:
        try:
            return self.cache.incr(key)
        except ValueError:
            # The first of its window, unless another one was a moment earlier.
            return 1 if self.cache.add(key, 1, self.duration) else self.cache.incr(key)

    def get_cache_key(self, request: Request, view: Any) -> str:
        key: str = super().get_cache_key(request, view)
        if request.user.is_authenticated:
            return key
        return salted_hmac("accounts.calls.throttling", key, algorithm="sha256").hexdigest()


class SystemThrottle(PersonThrottle):
    """Per system, whatever number of tokens it holds."""

    scope = "system"

    def get_cache_key(self, request: Request, view: Any) -> str:
        system: Any = request.auth
        return f"throttle_system_{system.client_id}"
