"""Tables from the command line to what arrives in Tiketti, over real sockets."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from csv_sources import Desk
from tiketti_migrate_tiketti.sanitising import plain_text
from world import World

OWN = "Sandbox Oy"
DESK = Path(__file__).parent / "data" / "csv" / "desk"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.folder)


def arrived(world: World) -> dict[str, dict[str, Any]]:
    """The tickets by subject; nobody was e-mailed."""
    held = world.box.snapshot(OWN)
    assert held["emails"] == []
    tickets = {ticket["subject"]: ticket for ticket in held["tickets"]}
    assert len(tickets) == len(held["tickets"])
    return tickets


def talk_of(world: World, ticket: dict[str, Any]) -> list[tuple[str, bool]]:
    """Texts of a ticket's messages without the line of provenance, and whether they are internal."""
    messages = world.box.snapshot(OWN)["messages"][ticket["id"]]
    return [(_text(message), message["is_internal"]) for message in messages]


def _text(message: dict[str, Any]) -> str:
    text = plain_text(message["body_html"] or message["body"])
    return text.partition("\n")[2].strip()


def desk_arguments() -> tuple[str | Path, ...]:
    sides = ("contacts", "companies", "messages", "labels")
    flags = [part for name in sides for part in (f"--{name}", DESK / f"{name}.csv")]
    times = ("--time-entries", DESK / "times.csv")
    return ("csv", DESK / "tickets.csv", *flags, *times, "--timezone", "Europe/Helsinki")


def test_joined_tables_arrive_whole_and_once(world: World) -> None:
    planned = json.loads(world.run("import", *desk_arguments(), "--plan", "--json").assert_exit(0).out)
    before = world.box.request_counts.total()
    # One message belongs to a ticket that the tables do not hold.
    world.run("import", *desk_arguments(), "--yes").assert_exit(3)
    assert world.box.request_counts.total() - before == planned["requests"]
    tickets = arrived(world)
    assert sorted(tickets) == ["Cannot log in", "Invoice missing", "Printer jams"]
    printer, login = tickets["Printer jams"], tickets["Cannot log in"]
    assert {label["name"] for label in printer["labels"]} == {"hardware", "VIP"}
    assert (printer["priority"], printer["status"]) == ("high", "open")
    assert (login["priority"], login["status"]) == ("urgent", "resolved")
    assert login["contact"]["email"] == "Matti@customer.example"
    assert [text for text, _ in talk_of(world, printer)] == ["It jams on page 2."]
    assert [internal for _, internal in talk_of(world, login)] == [False, True, False]
    held = world.box.snapshot(OWN)
    assert sorted(entry["duration_minutes"] for entry in held["time_entries"]) == [30, 90, 90, 90]
    assert [label["color"] for label in held["labels"] if label["name"] == "VIP"] == ["#FF0000"]
    assert json.loads(world.run("verify", "--json").assert_exit(0).out)["differences"] == []
    writes = world.writes()
    world.run("import", *desk_arguments(), "--yes").assert_exit(3)
    assert world.writes() == writes


def many(desk: Desk, tickets: int = 60) -> Path:
    rows = [
        f"{n},Ticket {n},Text {n},c{n % 7}@example.com,{('open', 'solved')[n % 2]},2024-01-{1 + n % 28:02d},"
        f"tag{n % 3},{n % 4 * 15}m,Reply {n}"
        for n in range(1, tickets + 1)
    ]
    header = "ID,Subject,Description,Requester,Status,Created,Tags,Time spent,Comment"
    return desk.write("\n".join([header, *rows]), "many.csv")


def test_a_killed_import_goes_on_without_twins(world: World, desk: Desk) -> None:
    path = many(desk)
    assert world.kill_after(40, "import", "csv", path, "--yes", "--workers", "4")
    world.run("import", "csv", path, "--yes", "--settle", "1").assert_exit(0)
    tickets = arrived(world)
    assert len(tickets) == 60
    held = world.box.snapshot(OWN)
    assert all(len(held["messages"][ticket["id"]]) == 2 for ticket in tickets.values())
    assert len(held["time_entries"]) == 45
    assert {ticket["status"] for ticket in tickets.values()} == {"open", "resolved"}
    world.run("verify").assert_exit(0)


