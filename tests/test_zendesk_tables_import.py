"""The tables of a pipeline as a whole import: a public sample whose references lead nowhere."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from tiketti_migrate.store import Workspace
from world import World

SAMPLE = Path(__file__).parent / "data" / "zendesk" / "fivetran_tables"
OWN = "Sandbox Oy"
# A field of a ticket, its table, and what it is called.
REFERENCES = (
    ("requester_id", "user", "requester"),
    ("assignee_id", "user", "assignee"),
    ("organization_id", "organization", "organization"),
    ("group_id", "group", "group"),
    ("brand_id", "brand", "brand"),
    ("ticket_form_id", "ticket_form_history", "form"),
)


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE / f"{name}_data.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def dangling() -> Iterator[tuple[str, str]]:
    """(ticket, what is to be said of it) for every reference of a ticket that leads nowhere."""
    held = {table: {row["id"] for row in rows(table)} for _field, table, _role in REFERENCES}
    for ticket in rows("ticket"):
        for field, table, role in REFERENCES:
            if ticket["status"] != "deleted" and ticket[field] and ticket[field] not in held[table]:
                yield ticket["id"], f"{role} {ticket[field]} is not among the "


def test_every_reference_that_leads_nowhere_is_reported(world: World) -> None:
    world.run("import", "zendesk", SAMPLE, "--yes").assert_exit(3)
    with Workspace(world.workspace) as workspace:
        said = workspace.ledger.views.warnings(10_000)
        listed = workspace.ledger.problems.listing(10_000)
    expected = list(dangling())
    assert len(expected) > 20
    for ticket, words in expected:
        assert any((kind, source) == ("ticket", ticket) and words in text for kind, source, text in said), (
            words
        )
    world.run("report").assert_exit(0)
    report = (world.workspace / "report.html").read_text()
    assert all(words in report for _ticket, words in expected)
    held = {row["id"] for row in rows("ticket")}
    strays = {row["ticket_id"] for row in rows("ticket_comment")} - held
    assert strays == {
        one.place.removeprefix("ticket ")
        for one in listed
        if one.code == "WITHOUT_OWNER" and "comment" in one.message
    }


def test_what_is_there_arrives(world: World) -> None:
    planned = json.loads(world.run("import", "zendesk", SAMPLE, "--plan", "--json").assert_exit(0).out)
    before = world.box.request_counts.total()
    world.run("import", "zendesk", SAMPLE, "--yes").assert_exit(3)
    assert world.box.request_counts.total() - before == planned["requests"]
    held = world.box.snapshot(OWN)
    tickets = [row for row in rows("ticket") if row["status"] != "deleted"]
    assert len(held["tickets"]) == len(tickets)
    texts = "\n".join(message["body"] for talk in held["messages"].values() for message in talk)
    ids = {row["id"] for row in tickets}
    for comment in rows("ticket_comment"):
        assert comment["ticket_id"] not in ids or f"/{comment['id']}]" in texts
    assert held["emails"] == []
    world.run("verify").assert_exit(0)
    writes = world.writes()
    world.run("import", "zendesk", SAMPLE, "--yes").assert_exit(3)
    assert world.writes() == writes
