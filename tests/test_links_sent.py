"""Links between tickets over real sockets: what is written, kept through kills, compared, and planned."""

import json
import random
import sqlite3
import threading
from pathlib import Path

import pytest

from linked import Links, address, records_of
from person import at_a_terminal
from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import ListSource
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from tiketti_migrate_tiketti.sanitising import plain_text
from world import World, account, write_export

# Each links to those before and after it, to itself, and to one that nobody has.
RING = {
    str(number): Links(
        [[str((number + step) % 8)] for step in (1, 7, 0)] + [["nobody", str((number + 2) % 8)]],
        solved=number % 3 == 0,
        first_is_internal=number % 2 == 0,
    )
    for number in range(8)
}


PAIR = {"1": Links([["2"]]), "2": Links([["1"]])}


def stage(world: World, tickets: dict[str, Links]) -> None:
    """What an import reads; ``resume`` goes on from there without the source."""
    with Workspace(world.workspace) as workspace:
        extract(ListSource(records_of(tickets, ("c",))), workspace.ledger, KINDS, Quiet(), threading.Event())


def texts(world: World) -> dict[str, list[str]]:
    """What stands in each ticket, by its subject."""
    held = world.box.snapshot("Sandbox Oy")
    return {
        ticket["subject"].removeprefix("Ticket "): [
            " ".join(plain_text(message["body_html"]).split()) for message in held["messages"][ticket["id"]]
        ]
        for ticket in held["tickets"]
    }


def codes(world: World) -> dict[str, str]:
    held = world.box.snapshot("Sandbox Oy")
    return {ticket["subject"].removeprefix("Ticket "): ticket["code"] for ticket in held["tickets"]}


def assert_told(world: World, tickets: dict[str, Links]) -> None:
    """Every link to a ticket that is there leads to its number, in its text or in the one closing note."""
    known, written = codes(world), texts(world)
    assert written.keys() == known.keys() == tickets.keys()
    for ticket, links in tickets.items():
        notes = [text for text in written[ticket] if text.startswith(f"[List {ticket}/links]")]
        said = [text for text in written[ticket] if f"[List {ticket}/{ticket}m" in text]
        assert len(said) == len(links.messages)
        assert len(notes) <= 1
        untold = {}
        for text, linked in zip(said, links.messages, strict=True):
            for one in linked:
                if one in known and one != ticket and f"{known[one]} (was {address(one)})" not in text:
                    assert address(one) in text
                    untold[one] = f"List {one} is now {known[one]}"
        assert sorted(notes[0].partition("ticket: ")[2].rstrip(".").split("; ") if notes else []) == sorted(
            untold.values()
        )
    assert world.box.snapshot("Sandbox Oy")["emails"] == []


@pytest.mark.parametrize("options", [(), ("--order", "newest"), ("--workers", "1")])
def test_every_link_is_told_once_as_planned(world: World, options: tuple[str, ...]) -> None:
    stage(world, RING)
    made = world.box.request_counts.total()
    world.run("resume", "--yes", *options).assert_exit(0)
    assert_told(world, RING)
    assert world.status()["records"]["link_note"]["pending"] == 0
    assert world.status()["requests"] == world.box.request_counts.total() - made
    statuses = {t["subject"]: t["status"] for t in world.box.snapshot("Sandbox Oy")["tickets"]}
    assert statuses == {
        f"Ticket {one}": "resolved" if links.solved else "open" for one, links in RING.items()
    }
    world.run("verify").assert_exit(0)
    written = world.writes()
    world.run("resume", "--yes").assert_exit(0)
    assert world.writes() == written


def test_a_note_is_internal_and_the_plan_names_its_price(world: World) -> None:
    stage(world, PAIR)
    answers = [("Import into", "y")]
    code, shown = at_a_terminal(world.folder, world.environment, "resume", answers=answers)
    assert code == 0, shown
    assert "1 ticket gets a closing note about links to later tickets: 1 request; --links off" in shown
    held = world.box.snapshot("Sandbox Oy")
    (note,) = [m for rows in held["messages"].values() for m in rows if "/links]" in m["body"]]
    assert note["is_internal"]
    assert_told(world, PAIR)


def test_twenty_kills_leave_each_note_once(tmp_path: Path) -> None:
    # Some latency, so that most kills fall between a request and its answer.
    with Sandbox(SandboxOptions(limit="off", latency=0.02)) as box:
        world = World(box, tmp_path)
        stage(world, RING)
        chance = random.Random(3)
        for _ in range(20):
            world.kill_after(chance.randrange(1, 6), "resume", "--yes", "--settle", "1", "--workers", "4")
        world.run("resume", "--yes", "--settle", "1").assert_exit(0)
        assert_told(world, RING)
        world.run("verify").assert_exit(0)


@pytest.mark.parametrize("fault", ["hang-before", "hang-after", "drop-before", "drop-after", "error-after"])
def test_a_note_whose_answer_is_lost_is_there_once(world: World, fault: str) -> None:
    stage(world, PAIR)
    world.box.set_faults("hang-seconds=60")
    # The note is the only message that no ticket takes along.
    world.box.fail_next("POST", "/messages$", fault)
    world.kill_when(lambda: world.met(fault), "resume", "--yes")
    world.run("resume", "--yes", "--settle", "1").assert_exit(0)
    assert_told(world, PAIR)
    assert world.created()["link_note", "1"]
    world.run("verify").assert_exit(0)


def test_what_somebody_changed_in_a_note_or_a_link_is_a_difference(world: World) -> None:
    stage(world, PAIR)
    world.run("resume", "--yes").assert_exit(0)
    with sqlite3.connect(world.workspace / "migration.db") as ledger:
        # As if another number had been written.
        ledger.execute("UPDATE row SET target_code = 'OTHER-1' WHERE kind = 'ticket'")
    ran = world.run("verify", "--json").assert_exit(5)
    found = {(one["kind"], one["source_id"], one["what"]) for one in json.loads(ran.out)["differences"]}
    assert found == {("message", "2m0", "its text differs"), ("link_note", "1", "its text differs")}


def test_the_links_of_a_zendesk_account(world: World) -> None:
    data = account(4, comments=2)
    for row, other in zip(data["tickets"], (1003, 1000, 1001, 1002), strict=True):
        address = f"https://acme.zendesk.com/agent/tickets/{other}"
        row["comments"][0]["body"] = f"See {address}, and {address}0."
        row["comments"][1]["html_body"] = (
            f'<p><a href="{address}">#{other}</a> or <a href="{address}">it</a></p>'
        )
    export = write_export(world.folder / "export", data)
    planned = json.loads(world.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    made = world.box.request_counts.total()
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert world.box.request_counts.total() - made == planned["requests"]
    known, written = codes(world), texts(world)
    told = 0
    for row, other in zip(data["tickets"], (1003, 1000, 1001, 1002), strict=True):
        first, second, *note = written[str(row["id"])]
        new, address = known[str(other)], f"https://acme.zendesk.com/agent/tickets/{other}"
        if note:
            assert note == [
                f"[Zendesk {row['id']}/links] Links in this ticket: Zendesk {other} is now {new}."
            ]
            told += 1
        else:
            assert first.endswith(f"See {new} (was {address}), and {address}0.")
            assert second.endswith(f"{new} (was #{other}) or it ({new})")
    assert told == planned["writes"]["link_note"] > 0
    world.run("verify").assert_exit(0)
