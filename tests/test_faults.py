"""The fault matrix: a server that misbehaves in one way at a time, on every kind of write."""

import time
from pathlib import Path

import pytest

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import World, account, write_export

PATHS = {
    "label": "^/labels$",
    "company": "^/companies$",
    "contact": "^/contacts$",
    "ticket": "^/tickets$",
    "message": "/messages$",
    "time_entry": "/time-entries$",
}


@pytest.mark.parametrize(
    "fault", ["drop-before", "drop-after", "error-after", "truncate-after", "html-after"]
)
@pytest.mark.parametrize("kind", PATHS)
def test_a_lost_write_is_settled(world: World, kind: str, fault: str) -> None:
    data = account(4)
    export = write_export(world.folder / "export", data)
    world.box.fail_next("POST", PATHS[kind], fault)
    world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
    world.assert_arrived(data)


@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "error-after"])
def test_a_lost_change_of_status_is_repeated(world: World, fault: str) -> None:
    data = account(4)
    export = write_export(world.folder / "export", data)
    world.box.fail_next("PATCH", "^/tickets/", fault)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.assert_arrived(data)


@pytest.mark.parametrize("kind", ["ticket", "message", "time_entry"])
def test_a_commit_that_comes_late_is_waited_for(world: World, kind: str) -> None:
    data = account(2)
    export = write_export(world.folder / "export", data)
    world.box.set_faults("late-seconds=2")
    world.box.fail_next("POST", PATHS[kind], "late-commit")
    world.run("import", "zendesk", export, "--yes", "--settle", "4").assert_exit(0)
    world.assert_arrived(data)


def test_bodies_that_come_back_altered_are_recognised(world: World) -> None:
    data = account(3)
    export = write_export(world.folder / "export", data)
    world.box.set_faults("seed=1,alter-body=1")
    world.box.fail_next("POST", PATHS["message"], "drop-after", times=2)
    world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
    world.assert_arrived(data)


@pytest.mark.parametrize("skew", [-7200.0, 7200.0])
def test_a_clock_hours_away_changes_nothing(world: World, skew: float) -> None:
    data = account(3)
    export = write_export(world.folder / "export", data)
    world.box.set_skew(skew)
    world.box.fail_next("POST", PATHS["ticket"], "drop-after")
    ran = world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
    assert "clock differs" in ran.err
    world.assert_arrived(data)


def test_equal_texts_in_one_ticket_both_arrive(world: World) -> None:
    data = account(1, comments=4)
    for comment in data["tickets"][0]["comments"]:
        comment |= {"body": "the same", "public": True}
    export = write_export(world.folder / "export", data)
    world.box.fail_next("POST", PATHS["message"], "drop-after")
    world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
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
