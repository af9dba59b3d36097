"""One rate limiter for all workers and all calls (load rule 8 of the design).

What may leave now is the ``Remaining`` of the newest answer minus the requests without an answer. At zero it
waits for the reset, sends one probe alone, and lets go what the probe reports: fixed and sliding windows are
served alike. Without rate headers it keeps to the documented limit by a count of its own.
"""

import math
import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tiketti_migrate.errors import NotSent
from tiketti_migrate.http.budget import HeaderNames, RateHeaders, Window, read_rate_headers, read_retry_after
from tiketti_migrate.http.clock import ServerClock
from tiketti_migrate.http.sent_log import MOST_LOGGED, SentLog

__all__ = ["Grant", "Limiter", "Slot"]

# An answer that is on its way can change everything: ask again soon.
SOON = 0.02
LONGEST_NAP = 5.0
ANNOUNCED_WAIT = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LONGEST_RETRY_AFTER = 3600.0
# A probe that hangs must not hold everybody up: after so long (or four usual latencies) another may leave.
PROBE_PATIENCE = 5.0
MOST_WORKERS = 32
# A server that answers fewer requests a second than this is busy, not far away: more workers only wait there.
CLIENT_RATE = 500
# Answers that come together share one commit of the ledger: a few more on the way cost less, not more.
FEW_WORKERS = 24
# One answer far slower than usual (a hang, a machine that slept) counts as so many times the usual.
ODD_LATENCY = 10
# Proxies answer without rate headers when the server behind them is down; so many in a row mean that the
# server itself has stopped to send them.
BARE_ANSWERS = 3


class Grant(NamedTuple):
    """So many slots are reserved; ask again in ``retry_in`` seconds."""

    granted: int
    retry_in: float


