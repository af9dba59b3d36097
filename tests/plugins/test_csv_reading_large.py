"""How a large file is written is judged by all of it, not by its beginning."""

from pathlib import Path

import pytest

from csv_sources import Desk
from tables import Reader, cells_of

HEADER = "ID{0}Subject{0}Description{0}Requester\n"
ROW = '{1}{0}"Printer {1}"{0}"It jams, again; and\nagain"{0}jane@example.com\n'
# More than the beginning that a dialect is judged by.
MANY = 12_000


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def rows(sign: str, first: int = 0, count: int = MANY) -> str:
    return "".join(ROW.format(sign, number) for number in range(first, first + count))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_samples_that_begin_inside_a_cell_are_no_doubt(read: Reader, encoding: str, newline: str) -> None:
    text = (HEADER.format(",") + rows(",")).replace("again;", "är;").replace("\n", newline)
    table = read(text.encode(encoding))
    assert table.description.delimiter == ","
    assert table.description.sure
    assert len(cells_of(table)) == MANY


def test_quotes_behind_backslashes_that_come_late_are_understood(read: Reader) -> None:
    late = "".join(f'{n},"Say \\"hi\\", then",x,jane@example.com\n' for n in range(MANY, 3 * MANY))
    table = read((HEADER.format(",") + rows(",") + late).encode())
    found = cells_of(table)
    assert found[-1] == [str(3 * MANY - 1), 'Say "hi", then', "x", "jane@example.com"]
    assert len(found) == 3 * MANY


def test_a_file_of_two_exports_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    text = HEADER.format(",") + rows(",") + rows(";", MANY, MANY)
    source = desk.source(text.encode())
    draft = source.draft()
    assert draft is not None
    assert draft.notes[0] == f"tickets.csv: {MANY:,} rows, ASCII, comma, LF, unsure: delimiter"
    # Every row of the second export has two lines.
    (told,) = [note for note in draft.notes if "cells of the header" in note]
    assert told == (
        "tickets.csv: 24,000 of 36,000 rows do not have the cells of the header, the first is"
        " tickets.csv:24002: the delimiter is another one there, or the file is made of several exports"
    )
