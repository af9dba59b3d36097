"""Compressed files, archives, standard input and spreadsheets, kind ones and hostile ones."""

import datetime as dt
import gzip
import io
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter

from tables import Reader, cells_of, contents
from tiketti_migrate.errors import MigrationError, SourceError, UsageError
from tiketti_migrate_csv import opening
from tiketti_migrate_csv.tables import How, open_table
from workbooks import book, cell, ods, zipped

CSV = b"id,subject\n1,x\n"


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_a_compressed_file(read: Reader) -> None:
    table = read(gzip.compress(CSV), name="tickets.csv.gz")
    assert cells_of(table) == [["1", "x"]]
    assert (table.name, table.path) == ("tickets.csv.gz", read.path.resolve())


def test_an_archive_with_one_table_and_litter(read: Reader) -> None:
    litter = {"__MACOSX/._tickets.csv": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x", "a/": b""}
    table = read(zipped({**litter, "a/tickets.csv": CSV}), name="export.zip")
    assert cells_of(table) == [["1", "x"]]
    assert table.name == "export.zip:a/tickets.csv"
    assert table.path == read.path.resolve()


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(CSV))))
    table = open_table(Path("-"), How(), tmp_path)
    assert (table.name, table.path) == ("standard input", Path("-"))
    assert cells_of(table) == cells_of(table) == [["1", "x"]]


def test_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(CSV))
    writer.start()
    table = open_table(pipe, How(), tmp_path)
    writer.join()
    assert cells_of(table) == [["1", "x"]]


def test_the_kind_is_in_the_content_and_not_in_the_name(read: Reader) -> None:
    assert cells_of(read(CSV, name="tickets.xlsx")) == [["1", "x"]]
    assert cells_of(read(book({"S": [["id", "subject"], [1, "x"]]}), name="tickets.csv")) == [["1", "x"]]


def with_password(data: bytes) -> bytes:
    """The archive with the flag of encryption on its member, in both headers."""
    local, central = data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8
    changed = bytearray(data)
    changed[local] |= 1
    changed[central] |= 1
    return bytes(changed)


def damaged(data: bytes) -> bytes:
    """The archive with other bytes in its member."""
    start = data.index(b"a.csv") + 5
    return data[:start] + b"\xff" * 20 + data[start + 20 :]


BAD: dict[str, tuple[bytes, type[MigrationError], str]] = {
    "several tables": (zipped({"a.csv": CSV, "b.csv": CSV}), UsageError, "a.csv, b.csv.*unpack it"),
    "no file": (zipped({"__MACOSX/x": b"x"}), UsageError, "no file in the archive"),
    "a password": (with_password(zipped({"a.csv": CSV})), UsageError, "has a password"),
    "an archive in an archive": (zipped({"a.zip": zipped({"b.csv": CSV})}), UsageError, "inside an archive"),
    "gzip in gzip": (gzip.compress(gzip.compress(CSV)), UsageError, "inside an archive"),
    "a picture inside": (gzip.compress(b"\x89PNG\r\n\x1a\n"), UsageError, "picture"),
    "cut off zip": (zipped({"a.csv": CSV * 1000})[:-30], UsageError, "damaged"),
    "cut off gzip": (gzip.compress(os.urandom(50_000))[:-3000], SourceError, "damaged or cut off"),
    "a damaged member": (damaged(zipped({"a.csv": CSV * 1000})), SourceError, "damaged"),
    "a gzip bomb": (gzip.compress(bytes(200 * 1024**2), 9), UsageError, "far more than a table"),
    "a zip bomb": (zipped({"a.csv": bytes(200 * 1024**2)}), UsageError, "far more than a table"),
    "a workbook bomb": (zipped({"xl/workbook.xml": bytes(200 * 1024**2)}), UsageError, "far more than"),
    "a Word document": (zipped({"word/document.xml": b"x"}), UsageError, "Word document"),
    "no workbook in it": (zipped({"xl/workbook.xml": b"<x/>"}), SourceError, "workbook"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "kind", "words"), BAD.values(), ids=list(BAD))
def test_hostile_and_broken_containers(
    read: Reader, data: bytes, kind: type[MigrationError], words: str
) -> None:
    with pytest.raises(kind, match=words) as refused:
        read(data, name="export.zip")
    assert str(refused.value.where).startswith("export.zip")


def test_a_gzip_file_is_bounded_in_size_too(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_UNPACKED", 10)
    with pytest.raises(UsageError, match="far more than a table"):
        read(gzip.compress(CSV))


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "a\x1b[31m\n.csv", "C:\\evil.csv"])
def test_nothing_is_written_where_an_archive_says(read: Reader, name: str) -> None:
    before = {path for path in read.folder.rglob("*") if path.parent != read.scratch}
    table = read(zipped({name: CSV}), name="export.zip")
    assert cells_of(table) == [["1", "x"]]
    assert table.name.isprintable()
    after = {path for path in read.folder.rglob("*") if path.parent != read.scratch}
    assert after - before == {read.path}
    assert all(path.stat().st_mode & 0o77 == 0 for path in read.scratch.iterdir())


def test_cells_of_a_workbook_become_text(read: Reader) -> None:
    values: list[Any] = [
        17, 17.25, 0.1 + 0.2, True, dt.date(2024, 5, 1), dt.datetime(2024, 5, 1, 12, 30, 15),
        dt.time(9, 5), dt.timedelta(hours=49, minutes=30), "a\nb", "=cmd|x",
    ]  # fmt: skip
    names = [f"c{number}" for number in range(len(values))]
    data = book({"Tickets": [names, [str(value) if value == "=cmd|x" else value for value in values]]})
    (row,) = cells_of(read(data, name="book.xlsx"))
    assert row[:9] == [
        "17", "17.25", "0.3", "true", "2024-05-01", "2024-05-01 12:30:15", "09:05:00", "49:30:00", "a\nb",
    ]  # fmt: skip


