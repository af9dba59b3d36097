"""The server's clock, as told by the ``Date`` headers of its answers (RFC 9110, section 6.6.1).

``Date`` has whole seconds, so one answer only says that the server's time lay in ``[date, date + 1)`` at some
moment between sending and receiving. Each further answer narrows the difference to our monotonic clock.
"""

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

__all__ = ["ServerClock", "parse_http_date", "steady"]

# Crystals drift by up to some 50 millionths; a bound that old answers gave is loosened by as much.
DRIFT = 50e-6


def steady() -> float:
    """Seconds of a clock that nobody sets and that goes on while the machine is suspended.

    Python's monotonic clock stands still then on Linux and macOS: the server would seem to be in the past.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    elif sys.platform == "darwin":  # noqa: RET505 - the type checker reads only this form as a choice
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    else:
        return time.monotonic()


@lru_cache(maxsize=8)
def parse_http_date(text: str | None) -> float | None:
    """Unix seconds of an HTTP date, None when it is absent or unreadable."""
    if not text or len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


class ServerClock:
    """Thread-safe. Times are Unix seconds of the server's clock.

    Until the first ``Date`` it is our own wall clock. A jump of the server's clock shows as an answer outside
    the bounds; then only that answer counts.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = steady,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._lock = threading.Lock()
        self._low: float | None = None
        self._high = 0.0
        self._seen = 0.0

    def steady(self) -> float:
        """Our own clock that the server's is compared with: only differences mean something."""
        return self._monotonic()

    def observe(self, date: str | None, sent: float, received: float) -> None:
        """Learn from the ``Date`` of an answer; ``sent`` and ``received`` are readings of `steady`."""
        moment = parse_http_date(date)
        if moment is None:
            return
        low, high = moment - received, moment + 1 - sent
        with self._lock:
            if self._low is not None:
                slack = DRIFT * max(0.0, received - self._seen)
                narrowed = max(low, self._low - slack), min(high, self._high + slack)
                if narrowed[0] <= narrowed[1]:
                    low, high = narrowed
                elif high < self._low and sent < self._seen:
                    # Given before the clock jumped ahead, and overtaken by the answer that told of the jump.
                    return
            self._low, self._high, self._seen = low, high, received

    @property
    def synchronised(self) -> bool:
        """Whether the server has told its time."""
        return self._low is not None

    def earliest(self) -> float:
        """The server's time is at least this: what waits end by, so that no question comes early."""
        with self._lock:
            if self._low is None:
                return self._wall()
            at = self._monotonic()
            return self._low - DRIFT * max(0.0, at - self._seen) + at

    def time(self) -> float:
        """The best guess at the server's time."""
        with self._lock:
            if self._low is None:
                return self._wall()
            return (self._low + self._high) / 2 + self._monotonic()

    def now(self) -> datetime:
        """The best guess at the server's time, UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    @property
    def skew(self) -> float:
        """Seconds by which the server's clock is ahead of ours (negative: behind)."""
        return self.time() - self._wall()
