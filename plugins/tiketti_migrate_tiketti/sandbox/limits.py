"""The rate limit: so many requests in so many seconds for each API key."""

import math
import re
import threading
from collections import deque
from typing import Literal, NamedTuple

from .clock import Clock

__all__ = ["HUGE", "Limit", "RateLimiter", "Verdict", "parse_limit"]

Window = Literal["fixed", "sliding"]

# What is announced when nothing is limited. A client that saw no headers at all would have to assume the
# documented 100 a minute.
HUGE = 1_000_000


class Limit(NamedTuple):
    requests: int
    seconds: float


class Verdict(NamedTuple):
    """``reset`` is in Unix seconds of the server's clock; ``wait`` in seconds from now."""

    allowed: bool
    limit: int
    remaining: int
    reset: float
    wait: float


def parse_limit(text: str) -> Limit | None:
    """Read ``100/60`` (requests/seconds); ``off`` is None. Raises ValueError on anything else."""
    if text == "off":
        return None
    match = re.fullmatch(r"(\d+)/(\d+(?:\.\d+)?)", text.strip())
    if not match or int(match[1]) < 1 or float(match[2]) <= 0:
        raise ValueError(f"limit {text!r}: expected REQUESTS/SECONDS such as 100/60, or off")
    return Limit(int(match[1]), float(match[2]))


class RateLimiter:
    """Counts requests by key.

    A fixed window starts at whole multiples of its length on the server's clock. In a sliding window the
    reset is the moment at which the oldest counted request drops out, so one request is free then, not all.
    A refused request is not counted.
    """

    def __init__(self, clock: Clock, limit: Limit | None, window: Window) -> None:
        self._clock = clock
        self._limit = limit
        self._window = window
        self._fixed: dict[str, tuple[float, int]] = {}
        self._sliding: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def set_limit(self, limit: Limit | None) -> None:
        """Change the limit from the next request on; what was counted so far stays counted."""
        with self._lock:
            self._limit = limit

    def take(self, key: str) -> Verdict:
        now = self._clock.now()
        with self._lock:
            if self._limit is None:
                return Verdict(True, HUGE, HUGE, now + 60, 0.0)
            if self._window == "fixed":
                return self._take_fixed(key, now, self._limit)
            return self._take_sliding(key, now, self._limit)

    def _take_fixed(self, key: str, now: float, limit: Limit) -> Verdict:
        start = math.floor(now / limit.seconds) * limit.seconds
        reset = start + limit.seconds
        seen_start, used = self._fixed.get(key, (start, 0))
        if seen_start != start:
            used = 0
        if used >= limit.requests:
            return Verdict(False, limit.requests, 0, reset, reset - now)
        self._fixed[key] = (start, used + 1)
        return Verdict(True, limit.requests, limit.requests - used - 1, reset, reset - now)

    def _take_sliding(self, key: str, now: float, limit: Limit) -> Verdict:
        times = self._sliding.setdefault(key, deque())
        while times and times[0] <= now - limit.seconds:
            times.popleft()
        allowed = len(times) < limit.requests
        if allowed:
            times.append(now)
        reset = times[0] + limit.seconds
        return Verdict(allowed, limit.requests, max(0, limit.requests - len(times)), reset, reset - now)
