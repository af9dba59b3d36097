"""id-map.csv: where everything went, for redirects and late replies."""

import csv
import tracemalloc
from pathlib import Path

import pytest

from tiketti_migrate.exports import write_id_map
from tiketti_migrate.records import Message, Record, Ticket
from tiketti_migrate.store import Workspace
from world import World, account, wait_until, write_export

AGENT = "https://acme.zendesk.com/agent"


def rows_of(world: World) -> dict[tuple[str, str], dict[str, str]]:
    with (world.workspace / "id-map.csv").open(newline="") as file:
        return {(row["kind"], row["source_id"]): row for row in csv.DictReader(file)}


def test_every_old_address_leads_to_its_new_number(world: World) -> None:
    data = account(4)
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    found = rows_of(world)
    tickets = {row["id"]: row for row in world.box.snapshot("Sandbox Oy")["tickets"]}
    for ticket in data["tickets"]:
        row = found["ticket", str(ticket["id"])]
        assert row["source_url"] == f"{AGENT}/tickets/{ticket['id']}"
        assert row["target_code"] == tickets[row["target_id"]]["code"]
        assert tickets[row["target_id"]]["subject"] == ticket["subject"]
        for comment in ticket["comments"]:
            assert found["message", str(comment["id"])]["ticket_source_id"] == str(ticket["id"])
    for user in data["users"][1:]:
        assert found["contact", str(user["id"])]["source_url"] == f"{AGENT}/users/{user['id']}"
    assert found["company", "50"]["source_url"] == f"{AGENT}/organizations/50"


def test_another_import_adds_to_it(world: World) -> None:
    data = account(4)
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes", "--limit", "1").assert_exit(0)
    first = rows_of(world)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    second = rows_of(world)
    assert first.items() <= second.items()
    assert sum(kind == "ticket" for kind, _ in second) == 4


def test_a_run_that_stops_leaves_it_up_to_date(world: World) -> None:
    export = write_export(world.folder / "export", account(40))
    process = world.start("import", "zendesk", export, "--yes", "--workers", "1")
    wait_until(lambda: world.box.request_counts["POST /tickets"] >= 3, 60)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 4
    written = {row["id"] for row in world.box.snapshot("Sandbox Oy")["tickets"]}
    assert 0 < len(written) < 40
    assert {row["target_id"] for (kind, _), row in rows_of(world).items() if kind == "ticket"} == written


@pytest.mark.parametrize("tickets", [30_000])
def test_it_is_written_in_flat_memory(tmp_path: Path, tickets: int) -> None:
    with Workspace(tmp_path / "work") as workspace:
        ledger = workspace.ledger
        for start in range(0, tickets, 5000):
            batch: list[Record] = []
            for number in range(start, start + 5000):
                ticket = str(number)
                url = f"{AGENT}/tickets/{number}"
                batch.append(Ticket(source_id=ticket, subject="x" * 500, requester_id="1", url=url))
                batch.append(Message(source_id=f"m{number}", ticket_id=ticket, body="y"))
            ledger.staging.add(batch)
        with ledger.transaction() as connection:
            connection.execute("UPDATE row SET state = 'done', target_id = kind || source_id")  # type: ignore[attr-defined]
        tracemalloc.start()
        try:
            path = write_id_map(ledger, workspace.folder)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    with path.open() as file:
        assert sum(1 for _ in file) == 2 * tickets + 1
    assert peak < 4_000_000
