"""A server that misbehaves, seen from the command line."""

import time
from pathlib import Path

import pytest

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import REQUESTS, World, account, write_export


def test_the_program_settles_what_was_lost_and_says_that_all_arrived(world: World) -> None:
    """One write of each kind is lost. tests/test_doubt_*.py go through the ways, one by one."""
    data = account(4)
    export = write_export(world.folder / "export", data)
    for number, kind in enumerate(REQUESTS):
        world.box.fail_next(*REQUESTS[kind], "drop-after" if number % 2 else "error-before")
    world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
    world.assert_arrived(data)


def test_a_wait_for_an_answer_has_an_end(world: World) -> None:
    data = account(2)
    export = write_export(world.folder / "export", data)
    world.box.set_faults("hang-seconds=60")
    world.box.fail_next(*REQUESTS["ticket"], "hang-after")
    ran = world.run("import", "zendesk", export, "--yes", "--settle", "1", "--answer-timeout", "0.5")
    ran.assert_exit(0)
    world.assert_arrived(data)


@pytest.mark.parametrize("skew", [-7200.0, 7200.0])
def test_a_clock_hours_away_is_told_and_changes_nothing(world: World, skew: float) -> None:
    data = account(2)
    export = write_export(world.folder / "export", data)
    world.box.set_skew(skew)
    world.box.fail_next(*REQUESTS["ticket"], "drop-after")
    ran = world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
    assert "clock differs" in ran.err
    world.assert_arrived(data)


def test_what_stays_in_doubt_is_told_and_settled_by_the_same_command(world: World) -> None:
    data = account(1)
    export = write_export(world.folder / "export", data)
    world.box.fail_next(*REQUESTS["time_entry"], "drop-before")
    # No list of time entries can be believed: without proof nothing is sent again.
    world.box.fail_next("GET", "^/time-entries$", "inflated-total", times=100)
    command = ("import", "zendesk", export, "--yes", "--settle", "1")
    world.run(*command).assert_exit(3)
    failed = (world.workspace / "failed.csv").read_text()
    assert "IN_DOUBT" in failed
    assert world.status()["records"]["time_entry"]["in-flight"] == 1
    assert world.writes()["POST /tickets/:ticket_id/time-entries"] == 1
    world.box.forget_planned()
    world.run(*command).assert_exit(0)
    world.assert_arrived(data)


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_the_rate_limit_is_kept(tmp_path: Path, window: str) -> None:
    options = SandboxOptions.model_validate({"limit": "20/1", "window": window})
    with Sandbox(options) as box:
        world = World(box, tmp_path)
        data = account(8)
        export = write_export(tmp_path / "export", data)
        world.run("import", "zendesk", export, "--yes").assert_exit(0)
        refused = [r for r in box.snapshot("Sandbox Oy")["requests"] if r["status"] == 429]
        assert window == "sliding" or not refused
        world.assert_arrived(data)


def test_an_access_token_that_dies_is_renewed_once(tmp_path: Path) -> None:
    # Some 145 requests at 30 a second outlive the first token, wherever in a window the run begins.
    with Sandbox(SandboxOptions(limit="30/1", token_lifetime=2)) as box:
        world = World(box, tmp_path)
        data = account(30)
        export = write_export(tmp_path / "export", data)
        begun = time.monotonic()
        world.run("import", "zendesk", export, "--yes").assert_exit(0)
        lasted = time.monotonic() - begun
        world.assert_arrived(data)
        assert box.request_counts["POST /auth/login"] == 1
        # One for all workers each time four fifths of two seconds are over.
        assert 1 <= box.request_counts["POST /auth/refresh"] <= lasted / 1.6 + 1
