"""``inspect csv``, ``init csv`` and ``run``: what is shown of tables, and a mapping file that is edited."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from csv_sources import Desk
from tiketti_migrate.store import Ledger
from workbooks import book
from world import Ran, World

DESK = Path(__file__).parent / "data" / "csv" / "desk"
TABLE = """
    Ticket ID;Thema;Text;Status;Prio;Kunde;Erstellt;Tags;Produkt;Etage
    17;Drucker klemmt;Klemmt.;Offen;Hoch;Jane Doe <jane@example.com>;31.01.2024 08:30;Hardware, VIP;Laser 9;3
    18;Anmeldung;Geht nicht.;Eingefroren;P9;bob@example.com;01.02.2024 09:00;vip;Portal;
    19;Rechnung;;Gelöst;Niedrig;JANE@example.com;30.02.2024;;Portal;4
"""


@pytest.fixture
def desk(world: World) -> Desk:
    desk = Desk(world.folder)
    desk.write(TABLE)
    return desk


def inspected(world: World, *arguments: str | Path) -> Any:
    return json.loads(world.run("inspect", "csv", *arguments, "--json").assert_exit(0).out)


def test_the_page_shows_form_preview_and_what_is_unknown(world: World, desk: Desk) -> None:
    page = world.run("inspect", "csv", "tickets.csv").assert_exit(0).out
    for words in (
        "tickets.csv: 3 rows, UTF-8, semicolon, LF",
        "column Erstellt: dates are read as",
        "column of tickets",
        "Etage",
        "The first tickets as they will be",
        "Drucker klemmt",
        "Jane Doe <jane@example.com>",
        "status: 'Eingefroren' (1)",
        "priority: 'P9' (1)",
    ):
        assert words in page, f"{words}\n{page}"
    assert not world.workspace.exists()
    assert not world.box.request_counts


def test_json_holds_the_same_for_programs(world: World, desk: Desk) -> None:
    found = inspected(world, "tickets.csv")
    assert found["records"]["ticket"] == 3
    assert found["unmapped"] == {"status": {"Eingefroren": 1}, "priority": {"P9": 1}}
    fields = {column["column"]: column["field"] for column in found["columns"]["ticket"]}
    assert fields == {
        "Ticket ID": "id",
        "Thema": "subject",
        "Text": "description",
        "Status": "status",
        "Prio": "priority",
        "Kunde": "requester",
        "Erstellt": "created_at",
        "Tags": "labels",
        "Produkt": "extra",
        "Etage": "extra",
    }
    assert all(
        "%" in column["comment"] for column in found["columns"]["ticket"] if column["field"] != "extra"
    )
    first = found["preview"][0]
    assert (first["source_id"], first["subject"], first["text"]) == ("17", "Drucker klemmt", "Klemmt.")
    assert (first["created_at"], first["labels"]) == ("2024-01-31T08:30:00+00:00", ["hardware", "vip"])
    assert any("'30.02.2024' is no date" in warning for warning in found["warnings"])


def test_duplicates_problems_and_what_will_fail_are_told(world: World) -> None:
    sides = [part for name in ("contacts", "messages") for part in (f"--{name}", DESK / f"{name}.csv")]
    found = inspected(world, DESK / "tickets.csv", *sides, "--time-entries", DESK / "times.csv")
    assert found["problems"] == {"DESCRIPTION_AGAIN": 1, "NO_DURATION": 1, "NO_TEXT": 1, "REPEATED_ROW": 1}
    assert [(one["kind"], one["code"], one["count"]) for one in found["failing"]] == [
        ("message", "MISSING_TICKET", 1)
    ]
    assert "contact C-2 stands in the table already" in str(found["warnings"])


def test_people_of_one_address_are_told_as_one(world: World, desk: Desk) -> None:
    contacts = desk.write("id,name,email\n5,Jane,j@example.com\n6,Jane D.,J@example.com", "contacts.csv")
    desk.write("ID,Subject,Requester ID\n1,One,5\n2,Two,6")
    found = inspected(world, "tickets.csv", "--contacts", contacts)
    assert found["duplicates"]["count"] == 1
    assert found["duplicates"]["examples"][0]["source_ids"] == ["5", "6"]


def test_dates_that_only_the_user_can_tell_end_it_with_what_to_say(world: World, desk: Desk) -> None:
    desk.write("ID,Subject,Requester,Opened\n1,One,j@example.com,03/04/2024\n2,Two,j@example.com,05/06/2024")
    ran = world.run("inspect", "csv", "tickets.csv").assert_exit(2)
    assert "tickets.csv" in ran.err
    assert "column 'Opened'" in ran.err
    assert "--date-order" in ran.err
    inspected(world, "tickets.csv", "--date-order", "dmy")


def test_ids_that_look_like_numbers_are_shown_as_they_are(world: World, desk: Desk) -> None:
    rows = ["1.23457E+11,One,j@example.com", "007,Two,j@example.com", "1e5,Three,j@example.com"]
    desk.write("\n".join(["ID,Subject,Requester", *rows]))
    out = world.run("inspect", "csv", "tickets.csv").assert_exit(0).out
    assert [line.split()[0] for line in out.splitlines() if "j@example.com" in line] == [
        "1.23457E+11",
        "007",
        "1e5",
    ]


def ledger_rows(ledger: Ledger) -> list[tuple[str, str, str]]:
    rows = ledger._database.all("SELECT kind, source_id, record FROM row ORDER BY kind, source_id")
    return [tuple(row) for row in rows]


def stage(world: World, name: str, *arguments: str | Path) -> list[tuple[str, str, str]]:
    """The records of an import into a workspace of its own, of which only the plan is made."""
    world.extra["TIKETTI_MIGRATE_WORKSPACE"] = str(world.folder / name)
    world.run(*arguments, "--plan").assert_exit(0)
    ledger = Ledger(world.folder / name / "migration.db")
    rows = ledger_rows(ledger)
    ledger.close()
    return rows


SIDES = (
    *("--contacts", DESK / "contacts.csv", "--companies", DESK / "companies.csv"),
    *("--messages", DESK / "messages.csv", "--labels", DESK / "labels.csv"),
    *("--time-entries", DESK / "times.csv", "--timezone", "Europe/Helsinki"),
)


@pytest.mark.parametrize("sides", [(), SIDES], ids=["one table", "joined tables"])
def test_what_init_writes_comes_to_the_very_same_records(
    world: World, desk: Desk, sides: tuple[str | Path, ...]
) -> None:
    path = DESK / "tickets.csv" if sides else Path("tickets.csv")
    world.run("init", "csv", path, *sides, "-o", "m.toml").assert_exit(0)
    plain = stage(world, "plain", "import", "csv", path, *sides)
    assert plain
    assert stage(world, "mapped", "run", "m.toml") == plain


def test_so_it_does_for_sheets_of_one_workbook(world: World) -> None:
    people = [["id", "name", "email"], [5, "Jane Doe", "jane@example.com"]]
    tickets = [["ID", "Subject", "Requester ID"], [17, "Printer", 5]]
    (world.folder / "maps").mkdir()
    Desk(world.folder).write(book({"Tickets": tickets, "Our people": people}), "book.xlsx")
    arguments = ("book.xlsx::Tickets", "--contacts", "book.xlsx::Our people")
    world.run("init", "csv", *arguments, "-o", "maps/m.toml").assert_exit(0)
    plain = stage(world, "plain", "import", "csv", *arguments)
    assert plain
    assert stage(world, "mapped", "run", "maps/m.toml") == plain


@pytest.mark.parametrize("preset", sorted(path.stem for path in (DESK.parent / "presets").glob("*.csv")))
def test_so_it_does_for_the_exports_of_other_helpdesks(world: World, preset: str) -> None:
    path = DESK.parent / "presets" / f"{preset}.csv"
    more = ("--default-requester", "desk@example.com", "--date-order", "dmy")
    world.run("init", "csv", path, *more, "-o", "m.toml").assert_exit(0)
    assert stage(world, "mapped", "run", "m.toml") == stage(world, "plain", "import", "csv", path, *more)


def edited(world: World, *changes: tuple[str, str]) -> Path:
    """The file that init wrote, after somebody edited it."""
    world.run("init", "csv", "tickets.csv", "-o", "m.toml", "--force").assert_exit(0)
    path = world.folder / "m.toml"
    text = path.read_text()
    for old, new in changes:
        assert old in text, f"{old}\n{text}"
        text = text.replace(old, new, 1)
    path.write_text(text)
    tomllib.loads(text)
    return path


MORE = """
[ticket.fields]
subject = "{Produkt}: {Thema}"

