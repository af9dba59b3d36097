"""The folder for temporary files: private, gone with the process however it ends, and possibly full."""

import contextlib
import fcntl
import gzip
import os
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import pytest

from csv_sources import Desk
from tiketti_migrate.errors import SourceError
from tiketti_migrate.scratch import new_scratch
from workbooks import book, zipped
from world import World, wait_until

HEADER = "Ticket ID,Subject,Requester\n"
DAY = 24 * 60 * 60


class Owner:
    """Whoever asks for a folder."""


class Reading(NamedTuple):
    """A command at work, and the other end of what it reads."""

    process: "subprocess.Popen[str]"
    writer: IO[bytes]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def reading(world: World, temporary: Path) -> Iterator[Callable[..., "Reading"]]:
    """Starts a command on a pipe, of which a part is unpacked already; the rest does not come."""
    world.extra["TMPDIR"] = str(temporary)
    pipe = world.folder / "tickets.csv"
    os.mkfifo(pipe)
    with contextlib.ExitStack() as stack:

        def start(*command: str) -> Reading:
            process = stack.enter_context(world.start(*command[:2], pipe, *command[2:]))
            stack.callback(process.kill)
            writer = stack.enter_context(pipe.open("wb", buffering=0))
            writer.write((HEADER + "1,x,jane@example.com\n" * 1000).encode())
            wait_until(lambda: [*temporary.glob("*/spool-*")])
            wait_until(lambda: waiting_in(writer.fileno()) == 0 and state_of(process.pid) == "S")
            return Reading(process, writer)

        yield start


def waiting_in(pipe: int) -> int:
    """How many bytes nobody has read yet."""
    (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return int(count)


def state_of(number: int) -> str:
    """S: asleep, Z: ended; "" when there is no such process."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return ""


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Whoever runs the tests under nohup has processes that hear no SIGHUP."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("command", [("inspect", "csv"), ("init", "csv", "-o", "-")])
def test_a_command_that_is_told_to_end_leaves_nothing(
    reading: Callable[..., Reading],
    temporary: Path,
    command: tuple[str, ...],
    number: signal.Signals,
) -> None:
    process = reading(*command).process
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == (130 if number == signal.SIGINT else 128 + number)
    assert "Traceback" not in err
    assert [*temporary.iterdir()] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_import_finishes_first_and_leaves_nothing(
    reading: Callable[..., Reading], temporary: Path, number: signal.Signals
) -> None:
    process, writer = reading("import", "csv", "--plan")
    process.send_signal(number)
    assert process.stderr
    for line in process.stderr:
        if "Finishing" in line:
            break
    writer.close()
    process.communicate(timeout=60)
    assert process.returncode == 4
    assert [*temporary.iterdir()] == []


def test_what_a_killed_process_left_goes_when_the_next_one_starts(
    reading: Callable[..., Reading], temporary: Path
) -> None:
    process = reading("inspect", "csv").process
    process.kill()
    process.wait()
    (left,) = temporary.iterdir()
    os.utime(left, (0, time.time() - DAY))
    owner = Owner()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        mine = new_scratch(owner)
        os.utime(mine, (0, time.time() - DAY))
        other = new_scratch(other_owner := Owner())
    assert {*temporary.iterdir()} == {mine, other}
    del owner, other_owner
    assert [*temporary.iterdir()] == []


def test_what_is_not_ours_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    target = temporary / "elsewhere"
    target.mkdir()
    (target / "kept").write_text("x")
    link = temporary / "tiketti-migrate-link"
    link.symlink_to(target)
    shared = temporary / "tiketti-migrate-shared"
    shared.mkdir()
    shared.chmod(0o755)
    young = temporary / "tiketti-migrate-new"
    young.mkdir(mode=0o700)
    for path in (target, shared):
        os.utime(path, (0, time.time() - DAY))
    mine = new_scratch(owner := Owner())
    assert mine.stat().st_mode & 0o77 == 0
    del owner
    assert {*temporary.iterdir()} == {target, link, shared, young}
    assert (target / "kept").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its limit of time ends it")
def test_the_process_for_workbooks_does_not_outlive_the_one_that_asked(tmp_path: Path) -> None:
    pipe = tmp_path / "book.xlsx"
    os.mkfifo(pipe)
    child = [sys.executable, "-m", "tiketti_migrate_csv.sheet_process", str(pipe), str(tmp_path / "copy")]
    script = f"import subprocess; p = subprocess.Popen({child}); print(p.pid, flush=True); p.wait()"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        number = int(parent.stdout.readline())
        # It can be opened once the other side waits for what comes.
        with pipe.open("wb"):
            parent.kill()
            wait_until(lambda: state_of(number) in ("", "Z"))


@pytest.fixture
def small(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Room for a quarter of a megabyte."""
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(temporary)]
    with contextlib.suppress(OSError):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            monkeypatch.setattr(tempfile, "tempdir", str(temporary))
            yield temporary
            # The lock in it is held as long as pytest keeps the error that holds the source.
            subprocess.run(["umount", "--lazy", str(temporary)], check=True)
            return
    pytest.skip("mounting a small disk needs root")


def rows() -> list[list[str]]:
    return [["Ticket ID", "Subject", "Requester"]] + [
        [f"T-{number % 5000}", f"{number * 7919} does not print", "jane@example.com"]
        for number in range(10_000)
    ]


def as_csv() -> bytes:
    return "".join(",".join(cells) + "\n" for cells in rows()).encode()


FULL: dict[str, Callable[[], bytes]] = {
    "compressed": lambda: gzip.compress(as_csv()),
    "an archive": lambda: zipped({"tickets.csv": as_csv()}),
    "another encoding": lambda: as_csv().decode().encode("utf-16"),
    "a workbook": lambda: book({"Tickets": rows()}),
    "rows in any order": as_csv,
}


@pytest.mark.parametrize("make", FULL.values(), ids=list(FULL))
def test_a_full_folder_is_named_with_what_to_do(desk: Desk, small: Path, make: Callable[[], bytes]) -> None:
    with pytest.raises(SourceError, match="no room left") as refused:
        desk.read(make())
    assert refused.value.where == str(small)
    assert "TMPDIR=/" in str(refused.value)
    assert "plugin" not in str(refused.value)


def test_inspect_says_the_same_of_its_own_tables(world: World, small: Path) -> None:
    rows = (f"T-{number},does not print,jane@example.com\n" for number in range(10_000))
    path = Desk(world.folder).write(HEADER + "".join(rows))
    world.extra["TMPDIR"] = str(small)
    err = world.run("inspect", "csv", path).assert_exit(4).err
    assert "is full" in err
    assert "TMPDIR=/bigger/disk" in err
    assert [*small.iterdir()] == []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_folder_that_is_not_there_or_read_only(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match=r"no folder for temporary files.*TMPDIR=/bigger/disk"):
        desk.read(gzip.compress(as_csv()))
