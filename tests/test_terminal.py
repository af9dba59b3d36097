"""What a person sees, on a terminal and without one."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tiketti_migrate.cli.terminal import duration, printable


def on_a_terminal(folder: Path, *arguments: str, **environment: str) -> str:
    """The standard error of a run that believes to be on a terminal."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIKETTI_")}
    kept.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tiketti_migrate", *arguments],
        cwd=folder,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ):
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65_536):
                shown += part
        except OSError:
            # Linux says so when the other end of a terminal is closed.
            pass
    os.close(ours)
    return shown.decode()


def test_bars_and_colours_on_a_terminal(tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, "demo")
    assert "Reading Zendesk" in shown
    assert "40/40" in shown
    assert "Verifying" in shown
    assert "\x1b[32m" in shown


def test_no_color_and_quiet_are_respected(tmp_path: Path) -> None:
    assert "\x1b[3" not in on_a_terminal(tmp_path, "demo", NO_COLOR="1")
    assert on_a_terminal(tmp_path, "--quiet", "demo") == ""


@pytest.mark.parametrize(
    ("hostile", "shown"), [("a\x1b[2Jb", "a [2Jb"), ("x\u202ey", "x y"), ("line\nline", "line\nline")]
)
def test_text_from_outside_cannot_act_on_the_terminal(hostile: str, shown: str) -> None:
    assert printable(hostile) == shown


@pytest.mark.parametrize(("seconds", "words"), [(12, "12 s"), (200, "3 min 20 s"), (7440, "2 h 4 min")])
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
