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

    A process takes a hundredth of what is allowed in a window at a time and counts that down by itself: never more
    than allowed gets through, and not every call waits for the cache.
    """

    scope = "person"
    PARTS = 100
    # How many callers a process keeps in mind.
    KEPT = 10_000
    # Set by REST framework from the rate.
    duration: int
    num_requests: int

    # What this process has taken and not used yet, by key: the window and the number.
    _taken: ClassVar[dict[str, tuple[int, int]]] = {}
    _lock: ClassVar[Lock] = Lock()

    def allow_request(self, request: Request, view: Any) -> bool:
        return self.allows(str(self.get_cache_key(request, view)))

    def allows(self, key: str) -> bool:
        now = self.timer()
        window = int(now // self.duration)
        self.left = (window + 1) * self.duration - now
        number = self._taken_before(key, window) or self._take(f"{key}_{window}")
        if number > 1:
            self._keep(key, window, number - 1)
        return number > 0

    def wait(self) -> float:
        """Seconds until the next window."""
        return self.left

    def _taken_before(self, key: str, window: int) -> int:
        with self._lock:
            taken_in, number = self._taken.pop(key, (window, 0))
        return number if taken_in == window else 0

    def _take(self, key: str) -> int:
        """How many more calls this process may let through; 0 or less once the window is used up."""
        part = max(1, self.num_requests // self.PARTS)
        before = self._count(key, part) - part
        return min(part, self.num_requests - before)

    def _keep(self, key: str, window: int, number: int) -> None:
        with self._lock:
            if len(self._taken) >= self.KEPT:
                # Whoever calls again takes anew; what they had taken is lost to them until the next window.
                self._taken.clear()
            # Another thread may have taken a part meanwhile.
            taken_in, more = self._taken.get(key, (window, 0))
            self._taken[key] = (window, number + (more if taken_in == window else 0))

    def _count(self, key: str, number: int) -> int:
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
    """Per system, whatever number of tokens it holds."""

    scope = "system"

    def get_cache_key(self, request: Request, view: Any) -> str:
        system: Any = request.auth
        return f"throttle_system_{system.client_id}"
