"""A real process killed with SIGKILL again and again: nothing twice, nothing missing."""

import random
import time
from pathlib import Path

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import World, account, write_export

KILLS = 20
TICKETS = 60


def test_twenty_kills_leave_nothing_twice_and_nothing_missing(tmp_path: Path) -> None:
    # Some latency, so that most kills fall between a request and its answer.
    with Sandbox(SandboxOptions(limit="off", latency=0.01)) as box:
        world = World(box, tmp_path)
        data = account(TICKETS)
        export = write_export(tmp_path / "export", data)
        chance = random.Random(11)
        for _ in range(KILLS):
            _kill_after(world, export, writes=chance.randrange(1, 12))
        world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
        world.assert_arrived(data)
        states = world.status()["records"]
    assert all(row["pending"] == row["in-flight"] == row["failed"] == 0 for row in states.values())


def _kill_after(world: World, export: Path, writes: int) -> None:
    begun = world.writes().total()
    process = world.start("import", "zendesk", export, "--yes", "--settle", "1", "--workers", "4")
    while world.writes().total() - begun < writes:
        assert process.poll() is None, "the import ended before it could be killed"
        time.sleep(0.002)
    process.kill()
    process.communicate()


def test_kills_while_every_fifth_answer_is_lost(world: World) -> None:
    data = account(12)
    export = write_export(world.folder / "export", data)
    world.box.set_faults("seed=5,drop-before=0.05,drop-after=0.08,error-after=0.05,truncate-after=0.03")
    for delay in (0.6, 0.8, 1.1):
        process = world.start("import", "zendesk", export, "--yes", "--settle", "1")
        time.sleep(delay)
        process.kill()
        process.communicate()
    for _ in range(3):
        if world.run("import", "zendesk", export, "--yes", "--settle", "1").code == 0:
            break
    world.assert_arrived(data)
