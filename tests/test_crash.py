"""A real process killed with SIGKILL again and again: nothing twice, nothing missing."""

import random
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
            command = ("import", "zendesk", export, "--yes", "--settle", "1", "--workers", "4")
            assert world.kill_after(chance.randrange(1, 12), *command), "ended before it could be killed"
        world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
        world.assert_arrived(data)
        states = world.status()["records"]
    assert all(row["pending"] == row["in-flight"] == row["failed"] == 0 for row in states.values())


EVERY_FIFTH = (
    "seed=5,drop-before=0.02,drop-after=0.03,error-before=0.02,error-after=0.03,truncate-before=0.01,"
    "truncate-after=0.02,html-before=0.01,html-after=0.02,hang-before=0.005,hang-after=0.005,late-commit=0.015,"
    "slow-commit=0.015,late-visibility=0.05,cut-list=0.05,shuffle-list=0.2,alter-body=0.2,"
    "hang-seconds=1.5,late-seconds=1"
)


def test_kills_while_every_fifth_answer_is_faulty_in_one_way_or_another(tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(limit="off", latency=0.01)) as box:
        world = World(box, tmp_path)
        data = account(16)
        export = write_export(tmp_path / "export", data)
        box.set_faults(EVERY_FIFTH)
        chance = random.Random(7)
        command = ("import", "zendesk", export, "--yes", "--settle", "2", "--answer-timeout", "1")
        for _ in range(8):
            world.kill_after(chance.randrange(1, 25), *command)
        for _ in range(4):
            if world.run(*command).code == 0:
                break
        faulty = [r for r in box.snapshot()["requests"] if r["fault"]]
        assert len({request["fault"] for request in faulty}) >= 8
        box.set_faults("")
        world.run(*command).assert_exit(0)
        world.assert_arrived(data)
