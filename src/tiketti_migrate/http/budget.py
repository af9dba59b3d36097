"""What rate-limit headers say about one window, and how many requests it still allows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tiketti_migrate.http.clock import parse_http_date

__all__ = ["HeaderNames", "RateHeaders", "Window", "read_rate_headers", "read_retry_after"]

# Resets are whole seconds, rounded this way or that: up to so far apart they mean the same window.
SAME_RESET = 1.0


@dataclass(frozen=True)
class HeaderNames:
    """How the server calls its rate-limit headers; reset is in Unix seconds."""

    limit: str = "X-RateLimit-Limit"
    remaining: str = "X-RateLimit-Remaining"
    reset: str = "X-RateLimit-Reset"
    retry_after: str = "Retry-After"


@dataclass(frozen=True)
class RateHeaders:
    """What one answer said; None where it said nothing readable."""

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


def _number(text: str | None) -> float | None:
    if text is None or len(text) > 32:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def read_rate_headers(headers: Mapping[str, str], names: HeaderNames) -> RateHeaders:
    """The rate headers of an answer; ``headers`` looks names up in any case."""
    limit = _number(headers.get(names.limit))
    remaining = _number(headers.get(names.remaining))
    return RateHeaders(
        limit=int(limit) if limit is not None and limit >= 1 else None,
        remaining=max(0, int(remaining)) if remaining is not None else None,
        reset=_number(headers.get(names.reset)),
    )


def read_retry_after(text: str | None, server_time: float) -> float | None:
    """Seconds to wait by a ``Retry-After`` of seconds or of a date (RFC 9110, section 10.2.3)."""
    seconds = _number(text)
    if seconds is None:
        moment = parse_http_date(text)
        if moment is None:
            return None
        seconds = moment - server_time
    return max(0.0, seconds)


class Window:
    """The newest window that the server told of. Not thread-safe: its limiter's lock guards it.

    ``length`` is the documented length in seconds. A reset more than two lengths from the server's time is
    disbelieved; the window then ends one length after it was first seen.
    """

    def __init__(self, length: float) -> None:
        self._length = length
        self._anchor: float | None = None
        self._own_end: float | None = None
        self.reset: float | None = None
        self.remaining: int | None = None
        self.span = 0.0
        # The first window was joined somewhere in its midst, so that its span may be too short.
        self.whole_span: float | None = None
        # Seconds to wait past the reset; grows to one when the server turns out to round it down.
        self.margin = 0.0

    def learn(self, said: RateHeaders, earliest: float, monotonic: float) -> None:
        """Take in an answer that bore ``remaining``; answers may come in any order."""
        if said.remaining is None:
            return
        reset = said.reset
        if reset is None or abs(reset - earliest) > 2 * self._length:
            self._learn_without_reset(said.remaining, monotonic)
        elif self._anchor is None or self.reset is None or reset > self._anchor + SAME_RESET:
            self._open(said.remaining, reset, earliest)
        elif reset >= self._anchor - SAME_RESET:
            if reset > self.reset and self.reset + self.margin <= earliest:
                self._open(said.remaining, reset, earliest)
            else:
                # The same window: whichever answer was given later shows the smaller number.
                self.remaining = min(self._left(), said.remaining)
                self.reset = max(self.reset, reset)

    def _left(self) -> int:
        return self.remaining if self.remaining is not None else 0

    def _open(self, remaining: int, reset: float, earliest: float) -> None:
        first = self.span == 0.0
        self._own_end = None
        self._anchor = self.reset = reset
        self.remaining = remaining
        self.span = min(max(self.span, reset - earliest), 2 * self._length)
        self.whole_span = None if first else self.span

    def _learn_without_reset(self, remaining: int, monotonic: float) -> None:
        if self._own_end is None or monotonic >= self._own_end:
            self._anchor = self.reset = None
            self._own_end = monotonic + self._length
            self.remaining = remaining
        else:
            self.remaining = min(self._left(), remaining)

    def forget(self) -> None:
        """The server has stopped to tell."""
        self._anchor = self._own_end = self.reset = self.remaining = None

    def count_unseen(self) -> None:
        """A request that told nothing may have been counted."""
        if self.remaining is not None:
            self.remaining = max(0, self.remaining - 1)

    def asked_early(self, said: RateHeaders) -> bool:
        """Note a refusal that came after the reset had passed; True when it is of the same window."""
        if self._anchor is None or said.reset is None or said.reset > self._anchor + SAME_RESET:
            return False
        self.margin = SAME_RESET
        return True

    def until_reset(self, earliest: float, monotonic: float) -> float:
        """Seconds until the window is over, by the earliest time the server's clock may show."""
        if self.reset is not None:
            return max(0.0, self.reset + self.margin - earliest)
        return max(0.0, self._own_end - monotonic) if self._own_end is not None else 0.0