def test_a_workbook_says_sheet_row_and_header(read: Reader) -> None:
    rows: list[list[Any]] = [
        ["Tickets of 2024"], [], ["id", "subject", "status"], ["T-1", "x", "open"], [],
        ["T-2", None, "open"], ["T-3", "y", None, "beyond"],
    ]  # fmt: skip
    table = read(book({"Tickets": rows}), name="book.xlsx")
    found, problems = contents(table)
    assert table.name == "book.xlsx:Tickets"
    assert table.header == ("id", "subject", "status", "")
    assert found == [
        (4, ["T-1", "x", "open", ""]),
        (6, ["T-2", "", "open", ""]),
        (7, ["T-3", "y", "", "beyond"]),
    ]
    assert [one.message for one in problems] == ["1 empty row was left out"]
    assert table.description.text == "sheet Tickets, header in line 3"
    assert contents(table) == (found, problems)


def test_a_sheet_is_chosen_by_name_or_number_or_because_it_is_the_only_one(read: Reader) -> None:
    table = [["id", "subject"], ["1", "x"]]
    one = book({"Empty": [], "Tickets": table, "Old": table}, hidden=("Old",))
    assert read(one, name="book.xlsx").name == "book.xlsx:Tickets"
    several = book({"First": table, "Second": [["id", "subject"], ["2", "y"]]})
    for wanted in ("Second", "second", "2"):
        assert cells_of(read(several, How(sheet=wanted))) == [["2", "y"]]
    assert cells_of(read(one, How(sheet="Old"))) == [["1", "x"]]


@pytest.mark.parametrize(
    ("sheets", "wanted", "words"),
    [
        (
            {"First": [["a"]], "Second": [["b"]]},
            None,
            r"several sheets.*book.xlsx::First, .*--sheet; there are 'First', 'Second'",
        ),
        ({"First": [["a"]], "Second": [["b"]]}, "3", "no sheet '3'.*there are 'First', 'Second'"),
        ({"First": []}, None, "empty"),
        ({"First": [], "Second": []}, None, "nothing in any sheet"),
    ],
)
def test_a_sheet_that_cannot_be_chosen_is_asked_for(
    read: Reader, sheets: dict[str, list[list[Any]]], wanted: str | None, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        read(book(sheets), How(sheet=wanted), name="book.xlsx")


def test_a_path_names_a_sheet(read: Reader) -> None:
    several = book({"First": [["id", "subject"], ["1", "x"]], "Old ones": [["id", "subject"], ["2", "y"]]})
    read.folder.joinpath("book.xlsx").write_bytes(several)
    for named in ("book.xlsx::Old ones", "book.xlsx::old ones", "book.xlsx::2"):
        table = open_table(read.folder / named, How(sheet="First"), read.scratch)
        assert (table.name, table.path) == ("book.xlsx:Old ones", (read.folder / "book.xlsx").resolve())
        assert cells_of(table) == [["2", "y"]]
    with pytest.raises(UsageError, match=r"no sheet 'Third'.*give it as book.xlsx::First,"):
        open_table(read.folder / "book.xlsx::Third", How(), read.scratch)


def test_a_file_may_be_called_like_a_sheet(read: Reader) -> None:
    assert cells_of(read(CSV, name="a::b.csv")) == [["1", "x"]]
    assert cells_of(read(book({"S": [["id", "subject"], [1, "x"]]}), name="a::S")) == [["1", "x"]]
    with pytest.raises(UsageError, match="no such file") as refused:
        open_table(read.folder / "none.xlsx::S", How(), read.scratch)
    assert str(refused.value.where).endswith("none.xlsx")
    with pytest.raises(UsageError, match="is a text and has no sheet 'S'"):
        open_table(read.folder / "a::b.csv::S", How(), read.scratch)


def test_an_opendocument_spreadsheet(read: Reader) -> None:
    header = [cell("string", name) for name in ("id", "subject", "date", "time", "done")]
    row = [
        cell("float", "17", "17"),
        cell("string", "Käyttäjä"),
        cell("date", "2024-05-01T12:30:00", "1.5.2024"),
        cell("time", "PT49H30M00S", "49:30"),
        cell("boolean", "true", "WAHR"),
    ]
    table = read(ods({"Tiketit": [header, row]}), name="book.ods")
    assert table.name == "book.ods:Tiketit"
    assert contents(table)[0] == [(2, ["17", "Käyttäjä", "2024-05-01 12:30:00", "49:30:00", "true"])]


def test_a_workbook_inside_an_archive(read: Reader) -> None:
    table = read(zipped({"book.xlsx": book({"S": [["id", "subject"], [1, "x"]]})}), name="export.zip")
    assert cells_of(table) == [["1", "x"]]
    assert table.name == "export.zip:book.xlsx:S"


def test_a_workbook_that_asks_for_terabytes_is_refused(read: Reader) -> None:
    data = io.BytesIO()
    workbook = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = workbook.add_worksheet()
    sheet.write(0, 0, "a")
    sheet.write(1_048_575, 16_383, "b")
    workbook.close()
    with pytest.raises(SourceError, match="save the sheet as CSV"):
        read(data.getvalue(), name="book.xlsx")


def test_a_workbook_of_entities_in_entities_is_refused(read: Reader) -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{entities}]><x>&e9;</x>'
    with pytest.raises(MigrationError):
        read(zipped({"xl/workbook.xml": bomb.encode(), "[Content_Types].xml": bomb.encode()}))
