"""Any table at all: nothing crashes the source, and every row ends as a ticket, part of one, or a problem."""

import csv
import io
import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csv_sources import Desk, Found
from tiketti_migrate.errors import MigrationError
from tiketti_migrate.store import Packed

HEADERS = (
    "ID", "Subject", "Description", "Status", "Priority", "Requester", "Requester email", "Requester ID",
    "Company", "Assignee", "Created", "Updated", "Tags", "Time spent", "Comment", "Comment author",
    "Internal note", "URL", "Product", "", "_odd", "subject",
)  # fmt: skip
ODD = (
    "", " ", "0", "N/A", "17", "17.0", "1.234", "1E+12", "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "\t",
    "<b>x</b>", "<script>", "a\nb", "a\r\nb", '"', '""', "a;b|c,d", "\u202eabc", "\U0001f600", "שלום",
    "\x00", "\x1f", "\ufeff", "\u2028", "jane@example.com", "Jane <jane@example.com>; Bob <bob@x.test>",
    "2024-01-31", "31.1.2024 12:00", "2024-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "1h 30m", "99999999999999999999h", "open", "Gelöst", "x" * 3000, "9" * 1001, "'", "[1, 2]", "{", "\\N",
)  # fmt: skip
CELLS = st.one_of(st.sampled_from(ODD), st.text(max_size=20))
COLUMNS = st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8)
QUIET = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    header = ["Subject", "Requester", *draw(COLUMNS)]
    rows = draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=12))
    return [header, *rows]


def written(table: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    return text.getvalue().encode("utf-8", "surrogatepass")


def read(data: bytes, **options: object) -> Found | None:
    """What is in the table, None when it is refused in words."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return Desk(Path(folder)).read(data, **{"default_requester": "desk@example.com", **options})
        except MigrationError:
            return None


def rows_told(found: Found) -> int:
    """Rows that are a ticket, and rows that a problem leaves out."""
    told = len(found.tickets)
    for problem in found.problems:
        assert problem.where
        if problem.code in ("RAGGED_ROW", "LARGE_TICKET", "LONG_LINE"):
            told += 1
        if problem.code == "EMPTY_ROWS":
            told += int(re.findall(r"[\d,]+", problem.message)[0].replace(",", ""))
    return told


@QUIET
@given(tables())
def test_every_row_without_an_id_is_a_ticket_or_told(table: list[list[str]]) -> None:
    mapping = '[ticket.columns]\n"ID" = "extra"\n' if "ID" in table[0] else None
    found = read(written(table), **({"map": mapping} if mapping else {}))
    if found is not None:
        assert rows_told(found) == len(table) - 1


@QUIET
@given(tables(), st.lists(st.sampled_from(["1", "2", "3", "", "0"]), min_size=12, max_size=12))
def test_every_id_is_a_ticket(table: list[list[str]], ids: list[str]) -> None:
    header, *rows = table
    names = [name for name in header if name != "ID"]
    kept = [[cell for name, cell in zip(header, row, strict=True) if name != "ID"] for row in rows]
    numbered = [["ID", *names], *([number, *row] for number, row in zip(ids, kept, strict=False))]
    found = read(written(numbered))
    if found is not None:
        own = {number for number in ids[: len(rows)] if number}
        assert own <= found.tickets.keys()
        places = [ticket.origin for ticket in found.tickets.values()]
        assert len(places) == len(set(places))


@QUIET
@given(tables())
def test_what_is_read_can_be_stored_and_is_the_same_again(table: list[list[str]]) -> None:
    first, second = read(written(table)), read(written(table))
    assert first == second
    if first is not None:
        packed = Packed()
        packed.add(first.records)
        assert packed.problems == []
        assert len(packed.rows) == len(first.records)
        assert len({row[:2] for row in packed.rows}) == len(packed.rows)


@QUIET
@given(tables())
def test_no_cell_is_lost(table: list[list[str]]) -> None:
    """What has no home stands in extra, word for word."""
    table = [[*row, f"kept {place}" if place else "Zone of nowhere"] for place, row in enumerate(table)]
    found = read(written(table))
    if found is None or any(problem.code == "RAGGED_ROW" for problem in found.problems):
        return
    kept: set[str] = set()
    for ticket in found.tickets.values():
        value = ticket.extra.get("Zone of nowhere", [])
        kept |= set(map(str, value)) if isinstance(value, list) else {str(value)}
    listed = " ".join(problem.message for problem in found.problems if problem.code == "TOTAL_ROW")
    kept |= {cell for cell in (row[-1] for row in table) if f"'{cell}'" in listed}
    assert kept == {f"kept {place}" for place in range(1, len(table))}


@QUIET
@given(st.binary(max_size=300), st.sampled_from([b"", b"ID,Subject,Requester\n", b"Subject;Requester\n"]))
def test_any_bytes_are_a_table_or_refused_in_words(data: bytes, header: bytes) -> None:
    read(header + data)


@QUIET
@given(tables(), tables())
def test_any_table_of_messages_joins_or_is_told(tickets: list[list[str]], messages: list[list[str]]) -> None:
    header, *rows = messages
    names = ["Ticket ID", "Body", *header[2:]]
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        path = desk.write(written([names, *rows]), "messages.csv")
        try:
            found = desk.read(written(tickets), messages=path, default_requester="desk@example.com")
        except MigrationError:
            return
    ids = [message.source_id for message in found.messages]
    assert len(ids) == len(set(ids))
