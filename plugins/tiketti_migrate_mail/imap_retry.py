"""When an IMAP server fails: whether that passes, how long to wait, when to give up.

Servers say that they are overloaded in their own words; those of Gmail and of Exchange Online are among them.
"""

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tiketti_migrate.api import Notice
from tiketti_migrate.errors import Interrupted, SourceUnreachable

__all__ = ["Failure", "FailureKind", "Pace", "Patience", "failure_of", "is_passing", "suggested_wait", "told"]

FailureKind = Literal["lost", "throttled", "refused", "oversized"]

# RFC 5530, 3: UNAVAILABLE, INUSE, LIMIT. Gmail: THROTTLED, OVERQUOTA, "Too many simultaneous connections";
# Microsoft 365: "Request is throttled. Suggested Backoff Time", "Server Unavailable. 15"; Yahoo: "Rate limit
# hit".
_THROTTLED = re.compile(
    r"\[throttled\]|\[overquota\]|is throttled|throttled|back-?off|bandwidth limit|rate limit"
    r"|too many (?:simultaneous|concurrent|commands|requests|login)|maximum number of connections|\[limit\]"
    r"|server busy|slow down",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"\[inuse\]|unavailable|not connected|try (?:again|later)|temporar|timed? ?out"
    r"|connection closed|shutting down|system error|internal error|\[serverbug\]",
    re.IGNORECASE,
)
_SUGGESTED = re.compile(
    r"suggested back-?off time: {0,9}([0-9]{1,15}) {0,9}(milliseconds|seconds)?", re.IGNORECASE
)
_LONGEST_REASON = 200
_STOPPED = "stopped while the mailbox was read; what is here stays"
_GO_ON = "run the same command again: it goes on from here"


class Failure(Exception):
    """What ended an attempt to read.

    ``lost``: the connection is gone, or what comes over it makes no sense. ``throttled``: asked too much; no
    mail is to blame. ``refused``: the server answers NO or BAD. ``oversized``: more comes than was asked for.
    ``seconds``: how long the server wants to be left alone, where it says so.
    """

    def __init__(self, kind: FailureKind, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.seconds = seconds


def told(words: object) -> str:
    """What a server or a library says, fit to be shown: one short line of printable characters."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    line = "".join(one if one.isprintable() else " " for one in text[: _LONGEST_REASON * 4])
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}..."


def suggested_wait(words: str) -> float | None:
    """Seconds that Exchange asks for: "Request is throttled. Suggested Backoff Time: 93412 Milliseconds"."""
    found = _SUGGESTED.search(words)
    if found is None:
        return None
    return int(found[1]) / (1 if (found[2] or "").lower() == "seconds" else 1000)


def is_passing(words: str) -> bool:
    """Whether the same may succeed later, by what the server says."""
    return bool(_THROTTLED.search(words) or _PASSING.search(words))


def failure_of(words: object, otherwise: FailureKind) -> Failure:
    """The failure behind what a server says with NO, BAD or BYE."""
    text = told(words)
    kind: FailureKind = "throttled" if _THROTTLED.search(text) else otherwise
    return Failure(kind, text or "no reason given", suggested_wait(text))


@dataclass(frozen=True)
class Pace:
    """Seconds: the wait after a first failure, which doubles with each further one, and the longest.

    Given up after ``tries`` in a row without one mail, or ``patience`` seconds beside the waits that the
    server itself asked for. It is not waited for a server that wants more than ``longest_asked``.
    """

    first: float = 1.0
    longest: float = 300.0
    tries: int = 10
    patience: float = 900.0
    longest_asked: float = 3600.0


class Patience:
    """Waits after failures, until mails come again."""

    def __init__(
        self,
        pace: Pace,
        stopping: threading.Event,
        notify: Callable[[Notice], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace = pace
        self._stopping = stopping
        self._notify = notify
        self._clock = clock
        self.came = 0
        self._failures = 0
        self._asked = 0.0
        self._since = 0.0

    def progressed(self) -> None:
        """A mail came, or a part of one: whatever failed before is forgotten."""
        self._failures = 0
        self.came += 1

    def check(self) -> None:
        """Raises Interrupted once the run is to stop."""
        if self._stopping.is_set():
            raise Interrupted(_STOPPED, hint=_GO_ON)

    def wait(self, failure: Failure, where: str) -> None:
        """Raises SourceUnreachable when it was tried long enough, Interrupted when the run is to stop."""
        self.check()
        if not self._failures:
            self._since, self._asked = self._clock(), 0.0
        self._failures += 1
        seconds = self._seconds(failure)
        waited = self._clock() - self._since - self._asked
        if self._failures >= self._pace.tries or waited + seconds > self._pace.patience + (
            failure.seconds or 0
        ):
            raise SourceUnreachable(f"no mail comes any more: {failure.reason}", where=where, hint=_GO_ON)
        if failure.seconds:
            self._asked += seconds
        self._notify(Notice(f"{where}: {failure.reason}; trying again", seconds))
        if self._stopping.wait(seconds):
            self.check()

    def _seconds(self, failure: Failure) -> float:
        if not failure.seconds:
            doubled = self._pace.first * 2.0 ** (self._failures - 1)
            return min(doubled, self._pace.longest) * random.uniform(0.75, 1.25)
        if failure.seconds > self._pace.longest_asked:
            hours = failure.seconds / 3600
            raise SourceUnreachable(
                f"the server wants to be left alone for {hours:.1f} hours: {failure.reason}",
                hint="run the same command again after that: it goes on from here",
            )
        return failure.seconds
