"""The ledger cannot be written: full disk, locked file, read-only folder. The run stops and loses nothing."""

import contextlib
import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import World, account, write_export

TICKETS = 14


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[World]:
    """Some latency, so that answers arrive while the ledger cannot take them."""
    with Sandbox(SandboxOptions(limit="off", latency=0.05)) as box:
        yield World(box, tmp_path)


@pytest.fixture
def small_disk(slow: World) -> Iterator[World]:
    """The workspace on a file system of its own with little room."""
    slow.workspace.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", str(slow.workspace)]
    with contextlib.suppress(OSError):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            yield slow
            subprocess.run(["umount", str(slow.workspace)], check=True)
            return
    pytest.skip("mounting a small disk needs root")


def start(world: World, *more: str | Path) -> "subprocess.Popen[str]":
    export = write_export(world.folder / "export", account(TICKETS))
    return world.start("import", "zendesk", export, "--yes", "--settle", "1", "--workers", "4", *more)


def until_written(world: World, writes: int) -> None:
    deadline = time.monotonic() + 30
    while world.writes().total() < writes:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def only_error(process: "subprocess.Popen[str]", code: int) -> str:
    """The run ends with one clear line, and with nothing that looks like a crash."""
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "Traceback" not in err
    (line,) = [line for line in err.splitlines() if line.startswith("Error:")]
    return line


def fill(folder: Path) -> Path:
    """Use up every byte that is left."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return path


def in_flight(world: World) -> int:
    return sum(kind["in-flight"] for kind in world.status()["records"].values())


def resumed(world: World, *, in_doubt: bool) -> None:
    """What was answered while nothing could be written is looked up, not sent again."""
    assert (in_flight(world) > 0) is in_doubt
    world.run("resume", "--yes", "--settle", "1").assert_exit(0)
    world.assert_arrived(account(TICKETS))


def test_a_full_disk_stops_the_run_and_resume_settles_what_was_answered(small_disk: World) -> None:
    process = start(small_disk)
    until_written(small_disk, 20)
    filler = fill(small_disk.workspace)
    line = only_error(process, 4)
    assert "the disk is full" in line
    assert "free space" in line
    assert "resume with: tiketti-migrate" in line
    filler.unlink()
    resumed(small_disk, in_doubt=True)


def test_a_disk_that_is_full_from_the_start_is_named(small_disk: World) -> None:
    filler = fill(small_disk.workspace)
    assert "disk is full" in only_error(start(small_disk), 4)
    assert small_disk.writes().total() == 0
    filler.unlink()
    process = start(small_disk)
    assert process.communicate(timeout=60) is not None
    assert process.returncode == 0
    small_disk.assert_arrived(account(TICKETS))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limiting a running process needs Linux")
def test_a_ledger_that_may_not_grow_stops_the_run(slow: World) -> None:
    process = start(slow)
    until_written(slow, 20)
    size = (slow.workspace / "migration.db-wal").stat().st_size
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, size))
    assert "the disk is full or failing" in only_error(process, 4)
    resumed(slow, in_doubt=True)


@contextlib.contextmanager
def locked(world: World) -> Iterator[None]:
    """Another program holds the ledger."""
    other = sqlite3.connect(world.workspace / "migration.db", isolation_level=None, timeout=20)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_short_lock_is_waited_for(slow: World) -> None:
    process = start(slow)
    until_written(slow, 20)
    with locked(slow):
        before = slow.writes().total()
        time.sleep(1)
        # What is on its way arrives, and nothing follows.
        assert slow.writes().total() - before <= 4
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    slow.assert_arrived(account(TICKETS))


def test_a_long_lock_stops_the_run_and_says_who_to_close(slow: World) -> None:
    process = start(slow)
    until_written(slow, 20)
    with locked(slow):
        line = only_error(process, 4)
    assert "locked by another program" in line
    assert "resume with: tiketti-migrate" in line
    resumed(slow, in_doubt=True)


def test_a_read_only_workspace_is_refused_with_one_line(small_disk: World) -> None:
    start(small_disk, "--limit", "1").communicate(timeout=60)
    before = small_disk.box.request_counts.total()
    mount = ["mount", "-o", "remount,ro", str(small_disk.workspace)]
    subprocess.run(mount, check=True)
    assert "read-only" in only_error(small_disk.start("resume", "--yes"), 2)
    assert small_disk.box.request_counts.total() == before


def test_a_folder_without_write_permission_is_refused(slow: World) -> None:
    start(slow, "--limit", "1").communicate(timeout=60)
    slow.workspace.chmod(0o500)
    try:
        if os.access(slow.workspace, os.W_OK):
            pytest.skip("permissions do not bind root")
        assert "read-only" in only_error(slow.start("resume", "--yes"), 2)
    finally:
        slow.workspace.chmod(0o700)
