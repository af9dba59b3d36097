"""How long a wait still takes, told second by second beside the bar."""

import threading
import time
from collections.abc import Callable

from tiketti_migrate.cli.words import duration

__all__ = ["Countdown"]

_LONGEST_TEXT = 45


class Countdown:
    """Calls ``show`` with the words for every second of a wait, and with none at its end. Thread-safe."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._lock = threading.Lock()
        self._text = ""
        self._end = 0.0
        self._ticking: threading.Thread | None = None
        self._stopped = threading.Event()

    def begin(self, text: str, seconds: float) -> None:
        """A wait begins; it takes the place of the one that is shown."""
        with self._lock:
            # What stands in parentheses is for the log.
            self._text = text.partition(" (")[0][:_LONGEST_TEXT]
            self._end = time.monotonic() + seconds
            if self._ticking is None:
                self._stopped.clear()
                self._ticking = threading.Thread(target=self._tick, name="countdown", daemon=True)
                self._ticking.start()

    def _tick(self) -> None:
        while not self._stopped.is_set():
            with self._lock:
                left = self._end - time.monotonic()
                if left <= 0:
                    self._ticking = None
                    break
                words = f"{self._text} ({duration(max(1.0, left))})"
            self._show(words)
            self._stopped.wait(min(1.0, left))
        self._show("")

    def stop(self) -> None:
        """Nothing is shown any more when this returns."""
        with self._lock:
            ticking, self._ticking = self._ticking, None
        if ticking is not None:
            self._stopped.set()
            ticking.join()
