"""What a person sees, on a terminal and without one."""

import itertools
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from person import at_a_terminal
from tiketti_migrate.cli.words import duration, printable
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import World, account, write_export


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


def test_waits_count_down_beside_the_bar(tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(limit="15/4")) as box:
        world = World(box, tmp_path)
        export = write_export(tmp_path / "export", account(5))
        code, shown = at_a_terminal(tmp_path, world.environment, "import", "zendesk", export, "--yes")
    assert code == 0, shown
    counted = [int(seconds) for seconds in re.findall(r"Waiting for the rate limit \((\d) s\)", shown)]
    assert any(later == sooner - 1 for sooner, later in itertools.pairwise(counted)), counted


def test_a_server_that_is_gone_is_waited_for_with_a_countdown(world: World) -> None:
    data = account(30)
    export = write_export(world.folder / "export", data)
    world.box.set_limit("40/1")
    threading.Timer(2.0, world.box.stop).start()
    threading.Timer(7.0, world.box.start).start()
    code, shown = at_a_terminal(
        world.folder, world.environment, "import", "zendesk", export, "--yes", "--settle", "1"
    )
    assert code == 0, shown
    assert re.search(r"Tiketti does not answer \([1-9] s\)", shown)
    world.assert_arrived(data)
