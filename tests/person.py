"""A person at a terminal: the program sees one on all its streams, and answers are typed when it asks."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["at_a_terminal"]


def at_a_terminal(
    folder: Path,
    environment: Mapping[str, str],
    *arguments: str | Path,
    answers: Sequence[tuple[str, str]] = (),
    timeout: float = 60,
    program: Sequence[str | Path] = ("-m", "tiketti_migrate"),
) -> tuple[int, str]:
    """Exit code and all that was shown. ``answers``: what to type once the text before it was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        # With a terminal of its own, Ctrl-C typed there is a signal, as for everybody.
        ["setsid", "--ctty", sys.executable, "-W", "error", *map(str, (*program, *arguments))],
        cwd=folder,
        env=dict(environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown, heard, waiting = "", 0, list(answers)
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            part = os.read(ours, 65_536)
        except OSError:
            # Linux says so when the other end of a terminal is closed.
            break
        shown += part.decode(errors="replace")
        while waiting and (place := shown.find(waiting[0][0], heard)) >= 0:
            heard = place + len(waiting[0][0])
            os.write(ours, waiting.pop(0)[1].encode() + b"\n")
    else:
        process.kill()
    code = process.wait(timeout=10)
    os.close(ours)
    assert not waiting, f"never asked {waiting[0][0]!r}:\n{shown}"
    return code, shown
