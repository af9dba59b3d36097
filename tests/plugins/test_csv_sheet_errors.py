"""Cells of workbooks without a value: errors, and formulas that nothing has worked out yet."""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from csv_sources import Desk, Found
from tables import Reader, contents
from tiketti_migrate.errors import SourceError
from tiketti_migrate_csv.cell_errors import NO_RESULT
from tiketti_migrate_csv.sheet_errors import cell_name, column_of, error_cells
from tiketti_migrate_csv.tables import How
from workbooks import Formula, book, cell, ods, zipped

HEADER = ["Ticket ID", "Subject", "Status", "Requester", "Floor"]
WORDS = ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def imported(desk: Desk, rows: Sequence[Sequence[object]]) -> Found:
    path = desk.write(book({"Tickets": [HEADER, *rows]}), "book.xlsx")
    return desk.read(paths=(path,))


def edited(data: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with something else in the XML of its first sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in members[sheet]
    return zipped({**members, sheet: members[sheet].replace(old, new)})


@pytest.mark.parametrize("word", WORDS)
def test_an_error_stays_visible_and_is_listed_with_its_cell(read: Reader, word: str) -> None:
    table = read(book({"Tickets": [["id", "status"], [1, Formula(word)], [2, "open"]]}), name="book.xlsx")
    rows, (problem,) = contents(table)
    assert rows == [(2, ["1", word]), (3, ["2", "open"])]
    assert (problem.code, problem.where, problem.lost) == ("ERROR_CELLS", "book.xlsx:Tickets:2", 0)
    assert problem.message == (
        f"column status: 1 cell holds the error {word} instead of a value (B2): mend the formulas"
    )


def test_many_errors_of_a_column_are_counted(read: Reader) -> None:
    rows: list[list[Any]] = [["id", "status"], *[[number, Formula("#N/A")] for number in range(2000)]]
    _, (problem,) = contents(read(book({"Tickets": rows}), name="book.xlsx"))
    assert "2,000 cells hold the error #N/A instead of a value (B2, B3, " in problem.message
    assert problem.message.count("B") == 20


def test_a_formula_that_nothing_has_worked_out_is_told_apart_from_an_empty_text(read: Reader) -> None:
    data = book({"Tickets": [["id", "status"], [1, Formula("")], [2, Formula("open")], [3, Formula("")]]})
    empty_text = b'<c r="B4" t="str"><f>Other!A1</f><v></v></c>'
    data = edited(data, b'<c r="B4"><f>Other!A1</f><v></v></c>', empty_text)
    rows, (problem,) = contents(read(data, name="book.xlsx"))
    assert [cells for _, cells in rows] == [["1", NO_RESULT], ["2", "open"], ["3", ""]]
    assert (problem.code, problem.lost) == ("NO_RESULTS", 0)
    assert "1 cell holds a formula without its result (B2): open the workbook in Excel" in problem.message


def test_cells_are_found_where_the_xml_does_not_name_them(read: Reader) -> None:
    data = book({"Tickets": [[], [None, "id", "status"], [None, 1, Formula("#REF!")], [None, 2, "open"]]})
    data = edited(data, b'<c r="C3" t="e">', b"<c t='e'>")
    data = edited(data, b'<row r="3" spans="2:3">', b"<row>")
    rows, (problem,) = contents(read(data, name="book.xlsx"))
    assert rows == [(3, ["1", "#REF!"]), (4, ["2", "open"])]
    assert "(C3)" in problem.message


def test_only_the_chosen_sheet_is_searched(read: Reader) -> None:
    first: list[list[Any]] = [["id", "status"], [1, Formula("#REF!")]]
    second: list[list[Any]] = [["id", "status"], [1, "open"]]
    data = book({"First": first, "Second": second})
    assert contents(read(data, How(sheet="Second"))) == ([(2, ["1", "open"])], [])


def error(shown: str) -> str:
    return (
        '<table:table-cell table:formula="of:=[.#REF!]" office:value-type="string" office:string-value=""'
        f' calcext:value-type="error"><text:p>{shown}</text:p></table:table-cell>'
    )


def test_errors_of_opendocument(read: Reader) -> None:
    header = [cell("string", name) for name in ("id", "status", "subject")]
    note = "<office:annotation><text:p>#REF! before</text:p></office:annotation>"
    open_office = '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">'
    several = error("#N/A").replace(
        "<table:table-cell", '<table:table-cell table:number-columns-repeated="2"'
    )
    rows = [
        [cell("float", "1"), error("#BEZUG!"), cell("string", "x")],
        [
            cell("float", "2"),
            f"{open_office}<text:p>Err:502</text:p></table:table-cell>",
            cell("string", "x"),
        ],
        [cell("float", "3"), several],
        [cell("float", "4"), '<table:table-cell table:formula="of:=1+1"/>', cell("string", "x")],
        [cell("float", "4"), error("#ЗНАЧЕН!"), cell("string", "x")],
        [cell("float", "5"), cell("string", "open").replace("<text:p>", f"{note}<text:p>"), error("#REF!")],
    ]
    other = [[cell("string", "id")], [error("#REF!")]]
    found, problems = contents(read(ods({"Other": other, "T": [header, *rows]}), How(sheet="T"), "book.ods"))
    assert [cells for _, cells in found] == [
        ["1", "#BEZUG!", "x"],
        ["2", "Err:502", "x"],
        ["3", "#N/A", "#N/A"],
        ["4", NO_RESULT, "x"],
        ["4", "#ERROR!", "x"],
        ["5", "open", "#REF!"],
    ]
    assert {(one.code, one.where) for one in problems} == {
        ("ERROR_CELLS", "book.ods:T:2"),
        ("ERROR_CELLS", "book.ods:T:3"),
        ("ERROR_CELLS", "book.ods:T:4"),
        ("NO_RESULTS", "book.ods:T:5"),
        ("ERROR_CELLS", "book.ods:T:6"),
        ("ERROR_CELLS", "book.ods:T:7"),
    }


def test_rows_that_stand_for_several_are_counted_so(read: Reader) -> None:
    data = ods(
        {"T": [[cell("string", "id"), cell("string", "status")], [cell("float", "1"), error("#REF!")]]}
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    head, _, tail = members["content.xml"].rpartition(b"<table:table-row>")
    content = head + b'<table:table-row table:number-rows-repeated="3">' + tail
    rows, (problem,) = contents(read(zipped({**members, "content.xml": content}), name="book.ods"))
    assert rows == [(number, ["1", "#REF!"]) for number in (2, 3, 4)]
    assert "(B2, B3, B4)" in problem.message


def test_a_sheet_that_defines_entities_is_refused(read: Reader) -> None:
    data = book({"T": [["id", "status"], [1, Formula("#REF!")]]})
    data = edited(data, b"<worksheet", b'<!DOCTYPE x [<!ENTITY e "lol">]><worksheet')
    with pytest.raises(SourceError, match="entities"):
        read(data, name="book.xlsx")


def test_a_cell_that_stands_for_millions_is_refused() -> None:
    many = error("#REF!").replace(
        "<table:table-cell", '<table:table-cell table:number-columns-repeated="6000000"'
    )
    with (
        zipfile.ZipFile(io.BytesIO(ods({"T": [[many]]}))) as archive,
        pytest.raises(ValueError, match="millions of cells"),
    ):
        error_cells(archive, "T")


@pytest.mark.parametrize(
    ("name", "row", "column"), [("A1", 1, 0), ("Z9", 9, 25), ("AA10", 10, 26), ("XFD2", 2, 16383)]
)
def test_names_of_cells(name: str, row: int, column: int) -> None:
    assert cell_name(row, column) == name
    assert column_of(name) == column


def test_an_error_is_no_word_and_is_kept(desk: Desk) -> None:
    found = imported(desk, [["T-1", "x", Formula("#REF!"), "jane@example.com", Formula("#N/A")]])
    assert found.ticket.extra["status"] == "#REF!"
    assert found.ticket.extra["Floor"] == "#N/A"
    assert "status: the cell holds the error #REF! instead of a value; kept as extra" in found.ticket.warnings


def test_rows_whose_id_is_an_error_are_left_out_each_and_listed(desk: Desk) -> None:
    same: list[Any] = [Formula("#REF!"), "x", "open", "jane@example.com", "3"]
    rows: list[list[Any]] = [
        same,
        ["T-2", "y", "open", "jane@example.com", "3"],
        same,
        [Formula(""), *same[1:]],
    ]
    found = imported(desk, rows)
    assert list(found.tickets) == ["T-2"]
    lost = [(one.code, one.where, one.message) for one in found.problems if one.lost]
    assert lost == [
        (
            "ERROR_AS_ID",
            f"book.xlsx:Tickets:{row}",
            f"its Ticket ID is the error {word}: the row was left out",
        )
        for row, word in ((2, "#REF!"), (4, "#REF!"), (5, NO_RESULT))
    ]


def test_the_same_in_a_text_that_a_spreadsheet_saved(desk: Desk) -> None:
    found = desk.read("""
        Ticket ID,Subject,Status,Requester
        #BEZUG!,a,open,jane@example.com
        T-1,b,#NV,jane@example.com
        #BEZUG!,c,open,jane@example.com
        T-1,d,open,jane@example.com
    """)
    assert list(found.tickets) == ["T-1"]
    assert found.ticket.extra["status"] == "#NV"
    assert found.codes == [("ERROR_AS_ID", "tickets.csv:2"), ("ERROR_AS_ID", "tickets.csv:4")]


def test_conditions_of_the_mapping_file_come_first(desk: Desk) -> None:
    found = desk.read(
        "Ticket ID,Subject,Requester\n#REF!,a,j@example.com\nT-1,b,j@example.com\n",
        map='[[ticket.where]]\ncolumn = "Ticket ID"\nis_not = "#REF!"\n',
    )
    assert (list(found.tickets), found.problems) == (["T-1"], [])


def test_an_error_in_a_list_is_no_label(desk: Desk) -> None:
    rows = [["ID", "Subject", "Requester", "Tags"], [1, "One", "jane@example.com", "#N/A, red"]]
    path = desk.write(book({"Tickets": [*rows, [2, "Two", "jane@example.com", "red, blue"]]}), "book.xlsx")
    found = desk.read(paths=(path,))
    assert [ticket.label_ids for ticket in found.tickets.values()] == [("red",), ("red", "blue")]
    assert found.warnings == ["labels: the list holds the error #N/A instead of a label"]


def dated(desk: Desk, *cells: object) -> Found:
    rows = [[number, "Help", "jane@example.com", cell] for number, cell in enumerate(cells, 1)]
    path = desk.write(book({"Tickets": [["ID", "Subject", "Requester", "Created"], *rows]}), "book.xlsx")
    return desk.read(paths=(path,))


def test_a_date_that_was_formatted_as_a_number_is_one_among_dates(desk: Desk) -> None:
    found = dated(desk, dt.date(2024, 3, 1), 45352, 45352.5, dt.datetime(2024, 3, 2, 8))
    days = [ticket.created_at and f"{ticket.created_at:%d.%m. %H:%M}" for ticket in found.tickets.values()]
    assert days == ["01.03. 00:00", "01.03. 00:00", "01.03. 12:00", "02.03. 08:00"]
    assert found.warnings == []
    assert [ticket.extra for ticket in found.tickets.values()] == [{}] * 4


def test_a_number_among_dates_of_a_text_file_is_no_date(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Created
        1,One,jane@example.com,2024-03-01
        2,Two,jane@example.com,45352
    """)
    assert found.tickets["2"].created_at is None
    assert found.tickets["2"].extra == {"created_at": "45352"}
