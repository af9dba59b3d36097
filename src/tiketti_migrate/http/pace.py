"""A limit that the server does not tell of, kept by a count of our own."""

import threading
from collections import deque
from collections.abc import Callable

from tiketti_migrate.http.clock import steady

__all__ = ["Pace"]

# On the way a request may be slower than the one after it: to the server they seem closer together.
_MARGIN = 1.0


class Pace:
    """At most ``limit`` requests in any ``window`` seconds. Thread-safe."""

    def __init__(self, limit: int, window: float = 60.0, *, monotonic: Callable[[], float] = steady) -> None:
        self._limit = limit
        self._window = window + _MARGIN
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()

    def turn(self) -> float:
        """0 when a request may leave now, which is then counted; else the seconds to wait and ask again."""
        with self._lock:
            now = self._monotonic()
            while self._sent and self._sent[0] <= now - self._window:
                self._sent.popleft()
            if len(self._sent) < self._limit:
                self._sent.append(now)
                return 0.0
            return self._sent[0] + self._window - now
