"""What the columns of real-looking tables are recognised as."""

import tomllib
from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_csv.fields import EXTRA, FIELDS, TABLE_KINDS, TableKind
from tiketti_migrate_csv.headers import base, duration_unit, key, says_nothing, time_zone
from tiketti_migrate_csv.recognise import ColumnMatch, recognise
from tiketti_migrate_csv.vocabulary import GUESS, SYNONYM, vocabulary

DATA = Path(__file__).parents[1] / "data" / "csv"


def fields(kind: TableKind, *header: str, sample: list[list[str]] | None = None) -> list[str]:
    return [match.field for match in recognise(kind, header, sample or [], None)]


def only(kind: TableKind, header: str, *cells: str) -> ColumnMatch:
    (match,) = recognise(kind, [header], [[cell] for cell in cells], None)
    return match


@pytest.mark.parametrize(
    "header",
    ["Ticket ID", "ticket_id", "TicketId", "TICKET-ID", "Nr.", "Ticket #", "#", "Nº", "N°", "№",
     "Tikettinumero", "Vorgangsnummer", "\ufeffID", '"Ticket ID"', "ticket\u00a0id", " Ticket  ID * ",
     "Ticket ID (required)", "\uff49\uff44"],
)  # fmt: skip
def test_what_decorates_a_header_does_not_count(header: str) -> None:
    assert only("ticket", header).field == "id"


