"""What Tiketti refused is listed with all it holds, mended in a table, and taken back by its id."""

import csv
import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.api import Problem
from tiketti_migrate.cells import guarded, unguarded
from tiketti_migrate.corrections import take_back
from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS, Contact, Message, Record, Ticket
from tiketti_migrate.store import Failed, Workspace
from tiketti_migrate.testing import ListSource
from world import World, account, write_export

LONG = "x" * 300


@pytest.fixture
def data() -> dict[str, list[dict[str, Any]]]:
    data = account(6)
    data["tickets"][2]["subject"] = LONG
    data["tickets"][4]["subject"] = LONG
    return data


@pytest.fixture
def failed(world: World, data: dict[str, list[dict[str, Any]]]) -> Path:
    """failed.csv after an import in which two tickets were refused."""
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(3)
    return world.workspace / "failed.csv"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_it_lists_every_column_the_code_the_words_and_a_hint(failed: Path) -> None:
    rows = read(failed)
    ticket = next(row for row in rows if row["kind"] == "ticket")
    assert ticket["subject"] == LONG
    assert ticket["source_id"] == "1002"
    assert ticket["requester_id"]
    assert ticket["_error_code"] == "VALIDATION_ERROR"
    assert "subject" in ticket["_error"]
    child = next(row for row in rows if row["kind"] == "message")
    assert child["_error_code"] == "PARENT_FAILED"
    assert "retry" in child["_hint"]


def test_corrected_values_are_taken_back(world: World, data: dict[str, Any], failed: Path) -> None:
    rows = [row for row in read(failed) if row["kind"] == "ticket"]
    for row in rows:
        row["subject"] = f"Ticket {row['source_id']}"
    ran = world.run("retry", "--from", write(world.folder / "mended.csv", rows), "--yes").assert_exit(0)
    assert "2 records were corrected" in ran.err
    for place in (2, 4):
        data["tickets"][place]["subject"] = f"Ticket {data['tickets'][place]['id']}"
    world.assert_arrived(data)
    world.run("verify").assert_exit(0)
    # The source still holds what was refused; it must not come back.
    world.run("import", "zendesk", world.folder / "export", "--yes").assert_exit(0)
    world.assert_arrived(data)


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8"), (",", "utf-8-sig")])
def test_as_spreadsheets_save_it(world: World, failed: Path, delimiter: str, encoding: str) -> None:
    rows = [row for row in read(failed) if row["kind"] == "ticket"]
    rows[0]["subject"] = 'Kärsimätön; "asiakas"\nja, muuta'
    world.run("retry", "--from", write(failed, rows[:1], delimiter, encoding), "--yes").assert_exit(3)
    subjects = {ticket["subject"] for ticket in world.box.snapshot("Sandbox Oy")["tickets"]}
    assert any(subject.startswith('Kärsimätön; "asiakas"') for subject in subjects)
    assert world.status()["records"]["ticket"]["failed"] == 1


def test_only_the_columns_that_are_there_are_changed(world: World, failed: Path) -> None:
    mended = world.folder / "mended.csv"
    mended.write_text("source_id,kind,subject\n1002,ticket,Short\n")
    world.run("retry", "--from", mended, "--yes").assert_exit(3)
    ticket = next(t for t in world.box.snapshot("Sandbox Oy")["tickets"] if t["subject"] == "Short")
    assert ticket["priority"] == "high"
    assert {label["name"] for label in ticket["labels"]} == {"tag2", "all"}


def test_what_cannot_be_taken_is_named_by_its_line_and_stays(world: World, failed: Path) -> None:
    mended = world.folder / "mended.csv"
    mended.write_text(
        "kind,source_id,subject,priority,label_ids\n"
        "ticket,1002,Short,sky-high,\n"
        "ticket,1000,Other,low,\n"
        "ticket,77,None,low,\n"
        'ticket,1004,Short,low,"a, b"\n'
    )
    ran = world.run("retry", "--from", mended, "--yes").assert_exit(3)
    assert "mended.csv:2: priority: Input should be 'low', 'normal', 'high' or 'urgent'" in ran.err
    assert "mended.csv:3: ticket 1000 did not fail: it is done" in ran.err
    assert "mended.csv:4: there is no ticket 77" in ran.err
    assert "mended.csv:5: label_ids: not JSON; expected something like" in ran.err
    assert world.status()["records"]["ticket"]["failed"] == 2


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("requester_id", "3.60012E+11", "there is no contact 3.60012E+11 in this workspace"),
        ("assignee_id", "901", "there is no agent 901"),
        ("label_ids", '["tag2", "nowhere"]', "there is no label nowhere"),
        ("created_at", "44927.5", "is no date; write it like 2023-05-01"),
        ("created_at", "2020", "is no date"),
        ("extra", '{"a": "\\ud800"}', "holds characters that cannot be stored"),
        ("extra", "[" * 100_000, "not JSON"),
    ],
)
def test_what_a_spreadsheet_made_of_it_is_not_taken(
    world: World, failed: Path, column: str, cell: str, words: str
) -> None:
    rows = [row for row in read(failed) if row["kind"] == "ticket"]
    rows[0] |= {"subject": "Short", column: cell}
    ran = world.run("retry", "--from", write(failed, rows[:1]), "--yes").assert_exit(3)
    assert words in ran.err
    assert "0 records were corrected" in ran.err
    assert "0 failed records are tried again" in ran.err