class Limiter:
    """Thread-safe; waits end early with NotSent when ``stopping`` is set.

    ``default_limit`` requests in ``window`` seconds is what is documented. ``reserve`` requests a minute are
    left to others. ``sleep`` returns True when the run is to stop; ``notify`` is told of waits over 2 s.
    """

    def __init__(
        self,
        clock: ServerClock,
        *,
        stopping: threading.Event | None = None,
        reserve: int = 0,
        default_limit: int = 100,
        window: float = 60.0,
        names: HeaderNames | None = None,
        notify: Callable[[str, float], None] = lambda _text, _seconds: None,
        monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], bool] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._stopping = stopping or threading.Event()
        self._sleep = sleep or self._stopping.wait
        self._reserve = reserve
        self._limit = default_limit
        self._length = window
        self._names = names or HeaderNames()
        self._notify = notify
        self._monotonic = monotonic or clock.steady
        self._jitter = jitter
        self._lock = threading.Lock()
        self._window = Window(window)
        self._log = SentLog(window)
        self._recent: deque[float] = deque(maxlen=MOST_LOGGED)
        self._sent = self._withdrawn = self._in_flight = self._reserved = self._waiting = 0
        self._bare = 0
        # Every request numbered from here on is, if it is answered, the probe that was asked for.
        self._probe_from: int | None = 0
        self._probe_since: float | None = None
        self._probe_number: int | None = None
        self._paused_until = -math.inf
        self._paused_from = 0
        self._pause = 0.0
        self._announced = -math.inf
        self._latency: float | None = None

    # -- asking -----------------------------------------------------------------------------------------

    def admit(self, wanted: int) -> Grant:
        """Reserve up to ``wanted`` slots, never waiting. Each is used, or given back, through a `Slot`."""
        with self._lock:
            free, wait = self._free()
            granted = max(0, min(wanted, free - self._waiting))
            if granted:
                self._take_probe()
                self._reserved += granted
            elif free:
                wait = SOON
        if not granted and wanted:
            self._announce(wait)
        return Grant(granted, 0.0 if granted >= wanted else max(wait, SOON))

    def acquire(self) -> int:
        """Wait for a slot and use it: the number to give to `answered` or `failed`. Raises NotSent."""
        with self._lock:
            self._waiting += 1
        try:
            while True:
                with self._lock:
                    free, wait = self._free()
                    if free:
                        self._take_probe()
                        return self._start()
                self._announce(wait)
                if self._sleep(min(max(wait, SOON), LONGEST_NAP)):
                    raise NotSent("stopped before the request was sent")
        finally:
            with self._lock:
                self._waiting -= 1

    def use_reserved(self) -> int:
        """Use a slot that `admit` reserved. Raises NotSent while the server has told us to pause."""
        with self._lock:
            if self._reserved:
                self._reserved -= 1
                pause = self._paused_until - self._monotonic()
                if pause > 0:
                    self._drop_unsent_probe()
                    raise NotSent("the server asked for a pause", wait=pause)
                return self._start()
        return self.acquire()

    def release(self) -> None:
        """Give a reserved slot back unused."""
        with self._lock:
            self._reserved = max(0, self._reserved - 1)
            self._drop_unsent_probe()

    def withdraw(self, number: int) -> None:
        """The request does not leave after all."""
        with self._lock:
            self._withdrawn += 1
            self._finish(number, self._monotonic(), counted=False)

    def _start(self) -> int:
        number = self._sent
        self._sent += 1
        self._log.sent(self._limit, self._monotonic())
        self._in_flight += 1
        if self._probe_since is not None and self._probe_number is None:
            self._probe_number = number
        return number

    def _free(self) -> tuple[int, float]:
        """How many requests may leave now; if none, in how many seconds to ask again."""
        now = self._monotonic()
        if now < self._paused_until:
            return 0, self._paused_until - now
        earliest = self._clock.earliest()
        budget = self._budget(now, earliest)
        if self._probe_from is None:
            budget = max(budget, self._log.free(self._limit - self._kept_back(), now) - self._reserved)
            if budget > 0:
                return budget, 0.0
        if self._probe_from is not None or self._is_over(now, earliest):
            if self._probe_since is not None and now - self._probe_since < self._patience():
                return 0, SOON
            return 1, 0.0
        wait = self._until_more(now, earliest)
        unanswered = self._in_flight + self._reserved
        return 0, min(SOON, wait) if unanswered and self._left(earliest) > 0 else wait

    def _take_probe(self) -> None:
        """Note that the slot just granted is a probe, if one was due."""
        now, earliest = self._monotonic(), self._clock.earliest()
        if self._probe_from is not None or self._budget(now, earliest) <= 0:
            self._probe_since, self._probe_number = now, None

    def _drop_unsent_probe(self) -> None:
        if self._probe_number is None:
            self._probe_since = None

    def _patience(self) -> float:
        return max(PROBE_PATIENCE, 4 * (self._latency or 0.0))

    def _budget(self, now: float, earliest: float) -> int:
        unanswered = self._in_flight + self._reserved
        if self._window.remaining is not None:
            return self._left(earliest) - unanswered
        self._forget_old(now)
        return self._limit - self._kept_back() - len(self._recent) - unanswered

    def _left(self, earliest: float) -> int:
        """What the server allows and we may use, requests without an answer not yet taken off."""
        if self._window.remaining is None:
            return self._limit - self._kept_back() - len(self._recent)
        left = self._window.remaining - self._kept_back()
        # What a window that is over had left says nothing of the next one.
        return left if left > 0 or self._window.until_reset(earliest, self._monotonic()) > 0 else 0

    def _kept_back(self) -> int:
        span = min(self._window.span or self._length, 60.0)
        return min(math.ceil(self._reserve * span / 60.0), self._limit - 1)

    def _is_over(self, now: float, earliest: float) -> bool:
        if self._window.remaining is None:
            return False
        return self._window.until_reset(earliest, now) <= 0

    def _until_more(self, now: float, earliest: float) -> float:
        if self._window.remaining is not None:
            dropped_out = self._log.next_in(now)
            reset = self._window.until_reset(earliest, now)
            return reset if dropped_out is None else min(reset, dropped_out)
        if self._recent:
            return max(SOON, self._recent[0] + self._length - now)
        return SOON

    # -- learning ---------------------------------------------------------------------------------------

    def answered(self, number: int, status: int, headers: Mapping[str, str], seconds: float) -> float:
        """Take in an answer. Returns the seconds to wait before sending it again (0 unless 429)."""
        said = read_rate_headers(headers, self._names)
        with self._lock:
            now, earliest = self._monotonic(), self._clock.earliest()
            sent_after_reset = self._window.reset is not None and self._is_over(
                now - seconds, earliest - seconds
            )
            self._finish(number, now)
            if said.limit is not None:
                self._limit = said.limit
            used = self._limit - said.remaining if said.remaining is not None else None
            self._log.learn(said.reset, used)
            if status == 429:
                self._log.refused()
                if sent_after_reset:
                    self._window.asked_early(said)
                self._window.learn(said, earliest, now)
                return self._refused(number, said.remaining, headers)
            self._learn_window(said, earliest, now)
            self._learn_latency(seconds)
            if self._probe_from is not None and number >= self._probe_from:
                self._probe_from = None
            if number >= self._paused_from:
                self._pause = 0.0
            return 0.0

    def _learn_window(self, said: RateHeaders, earliest: float, now: float) -> None:
        if said.remaining is not None:
            self._bare = 0
            self._window.learn(said, earliest, now)
            return
        self._bare += 1
        self._window.count_unseen()
        if self._bare >= BARE_ANSWERS and self._is_over(now, earliest):
            self._window.forget()

    def _learn_latency(self, seconds: float) -> None:
        if self._latency is None:
            self._latency = seconds
        else:
            self._latency = 0.9 * self._latency + 0.1 * min(seconds, ODD_LATENCY * self._latency)

    def failed(self, number: int, *, counted: bool) -> None:
        """Take in that there was no answer; ``counted``: the server may have counted the request."""
        with self._lock:
            self._finish(number, self._monotonic(), counted=counted)
            if counted:
                self._window.count_unseen()

    def _finish(self, number: int, now: float, *, counted: bool = True) -> None:
        self._in_flight -= 1
        if counted:
            # Kept even while the server counts for us: it may stop to tell.
            self._recent.append(now)
            self._forget_old(now)
        if number == self._probe_number:
            self._probe_since = self._probe_number = None

    def _forget_old(self, now: float) -> None:
        while self._recent and self._recent[0] <= now - self._length:
            self._recent.popleft()

    def _refused(self, number: int, remaining: int | None, headers: Mapping[str, str]) -> float:
        now = self._monotonic()
        wait = read_retry_after(headers.get(self._names.retry_after), self._clock.earliest())
        if wait is None and remaining == 0:
            wait = self._window.until_reset(self._clock.earliest(), now)
        if not wait:
            # Requests that left before the pause began were refused for the same reason.
            if number < self._paused_from:
                return max(0.0, self._paused_until - now)
            self._pause = min(self._pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
            wait = self._pause * (1 + 0.25 * self._jitter())
        self._paused_until = max(self._paused_until, now + min(wait, LONGEST_RETRY_AFTER))
        self._paused_from = self._probe_from = self._sent
        return max(0.0, self._paused_until - now)

    def _announce(self, wait: float) -> None:
        until = self._monotonic() + wait
        with self._lock:
            if wait <= ANNOUNCED_WAIT or until <= self._announced + ANNOUNCED_WAIT:
                return
            self._announced = until
        self._notify("Waiting for the rate limit", wait)

    # -- telling ----------------------------------------------------------------------------------------

    @property
    def sent(self) -> int:
        """Requests sent so far."""
        return self._sent - self._withdrawn

    @property
    def per_minute(self) -> float:
        """Requests a minute that the server allows us, by the documented length of its window."""
        with self._lock:
            return max(1, self._limit - self._reserve) * 60.0 / self._length

    @property
    def workers_wanted(self) -> int:
        """Requests side by side that use a window's limit in half its length, by the latency seen."""
        with self._lock:
            if self._latency is None:
                return 1
            span = self._window.whole_span or self._length
            wanted = math.ceil(self._limit * self._latency / (span / 2))
            useful = max(FEW_WORKERS, math.ceil(self._latency * CLIENT_RATE))
            return max(1, min(wanted, useful, MOST_WORKERS))


class Slot:
    """One reserved slot, used by the first request that asks; later ones wait for their turn.

    As a context manager it gives the slot back when no request was made.
    """

    def __init__(self, limiter: Limiter, *, reserved: bool = True) -> None:
        self._limiter = limiter
        self._held = reserved

    def start(self) -> int:
        """The number of the request that may leave now. Raises NotSent."""
        if self._held:
            self._held = False
            return self._limiter.use_reserved()
        return self._limiter.acquire()

    def withdraw(self, number: int) -> None:
        """Give the turn back: the request does not leave."""
        self._limiter.withdraw(number)

    def release(self) -> None:
        if self._held:
            self._held = False
            self._limiter.release()

    def __enter__(self) -> "Slot":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