TABLES = tomllib.loads((DATA / "columns.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_headers_of_real_exports(table: dict[str, Any]) -> None:
    kind, expected = table["kind"], table["columns"]
    matches = recognise(kind, list(expected), [], None)
    assert {match.column: match.field for match in matches} == expected
    assert [match.index for match in matches] == list(range(len(expected)))
    assert all((match.confidence == 0) == (match.field == EXTRA) for match in matches)
    assert all(match.reason for match in matches)


@pytest.mark.parametrize(
    "header",
    ["Updated by", "Last modified by", "Created by", "Assigned group", "Assignment group", "Assigned team",
     "Status color", "Status category", "Status code", "Priority order", "Closed", "Closed at", "Resolved",
     "Resolution time", "Resolution date", "Due date", "First response time", "Contract", "Contract name",
     "Contract ID", "Contract email", "Stage", "Object", "Votes", "Watchers", "Type", "Group", "Category",
     "Channel", "Reply count", "Number of comments", "Requester VIP", "Requester location", "Product",
     "Priority [list]", "Custom field (Status)", "Custom field (Summary)", "Receiver", "Modifier", "Assigner",
     "Gender", "Votings", "Rating", "Dated", "Orders", "Geändert von", "Zugewiesene Gruppe", "Modifié par",
     "Fecha de cierre", "Duration", "Time", "Dauer", "Kesto", "Members",
     "Data de encerramento", "Uppdaterad av", "Käsittelijäryhmä", "Titles sold"],
)  # fmt: skip
def test_a_tempting_header_is_kept_as_extra(header: str) -> None:
    match = only("ticket", header)
    assert (match.field, match.confidence) == (EXTRA, 0)


@pytest.mark.parametrize(
    ("header", "field"),
    [("Subjcet", "subject"), ("Descripton", "description"), ("Priorty", "priority"), ("Asignee", "assignee"),
     ("Requster email", "requester_email"), ("Beschreibug", "description"), ("Prioriteeti", "priority"),
     ("Statuss", "status"), ("Priorit\ufffdt", "priority"), ("Creatd at", "created_at")],
)  # fmt: skip
def test_a_slip_of_the_keys_is_seen_through(header: str, field: str) -> None:
    match = only("ticket", header)
    assert (match.field, match.confidence) == (field, 0.7)
    assert "spelt nearly like" in match.reason


def test_the_better_of_two_columns_wins_and_the_other_says_why() -> None:
    matches = recognise("ticket", ["Title", "Subject", "Summary"], [], None)
    assert [match.field for match in matches] == [EXTRA, "subject", EXTRA]
    assert matches[0].reason == "column “Subject” is the better subject"


def test_a_better_column_of_the_same_header_is_named_by_its_number() -> None:
    rows = [["", f"Printer {number} is broken again"] for number in range(5)]
    matches = recognise("ticket", ["Subject", "Subject"], rows, None)
    assert [match.field for match in matches] == ["extra", "subject"]
    assert matches[0].reason == "column “Subject (2)” is the better subject"


def test_an_empty_column_does_not_take_the_place_of_a_filled_one() -> None:
    sample = [["", "Printer on fire"], ["", "No paper"]]
    assert fields("ticket", "Subject", "Title", sample=sample) == [EXTRA, "subject"]


def test_the_customer_is_the_company_where_somebody_else_is_the_person() -> None:
    assert fields("ticket", "Customer", "Contact person") == ["company", "requester"]
    assert fields("ticket", "Customer", "Name") == ["company", "requester_name"]
    assert fields("ticket", "Customer", "Email") == ["requester", "requester_email"]
    assert fields("ticket", "Customer", "Company") == ["requester", "company"]


def test_a_name_is_the_person_in_a_ticket_unless_there_is_another_and_no_subject() -> None:
    assert fields("ticket", "Name") == ["requester_name"]
    assert fields("ticket", "Name", "Requester") == ["subject", "requester"]
    assert fields("ticket", "Name", "Requester", "Subject") == [EXTRA, "requester", "subject"]


def test_a_name_beside_a_first_name_is_the_last_name_unless_it_is_whole() -> None:
    assert fields("contact", "Name", "Vorname") == ["last_name", "first_name"]
    assert fields("contact", "Nombre", "Apellidos") == ["first_name", "last_name"]
    assert fields("contact", "Name", "First name", "Last name") == ["name", "first_name", "last_name"]
    whole = [["Jane Doe", "Jane"], ["Joe Bloggs", "Joe"]]
    assert fields("contact", "Name", "First name", sample=whole) == ["name", "first_name"]


def test_people_and_companies_that_are_numbers_are_ids() -> None:
    sample = [["4", "12", "900"], ["7", "12", "901"]]
    assert fields("ticket", "Requester", "Company", "Assignee", sample=sample) == [
        "requester_id", "company_id", "assignee_id"]  # fmt: skip
    assert fields("message", "Author", sample=sample) == ["author_id"]
    assert fields("ticket", "Requester", sample=[["Jane Doe"], ["7"]]) == ["requester"]


def test_a_duration_is_work_only_with_a_unit() -> None:
    assert fields("ticket", "Duration") == [EXTRA]
    assert fields("ticket", "Duration (min)", "Temps [h]") == ["time_spent", EXTRA]
    assert fields("time_entry", "Duration") == ["duration"]


def test_an_author_is_that_of_the_comment_where_there_is_one() -> None:
    assert fields("ticket", "Comment", "Author") == ["comment", "comment_author"]
    assert fields("ticket", "Title", "Author") == ["subject", "requester"]
    assert fields("ticket", "Requester", "Author") == ["requester", EXTRA]


def test_a_repeated_comment_is_one_field_in_many_columns() -> None:
    assert fields("ticket", "ID", "Comment", "Comment", "Comment.2") == [
        "id",
        "comment",
        "comment",
        "comment",
    ]
    assert fields("ticket", "Status", "Status") == ["status", EXTRA]


@pytest.mark.parametrize(
    ("header", "cells", "why"),
    [("Received", ["by phone"] * 5, "no cell is a date"),
     ("Email", ["yes", "no"] * 3, "no cell is an e-mail address"),
     ("Replies", ["3", "0", "12", "1", "2"], "its cells are numbers"),
     ("Response", ["2023-05-01 12:30"] * 5, "its cells are dates"),
     ("Hours", ["many", "few"] * 3, "no cell is a duration"),
     ("Resolution", ["Fixed", "Won't fix"] * 6, "its cells are a few words that come back"),
     # The field's own name is no reason to believe what is plainly something else.
     ("Comments", ["3"], "the header means comment, but its cells are numbers"),
     ("Notes", ["0", "1 024"], "the header means note, but its cells are numbers"),
     ("Comment", ["2023-05-01 12:30"] * 5, "the header means comment, but its cells are dates"),
     ("Description", ["1", "2", "3", "4", "5"], "the header means description, but its cells are numbers"),
     ("requester_email", ["Jane", "Joe", "-"] * 2, "means requester_email, but no cell is an e-mail address"),
     ("Created at", ["2 days ago", "today"] * 3, "the header means created_at, but no cell is a date"),
     ("time_spent", ["many", "few"] * 3, "the header means time_spent, but no cell is a duration"),
     ("Requester", ["2023-05-01"] * 5, "the header means requester, but its cells are dates")],
)  # fmt: skip
def test_cells_that_contradict_the_header(header: str, cells: list[str], why: str) -> None:
    match = only("ticket", header, *cells)
    assert match.field == EXTRA
    assert match.reason.endswith(why)


def test_a_few_odd_cells_contradict_nothing() -> None:
    assert only("ticket", "Email", "jane(at)example.com").field == "requester_email"
    assert only("ticket", "requester_email", *["none"] * 20).field == "requester_email"
    assert only("ticket", "requester_email", *["jane@localhost"] * 20).field == "requester_email"
    assert only("ticket", "Subject", *["4711"] * 20).field == "subject"
    assert only("ticket", "Comments", "3", "See 4").field == "comment"
    assert only(
        "ticket", "Created", *["Tue Mar 03 14:05:09 EET 2021", "20210303", "1614780309"] * 2
    ).field == ("created_at")


def test_columns_without_a_name_are_taken_by_their_cells() -> None:
    row = [
        "jane@example.com",
        "My printer prints blank pages again",
        "x" * 300,
        "2023-05-01 12:30",
        "open",
        "7",
    ]
    sample = [[cell.replace("x", "xy ") if len(cell) > 99 else cell for cell in row]]
    header = ["Column1", "", "Feld 3", "Unnamed: 3", "Sarake5", "F6"]
    matches = recognise("ticket", header, sample, None)
    assert [match.field for match in matches] == [
        "requester_email", "subject", "description", "created_at", "status", EXTRA]  # fmt: skip
    assert {match.confidence for match in matches} == {0.5, 0}
    assert matches[0].reason == "the cells look like e-mail addresses"


def test_two_columns_that_look_the_same_are_left_alone() -> None:
    sample = [["jane@example.com", "joe@example.com"]]
    assert fields("ticket", "Column1", "Column2", sample=sample) == [EXTRA, EXTRA]


def test_units_and_zones_are_read_from_the_header() -> None:
    headers = ("Time spent (min)", "duration_hours", "Aika [h]", "Sekunden", "Duration")
    assert [duration_unit(h) for h in headers] == ["minutes", "hours", "hours", "seconds", None]
    assert duration_unit("Time tracked in minutes") == "minutes"
    assert [time_zone(h) for h in ("Created (UTC)", "created_at_utc", "Created")] == [UTC, UTC, None]
    assert time_zone("Created [Europe/Helsinki]") == ZoneInfo("Europe/Helsinki")
    assert time_zone("Created (GMT+2)") == time_zone("Created (+02:00)") == timezone(timedelta(hours=2))
    assert [time_zone(f"Created ({what})") for what in ("CST", "d/m", "Foo/Bar", "local", "UTC+20")] == [
        None
    ] * 5
    assert key("Created (Europe/Helsinki)") == key("Created (UTC+2)") == "created"
    assert base("Time spent in minutes") == "timespent"


def test_no_word_stands_for_two_fields_with_the_same_sureness() -> None:
    for kind in TABLE_KINDS:
        for name, meanings in vocabulary(kind).meanings.items():
            sure = [meaning.field for meaning in meanings if meaning.confidence >= SYNONYM]
            assert len(sure) <= 1, (kind, name, sure)
            # What has no field may yet be the author where each row has a message.
            if any(meaning.confidence > GUESS for meaning in meanings):
                assert name not in vocabulary(kind).homeless, (kind, name)


WORDS = [
    (kind, " ".join(meaning.words), meaning.field)
    for kind in TABLE_KINDS
    for meanings in vocabulary(kind).meanings.values()
    for meaning in meanings[:1]
    if meaning.confidence >= SYNONYM and len(meanings) == 1
]
DECORATIONS: list[Callable[[str], str]] = [
    str.upper, str.title, str.casefold, lambda s: s.replace(" ", "_"), lambda s: s.replace(" ", "-"),
    lambda s: "".join(word.capitalize() for word in s.split()), lambda s: f'"{s}"', lambda s: f"\ufeff{s}",
    lambda s: f" {s}:", lambda s: f"{s} *", lambda s: f"{s} (UTC)", lambda s: s.replace(" ", "\u00a0"),
    lambda s: f"{s}\u200b", lambda s: s.replace(" ", "\n"),
]  # fmt: skip


@given(st.sampled_from(WORDS), st.lists(st.sampled_from(DECORATIONS), max_size=4))
def test_every_word_is_known_however_it_is_decorated(
    word: tuple[TableKind, str, str], marks: list[Callable[[str], str]]
) -> None:
    kind, header, field = word
    for mark in marks:
        header = mark(header)
    assert only(kind, header).field == field


@given(st.sampled_from(sorted(TABLES)), st.data())
def test_the_order_of_the_columns_does_not_matter(name: str, data: st.DataObject) -> None:
    expected = TABLES[name]["columns"]
    header = data.draw(st.permutations(list(expected)))
    matches = recognise(TABLES[name]["kind"], header, [], None)
    assert {match.column: match.field for match in matches} == expected


CELLS = st.one_of(st.text(max_size=20), st.sampled_from(["jane@example.com", "2023-05-01", "12", "open", ""]))
NAMES = st.one_of(
    st.text(max_size=30), st.sampled_from([word for _, word, _ in WORDS]), st.sampled_from(["", "Name"])
)


@given(st.sampled_from(TABLE_KINDS), st.lists(NAMES, max_size=8, unique=True), st.data())
def test_anything_is_recognised_alike_in_any_order(
    kind: TableKind, header: list[str], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=8))
    order = data.draw(st.permutations(range(len(header))))
    matches = recognise(kind, header, rows, None)
    moved = recognise(kind, [header[i] for i in order], [[row[i] for i in order] for row in rows], None)
    assert {m.column: (m.field, m.confidence) for m in matches} == {
        m.column: (m.field, m.confidence) for m in moved
    }
    given_twice = [m.field for m in matches if m.field in FIELDS[kind]]
    assert all(given_twice.count(f) == 1 or f in ("comment", "labels", "note") for f in given_twice)


def test_headers_that_say_nothing() -> None:
    assert all(says_nothing(h) for h in ("", " ", "3", "Column1", "Feld 3", "Unnamed: 0", "A", "\x00"))
    assert not any(says_nothing(h) for h in ("ID", "Nr", "Subject", "Feldname", "Ort"))


def test_hostile_headers_cost_little() -> None:
    header = [
        "\x00\ud800" * 50_000,
        "(" * 100_000,
        "a b " * 50_000,
        *(f"Custm field {n}" for n in range(2_000)),
    ]
    matches = recognise("ticket", header, [["x" * 1_000_000, "@", "1." * 500_000]], None)
    assert [match.field for match in matches[:3]] == ["description", EXTRA, EXTRA]
    assert {match.field for match in matches[3:]} == {EXTRA}
    assert len(key("é" * 1_000_000)) <= 200