def test_a_killed_reading_starts_over(world: World, desk: Desk) -> None:
    path = many(desk, 30_000)
    killed = world.kill_when(
        lambda: (world.workspace / "migration.db").exists(), "import", "csv", path, "--plan"
    )
    assert killed
    planned = json.loads(world.run("import", "csv", path, "--plan", "--json").assert_exit(0).out)
    assert planned["records"]["ticket"] == 30_000


def test_standard_input_is_a_table_like_others(world: World, desk: Desk) -> None:
    path = many(desk, 3)
    for text in (path.read_bytes(), path.read_bytes()):
        ran = subprocess.run(
            [sys.executable, "-m", "tiketti_migrate", "import", "csv", "-", "--yes"],
            input=text,
            env=world.environment,
            cwd=world.folder,
            capture_output=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr.decode()
    assert len(arrived(world)) == 3
    world.run("verify").assert_exit(0)


def test_a_workbook_arrives_as_its_table_would(world: World, desk: Desk) -> None:
    path = many(desk, 4)
    header, *rows = [line.split(",") for line in path.read_text().splitlines()]
    cells = [[float(row[0]), *row[1:]] for row in rows]
    book = desk.book([header, *cells], "many.xlsx")
    world.run("import", "csv", path, "--yes", "--limit", "1").assert_exit(0)
    # The same columns: the book is a copy of the table, and what is done stays done.
    world.run("import", "csv", book, "--yes").assert_exit(0)
    assert sorted(arrived(world)) == ["Ticket 1", "Ticket 2", "Ticket 3", "Ticket 4"]
    world.run("verify").assert_exit(0)


FORMULAS = ("=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "\t=1+1", '=HYPERLINK("http://x.example",1)')
NAMED = (
    "ID", "Subject", "Description", "Status", "Priority", "Requester name", "Requester email",
    "Requester phone", "Company", "Assignee", "Tags", "Created", "Time spent", "Comment", "Product",
)  # fmt: skip


def test_formulas_are_data_and_neutral_in_every_list_that_we_write(world: World, desk: Desk) -> None:
    path = world.folder / "formulas.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(NAMED)
        writer.writerows([cell] * len(NAMED) for cell in FORMULAS)
    messages = desk.write("id,ticket,body\n=1,=2,@SUM(2)\n+3,-4,+5", "messages.csv")
    world.run("import", "csv", path, "--messages", messages, "--yes").assert_exit(3)
    held = world.box.snapshot(OWN)
    assert sorted(t["subject"] for t in held["tickets"]) == sorted(cell.strip() for cell in FORMULAS)
    texts = {_text(messages[0]) for messages in held["messages"].values()}
    assert texts == {cell.strip() for cell in FORMULAS}
    world.run("verify").assert_exit(0)
    for name in ("failed.csv", "id-map.csv"):
        with (world.workspace / name).open(newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []
    assert any(cell.startswith("'") for cell in cells)


def test_columns_without_a_home_are_told_as_losses(world: World, desk: Desk) -> None:
    path = desk.write("ID,Subject,Requester,Floor,Mood\n1,One,j@example.com,3,\n2,Two,j@example.com,4,calm")
    planned = json.loads(world.run("import", "csv", path, "--plan", "--json").assert_exit(0).out)
    assert [(loss["kind"], loss["what"], loss["count"]) for loss in planned["losses"]] == [
        ("ticket", "Floor", 2),
        ("ticket", "Mood", 1),
    ]
    shown = world.run("import", "csv", path, "--plan").assert_exit(0).out
    assert "tickets: Floor (2), Mood (1)" in shown
