"""What we sent ourselves: enough to know when a server that counts in sliding windows has room again."""

from collections import deque

from tiketti_migrate.http.budget import SAME_RESET

__all__ = ["MOST_LOGGED", "SentLog"]

# A server without a limit worth the name is never waited for.
MOST_LOGGED = 10_000
FIRST_SLACK, MOST_SLACK = 0.05, 1.0


class SentLog:
    """Not thread-safe: its limiter's lock guards it. Times are monotonic seconds.

    The headers of a sliding window tell of its oldest request alone, and only after it has dropped out: who
    asks and waits for the answer loses a latency a window. But a request that left a whole window ago has
    dropped out, if the way there takes about as long each time. This also holds for fixed windows, of which
    the reset tells more.
    """

    def __init__(self, length: float) -> None:
        self._length = length
        self._times: deque[float] = deque()
        self._slack = FIRST_SLACK
        self._first_reset: float | None = None
        self._slides = False
        self._others = 0

    def learn(self, reset: float | None, used: int | None) -> None:
        """Resets that lie a whole number of windows apart are those of fixed windows. What the server counts
        as ``used`` and we did not send was sent by others with the same key.
        """
        if used is not None:
            self._others = max(0, used - len(self._times))
        if reset is None or self._slack > MOST_SLACK:
            return
        if self._first_reset is None:
            self._first_reset = reset
        apart = (reset - self._first_reset) % self._length
        self._slides = self._slides or SAME_RESET < apart < self._length - SAME_RESET

    def sent(self, limit: int, now: float) -> None:
        """A request leaves."""
        self._forget(now)
        if limit <= MOST_LOGGED:
            self._times.append(now)

    def refused(self) -> None:
        """With 429: the way there varies more than was thought, or somebody else uses the key."""
        self._slack = min(self._slack * 4, 2 * MOST_SLACK)
        self._slides = self._slides and self._slack <= MOST_SLACK

    def free(self, limit: int, now: float) -> int:
        """How many more may leave by our own count; 0 when it says nothing."""
        self._forget(now)
        if not self._slides or limit > MOST_LOGGED:
            return 0
        return max(0, limit - self._others - len(self._times))

    def next_in(self, now: float) -> float | None:
        """Seconds until the next one drops out; None when nothing is known of it."""
        if not self._slides or not self._times:
            return None
        return max(0.0, self._times[0] + self._length + self._slack - now)

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] <= now - self._length - self._slack:
            self._times.popleft()
