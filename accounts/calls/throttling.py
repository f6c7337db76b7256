from threading import Lock
from typing import Any, ClassVar

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
    # Set by REST framework from the rate.
    duration: int
    num_requests: int

    def allow_request(self, request: Request, view: Any) -> bool:
        now = self.timer()
        window = int(now // self.duration)
        self.left = (window + 1) * self.duration - now
        return self._count(f"{self.get_cache_key(request, view)}_{window}") <= self.num_requests

    def wait(self) -> float:
        """Seconds until the next window."""
        return self.left

    def _count(self, key: str, number: int = 1) -> int:
        try:
            return self.cache.incr(key, number)
        except ValueError:
            # The first of its window, unless another one was a moment earlier.
            return number if self.cache.add(key, number, self.duration) else self.cache.incr(key, number)

    def get_cache_key(self, request: Request, view: Any) -> str:
        key = str(super().get_cache_key(request, view))
        if request.user.is_authenticated:
            return key
        return salted_hmac("accounts.calls.throttling", key, algorithm="sha256").hexdigest()


class SystemThrottle(PersonThrottle):
    """Per system, whatever number of tokens it holds.

    A system asks before everything it does. So a process takes a hundredth of what is allowed in a window at a time,
    and counts that down by itself: never more than allowed gets through, and hardly a call waits for the cache.
    """

    scope = "system"
    PARTS = 100

    # What this process has taken and not used yet, by system: the window and the number.
    _taken: ClassVar[dict[str, tuple[int, int]]] = {}
    _lock: ClassVar[Lock] = Lock()

    def allow_request(self, request: Request, view: Any) -> bool:
        system: Any = request.auth
        return self.allows(system.client_id)

    def allows(self, client_id: str) -> bool:
        now = self.timer()
        window = int(now // self.duration)
        self.left = (window + 1) * self.duration - now
        with self._lock:
            taken_in, number = self._taken.get(client_id, (window, 0))
            if taken_in != window or not number:
                number = self._take(f"throttle_system_{client_id}_{window}")
            self._taken[client_id] = (window, max(number - 1, 0))
        return number > 0

    def _take(self, key: str) -> int:
        """How many more calls this process may let through; 0 or less once the window is used up."""
        part = max(1, self.num_requests // self.PARTS)
        before = self._count(key, part) - part
        return min(part, self.num_requests - before)
