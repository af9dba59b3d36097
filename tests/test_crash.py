"""A real process killed with SIGKILL again and again: nothing twice, nothing missing."""

import random
import time

from world import World, account, write_export

KILLS = 20
TICKETS = 60


def test_twenty_kills_leave_nothing_twice_and_nothing_missing(world: World) -> None:
    data = account(TICKETS)
    export = write_export(world.folder / "export", data)
    # Some latency, so that most kills fall between a request and its answer.
    world.box.set_faults("seed=3")
    chance = random.Random(11)
    kills = 0
    while kills < KILLS:
        process = world.start("import", "zendesk", export, "--yes", "--settle", "1", "--workers", "4")
        begun = world.writes().total()
        budget = chance.randrange(1, 25)
        while process.poll() is None and world.writes().total() - begun < budget:
            time.sleep(0.002)
        if process.poll() is not None:
            process.communicate()
            break
        process.kill()
        process.communicate()
        kills += 1
    world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
    assert kills >= KILLS // 2
    world.assert_arrived(data)
    states = world.status()["records"]
    assert all(row["pending"] == row["in-flight"] == row["failed"] == 0 for row in states.values())


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