[[ticket.where]]
column = "Produkt"
is_not = "Fax"

[[ticket.replace.id]]
pattern = '^'
with = 'OLD-'
"""


def ran_records(world: World, ran: Ran) -> dict[str, dict[str, Any]]:
    ran.assert_exit(0)
    return {ticket["subject"]: ticket for ticket in world.box.snapshot("Sandbox Oy")["tickets"]}


def test_an_edited_file_is_what_arrives(world: World, desk: Desk) -> None:
    desk.write(TABLE + "    20;Fax;Geht nicht.;Offen;Hoch;eve@example.com;05.02.2024 09:00;;Fax;\n")
    edited(
        world,
        ('# Eingefroren = "open"', 'Eingefroren = "pending"'),
        ('# P9 = "normal"', 'P9 = "low"'),
        ('Thema = "subject"', 'Thema = "ignore"'),
        ('Etage = "extra"', 'Etage = "note"'),
    )
    with (world.folder / "m.toml").open("a") as file:
        file.write(MORE)
    tickets = ran_records(world, world.run("run", "m.toml", "--yes", "--workspace", world.workspace))
    assert sorted(tickets) == ["Laser 9: Drucker klemmt", "Portal: Anmeldung", "Portal: Rechnung"]
    login = tickets["Portal: Anmeldung"]
    assert (login["status"], login["priority"]) == ("pending", "low")
    notes = world.box.snapshot("Sandbox Oy")["messages"][tickets["Portal: Rechnung"]["id"]]
    assert [message["is_internal"] for message in notes][-1] is True
    assert ("ticket", "OLD-17") in world.created()
    world.run("verify").assert_exit(0)


def test_a_date_format_of_one_column_wins(world: World, desk: Desk) -> None:
    desk.write("ID,Subject,Requester,Opened\n1,One,j@example.com,03/04/2024\n2,Two,j@example.com,05/06/2024")
    path = world.folder / "m.toml"
    path.write_text('[ticket.formats]\nOpened = "%m/%d/%Y"\n')
    preview = inspected(world, "tickets.csv", "--map", path)["preview"]
    assert preview[0]["created_at"].startswith("2024-03-04")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('Thema = "subject"', 'Tema = "subject"'), "Thema"),
        (('Thema = "subject"', 'Thema = "subjekt"'), "subject"),
        (('Status = "status"', 'Status = "state"'), "stat"),
    ],
)
def test_a_mistake_names_its_line_and_what_may_be_meant(
    world: World, desk: Desk, change: tuple[str, str], told: str
) -> None:
    path = edited(world, change)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if change[1] in text)
    ran = world.run("run", "m.toml", "--yes").assert_exit(2)
    assert f"m.toml:{line}: " in ran.err
    assert told in ran.err
    assert not world.box.request_counts


def test_the_name_of_a_file_is_harmless_on_the_terminal(world: World, desk: Desk) -> None:
    path = desk.write("ID,Subject,Requester\n1,One,j@example.com", "n\x1b]0;owned\x07\x1b[31m.csv")
    ran = world.run("inspect", "csv", path).assert_exit(0)
    assert "Reading n" in ran.err
    assert not {"\x1b", "\x07"} & set(ran.out + ran.err)
