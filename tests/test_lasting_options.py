"""Options that decide what is written: what goes on without the source leaves out the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.cli.words import options_line
from tiketti_migrate_tiketti.sanitising import plain_text
from world import World, account, write_export

CHOSEN = ("--missing-email", "skip", "--labels", "top:1", "--contacts", "used", "--order", "newest")
PLAIN = ("--provenance", "token", "--attachments", "link")


@pytest.fixture
def data() -> dict[str, list[dict[str, Any]]]:
    made = account(8)
    made["users"].append({"id": 800, "name": "No Mail", "email": None, "role": "end-user"})
    made["users"].append({"id": 801, "name": "Nobody's", "email": "idle@example.com", "role": "end-user"})
    made["tickets"][0]["requester_id"] = 800
    return made


@pytest.fixture
def export(data: dict[str, list[dict[str, Any]]], world: World) -> Path:
    return write_export(world.folder / "export", data)


def held(world: World) -> dict[str, list[str]]:
    """What arrived: tickets in their order, contacts, labels, and the first lines of texts."""
    found = world.box.snapshot("Sandbox Oy")
    tickets = sorted(found["tickets"], key=lambda ticket: int(ticket["code"].rpartition("-")[2]))
    texts = (message["body"] for rows in found["messages"].values() for message in rows)
    return {
        "tickets": [ticket["subject"] for ticket in tickets],
        "contacts": sorted(contact["email"] for contact in found["contacts"]),
        "labels": sorted(label["name"] for label in found["labels"]),
        "lines": sorted(plain_text(text).strip().partition("\n")[0] for text in texts),
    }


def assert_newest_first(tickets: list[str]) -> None:
    """Of each of the two customers, but for the ticket that was on its way when the program was killed.

    Others go on while it, or a customer, is settled.
    """
    for theirs in ([one for one in tickets if int(one[-1]) % 2 == half] for half in (0, 1)):
        without_one = [theirs[:place] + theirs[place + 1 :] for place in range(len(theirs))]
        assert any(rest == sorted(rest, reverse=True) for rest in without_one), tickets


@pytest.mark.parametrize("writes", [1, 12])
def test_a_killed_import_is_resumed_as_it_was_begun(world: World, export: Path, writes: int) -> None:
    assert world.kill_after(writes, "import", "zendesk", export, "--yes", *CHOSEN, *PLAIN, "--workers", "1")
    begun = held(world)["tickets"]
    world.run("resume", "--yes", "--workers", "1").assert_exit(0)
    arrived = held(world)
    assert set(begun) <= set(arrived["tickets"])
    assert sorted(arrived["tickets"]) == [f"Ticket {number}" for number in range(1001, 1008)]
    assert_newest_first(arrived["tickets"])
    assert arrived["labels"] == ["all"]
    assert "idle@example.com" not in arrived["contacts"]
    assert not any("wrote on" in line for line in arrived["lines"])
    shown = world.run("status").assert_exit(0).out
    assert "Options: --order newest, --contacts used, --labels top:1, --missing-email skip" in shown
    assert world.status()["options"]["--provenance"] == "token"
    world.run("verify").assert_exit(0)


def test_what_is_said_now_wins_and_is_in_force_from_then_on(world: World, export: Path) -> None:
    world.run("import", "zendesk", export, "--yes", *CHOSEN, "--limit", "1").assert_exit(0)
    world.run("resume", "--yes", "--labels", "all", "--limit", "2").assert_exit(0)
    assert "--labels" not in world.status()["options"]
    assert world.status()["options"]["--contacts"] == "used"
    world.run("retry", "--yes").assert_exit(0)
    arrived = held(world)
    assert len(arrived["labels"]) == 5
    assert "Ticket 1000" not in arrived["tickets"]


def test_another_import_says_its_own_and_a_plan_binds_nobody(world: World, export: Path) -> None:
    world.run("import", "zendesk", export, "--yes", *CHOSEN, "--limit", "1").assert_exit(0)
    in_force = world.status()["options"]
    planned = world.run("import", "zendesk", export, "--plan", "--json", "--labels", "off").assert_exit(0)
    assert json.loads(planned.out)["options"] == {"--labels": "off"}
    assert world.status()["options"] == in_force
    shown = world.run("import", "zendesk", export, "--plan", "--labels", "off").assert_exit(0).out
    assert "Options: --labels off\n" in shown
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert world.status()["options"] == {}
    arrived = held(world)
    assert len(arrived["tickets"]) == 8
    assert "idle@example.com" in arrived["contacts"]


def test_options_of_a_mapping_file_last_too(world: World, export: Path) -> None:
    mapping = world.folder / "map.toml"
    mapping.write_text('[import]\nlabels = "off"\nmissing_email = "skip"\n')
    world.run("import", "zendesk", export, "--yes", "--map", mapping, "--limit", "1").assert_exit(0)
    world.run("resume", "--yes").assert_exit(0)
    arrived = held(world)
    assert arrived["labels"] == []
    assert "Ticket 1000" not in arrived["tickets"]


def test_flags_without_a_value_are_shown_bare() -> None:
    assert (
        options_line({"--adopt-existing": "", "--labels": "off"}) == "Options: --adopt-existing, --labels off"
    )
    assert options_line({}) == ""
