"""A server that is gone: wait longer and longer, say so, and give up after the user's patience."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tiketti_migrate.api import Notice
from tiketti_migrate.errors import (
    AccessDenied,
    Interrupted,
    NotSent,
    Refused,
    Stopped,
    TargetUnreachable,
    UsageError,
)
from tiketti_migrate.progress import Progress

__all__ = ["Outage", "must_answer"]

_LONGEST_PAUSE_SECONDS = 60.0


@contextmanager
def must_answer() -> Iterator[None]:
    """Reads without which nothing can begin: no answer stops the run at once."""
    try:
        yield
    except NotSent as error:
        if error.unreachable:
            hint = "check the base URL and the network"
            raise TargetUnreachable(f"Tiketti does not answer: {error.message}", hint=hint) from error
        raise Interrupted("stopped as asked") from error
    except Refused as refused:
        if refused.status in (401, 403):
            raise AccessDenied(f"Tiketti refuses: {refused.message}") from refused
        hint = refused.hint or "check the base URL"
        raise UsageError(f"Tiketti refuses: {refused.message}", where=refused.code, hint=hint) from refused


class Outage:
    """Pauses all writes while the server does not answer. ``patience``: seconds in all."""

    def __init__(
        self, patience: float, progress: Progress, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = patience
        self._progress = progress
        self._monotonic = monotonic
        self._since: float | None = None
        self._pause = 1.0
        self._until = 0.0

    @property
    def doubtful(self) -> bool:
        """True from the first failure to the next answer: one request is enough to find out."""
        return self._since is not None

    def lasts(self) -> bool:
        """True while nothing should be sent."""
        return self._since is not None and self._monotonic() < self._until

    def failed(self, words: str) -> Stopped | None:
        """The server could not be reached again; the reason to stop when patience is over."""
        now = self._monotonic()
        if self.lasts():
            # Requests that left together fail together: that is one outage, not several.
            return None
        if self._since is None:
            self._since = now
        left = self._since + self._patience - now
        if left <= 0:
            return TargetUnreachable(f"Tiketti does not answer: {words}", hint="try again later")
        pause = min(self._pause, left)
        self._until = now + pause
        self._progress.notice(Notice(f"Tiketti does not answer ({words}); trying again", pause))
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
        return None

    def over(self) -> None:
        """It answered."""
        if self._since is not None:
            self._progress.notice(Notice("Tiketti answers again"))
        self._since, self._pause = None, 1.0