def test_a_row_that_stands_twice_counts_once(world: World, failed: Path) -> None:
    rows = [row for row in read(failed) if row["kind"] == "ticket"][:1]
    rows += [dict(rows[0])]
    rows[0]["subject"] = "Mended\nin two lines"
    ran = world.run("retry", "--from", write(failed, rows), "--yes").assert_exit(3)
    assert "failed.csv:4: ticket 1002 stands in the file already" in ran.err
    subjects = {ticket["subject"] for ticket in world.box.snapshot("Sandbox Oy")["tickets"]}
    assert "Mended\nin two lines" in subjects


def test_a_message_that_belongs_to_another_ticket_is_moved_for_good(tmp_path: Path) -> None:
    lost = Message(source_id="m", ticket_id="77", body="lost")
    records = [Contact(source_id="c", name="J"), Ticket(source_id="t", subject="x", requester_id="c"), lost]
    mended = tmp_path / "mended.csv"
    with Workspace(tmp_path / "w") as workspace:
        ledger = workspace.ledger
        extract(ListSource(records), ledger, KINDS, Quiet(), threading.Event())
        mended.write_text("kind,source_id,ticket_id\nmessage,m,78\n")
        assert take_back(ledger, mended).refused == [
            "mended.csv:2: there is no ticket 78 in this workspace (did the spreadsheet change its id?)"
        ]
        mended.write_text("kind,source_id,ticket_id\nmessage,m,t\n")
        assert take_back(ledger, mended).corrected == 1
        ledger.rows.retry()
        extract(ListSource(records), ledger, KINDS, Quiet(), threading.Event())
        assert ledger.problems.counts() == {}
        row = ledger.lanes.first_message("t")
        assert row is not None
        assert row[1].source_id == "m"


def test_a_corrected_date_moves_the_ticket_to_its_place(tmp_path: Path) -> None:
    records: list[Record | Problem] = [Contact(source_id="c", name="J")]
    records += [
        Ticket(
            source_id=str(year),
            subject="x",
            requester_id="c",
            created_at=dt.datetime(year, 1, 1, tzinfo=dt.UTC),
        )
        for year in (2020, 2022)
    ]
    mended = tmp_path / "mended.csv"
    mended.write_text("kind,source_id,created_at\nticket,2022,2010-05-01T00:00:00+02:00\n")
    with Workspace(tmp_path / "w") as workspace:
        ledger = workspace.ledger
        extract(ListSource(records), ledger, KINDS, Quiet(), threading.Event())
        row = ledger.rows.find("ticket", "2022")
        assert row is not None
        ledger.rows.apply([Failed(row.id, "NO", "no", origin="pending")], 0.0)
        assert take_back(ledger, mended).refused == []
        ledger.rows.retry()
        ledger.lanes.arrange("oldest")
        assert [ticket for _, ticket in ledger.lanes.after(0, 9)] == ["2022", "2020"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_text_that_a_spreadsheet_cut_is_not_taken(world: World, newline: str) -> None:
    data = account(1)
    body = f"long{newline}" * 20_000
    data["tickets"][0]["comments"][1]["body"] = body
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(3)
    failed = world.workspace / "failed.csv"
    csv.field_size_limit(10_000_000)
    rows = read(failed)
    assert rows[0]["body"] == body
    rows[0]["body"] = body.replace("\r\n", "\n")[:32_767]
    ran = world.run("retry", "--from", write(world.folder / "cut.csv", rows), "--yes").assert_exit(3)
    assert "a spreadsheet has cut" in ran.err
    rows[0]["body"] = "much shorter"
    world.run("retry", "--from", write(world.folder / "cut.csv", rows), "--yes").assert_exit(0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n", "no failed.csv"),
        (b"", "no failed.csv"),
        ("kind,source_id,subject\nticket,1002,K\xe4".encode("latin-1"), "CSV UTF-8"),
        (b'kind,source_id,subject\nticket,1002,"open', "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused_and_changes_nothing(
    world: World, failed: Path, content: bytes, words: str
) -> None:
    mended = world.folder / "mended.csv"
    mended.write_bytes(content)
    before = world.status()
    ran = world.run("retry", "--from", mended, "--yes").assert_exit(2)
    assert words in ran.err
    assert world.status() == before


def test_a_missing_file_is_named(world: World, failed: Path) -> None:
    ran = world.run("retry", "--from", world.folder / "nowhere.csv", "--yes").assert_exit(2)
    assert "nowhere.csv" in ran.err


def test_by_kind_and_code(world: World, failed: Path) -> None:
    written = world.writes()
    world.run("retry", "--kind", "contact", "--yes").assert_exit(3)
    world.run("retry", "--code", "NO_SUCH_CODE", "--yes").assert_exit(3)
    assert world.writes() == written
    world.run("retry", "--kind", "ticket", "--code", "VALIDATION_ERROR", "--yes").assert_exit(3)
    assert world.writes() - written == {"POST /tickets": 2}


@pytest.mark.parametrize(
    "text", ["=1+1", "+358 40 1", "-x", "@home", "\tx", "'=1", "''@", "plain", "'quoted'", ""]
)
def test_formulas_become_text_and_come_back_as_they_were(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_formula_in_a_subject_is_text_in_the_lists(world: World) -> None:
    data = account(1)
    data["tickets"][0]["subject"] = '=HYPERLINK("https://x.example")' + LONG
    world.run("import", "zendesk", write_export(world.folder / "export", data), "--yes").assert_exit(3)
    failed = world.workspace / "failed.csv"
    rows = read(failed)
    assert rows[0]["subject"].startswith("'=HYPERLINK")
    before = world.status()
    world.run("retry", "--from", failed, "--yes").assert_exit(3)
    assert world.status()["records"] == before["records"]
    assert "0 records were corrected" in world.run("retry", "--from", failed, "--yes").err
