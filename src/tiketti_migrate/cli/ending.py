"""Being told to end: as after Ctrl-C all is closed, and what was unpacked is removed, on the way out."""

import signal
import sys
from types import FrameType

__all__ = ["HANGUP", "end_in_order"]

# The terminal was closed; there is no such thing on Windows.
HANGUP: tuple[signal.Signals, ...] = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()


def end_in_order() -> None:
    """From now on SIGTERM and SIGHUP raise SystemExit, unless whoever started us has them ignored (nohup)."""
    for number in (signal.SIGTERM, *HANGUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    # What removes the files must not be cut short by a second one.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
