"""What is wrong with a file is named by line, the rest is read; what is no table is refused with advice."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tables import Reader, cells_of, contents, problems_of
from tiketti_migrate.errors import MigrationError, SourceError, UsageError
from tiketti_migrate_csv import lines, rows
from tiketti_migrate_csv.tables import How, open_table


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


HEADER = "id,subject,status\n"
GOOD = "".join(f"{number},good,open\n" for number in range(10, 20))

UNCLOSED = {
    "in the last cell": ('1,x,"open\n', ["1", "x", "open"]),
    "in the middle": ('1,"x,open\n', ["1", '"x', "open"]),
    "before a cell with the delimiter": ('1,"a, b","open\n', ["1", "a, b", "open"]),
}


@pytest.mark.parametrize(("row", "meant"), UNCLOSED.values(), ids=list(UNCLOSED))
@pytest.mark.parametrize("later", ["", '30,"quoted, later",open\n', '30,x,"open"\n'])
def test_an_unclosed_quote_is_named_where_it_opened_and_swallows_nothing(
    read: Reader, row: str, meant: list[str], later: str
) -> None:
    table = read((HEADER + row + GOOD + later).encode())
    found, _ = contents(table)
    assert problems_of(table) == [("UNCLOSED_QUOTE", "tickets.csv:2")]
    assert found[0] == (2, meant)
    assert len(found) == 11 + bool(later)
    assert found[-1][1][0] == ("30" if later else "19")


def test_an_unclosed_quote_behind_a_cell_of_several_lines(read: Reader) -> None:
    table = read((HEADER + '1,"two\nlines","open\n' + GOOD).encode())
    found, _ = contents(table)
    assert problems_of(table) == [("UNCLOSED_QUOTE", "tickets.csv:3")]
    assert found[0] == (2, ["1", "two\nlines", "open"])
    assert len(found) == 11


def test_a_row_that_an_unclosed_quote_spoils_is_left_out_alone(read: Reader) -> None:
    table = read((HEADER + '1,"x\n' + GOOD).encode())
    found, problems = contents(table)
    assert [(one.code, one.where) for one in problems] == [("UNCLOSED_QUOTE", "tickets.csv:2")]
    assert "was left out" in problems[0].message
    assert [line for line, _ in found] == list(range(3, 13))


def test_a_quote_never_closed_in_a_large_file_takes_little_memory(
    read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LONGEST_ROW", 1024 * 1024)
    table = read((HEADER + '1,"x\n' + "2,good,open\n" * 300_000).encode())
    tracemalloc.start()
    count = sum(len(batch.rows) for batch in table.batches())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 300_000
    assert peak < 20 * 1024 * 1024


def test_quotes_that_are_not_doubled_are_read_as_meant(read: Reader) -> None:
    table = read((HEADER + '1,"He said "hi" to me",open\n' + GOOD).encode())
    found, _ = contents(table)
    assert problems_of(table) == [("STRAY_QUOTE", "tickets.csv:2")]
    assert found[0] == (2, ["1", 'He said "hi" to me', "open"])


def test_quotes_that_are_not_doubled_in_a_text_of_several_lines(read: Reader) -> None:
    table = read((HEADER + '1,"He said\n"hi" to me,\nthen left",open\n' + GOOD).encode())
    found, _ = contents(table)
    assert problems_of(table) == [("STRAY_QUOTE", "tickets.csv:2")]
    assert found[0] == (2, ["1", 'He said\n"hi" to me,\nthen left', "open"])
    assert found[1] == (5, ["10", "good", "open"])


def test_text_behind_a_quote_that_closes_is_called_so(read: Reader) -> None:
    found, problems = contents(read((HEADER + '1,"abc"def,open\n' + GOOD).encode()))
    (problem,) = problems
    assert (problem.code, problem.where, problem.lost) == ("STRAY_QUOTE", "tickets.csv:2", 0)
    assert problem.message.startswith("text follows the quote that closes a cell: the row was read")
    assert found[0] == (2, ["1", "abcdef", "open"])


RAGGED = {
    "too many cells": ("1,a,b,open\n", "4 cells where the header has 3: a cell with a comma"),
    "a text broken in two": ("1,one\ntwo,open\n", "2 cells where the header has 3: a cell with a line break"),
    "a single word": ("word\n", "1 cell where"),
}


@pytest.mark.parametrize(("row", "words"), RAGGED.values(), ids=list(RAGGED))
def test_rows_of_another_width_are_named_and_left_out(read: Reader, row: str, words: str) -> None:
    found, problems = contents(read((HEADER + GOOD + row + "9,last,open\n").encode()))
    assert {one.code for one in problems} == {"RAGGED_ROW"}
    assert problems[0].where == "tickets.csv:12"
    assert words in problems[0].message
    assert len(found) == 11


def test_empty_cells_too_many_do_no_harm(read: Reader) -> None:
    assert cells_of(read((HEADER + "1,a,open,,\n").encode())) == [["1", "a", "open"]]


def test_empty_rows_are_left_out_and_counted(read: Reader) -> None:
    table = read((HEADER + "\n1,a,open\n,,\n  , ,\n\n").encode())
    found, problems = contents(table)
    assert found == [(3, ["1", "a", "open"])]
    assert [(one.code, one.where) for one in problems] == [("EMPTY_ROWS", "tickets.csv")]
    assert problems[0].message == "4 empty rows were left out"


def test_a_line_without_end_is_left_out(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 100_000)
    table = read((HEADER + "1,a,open\n" + "x" * 900_000 + "\n2,b,open\n" + "y" * 900_000).encode())
    found, _ = contents(table)
    assert found == [(2, ["1", "a", "open"]), (4, ["2", "b", "open"])]
    assert problems_of(table) == [("LONG_LINE", "tickets.csv:3"), ("LONG_LINE", "tickets.csv:5")]


def test_a_large_cell_is_read(read: Reader) -> None:
    large = "word " * 400_000
    assert cells_of(read((HEADER + f"1,{large},open\n").encode())) == [["1", large, "open"]]


OTHER = {
    "JSON": (b'[{"id": 1}, {"id": 2}]', "JSON"),
    "JSON lines": (b'{"id": 1, "subject": "x"}\n{"id": 2, "subject": "y"}\n', "JSON"),
    "a web page called .xls": (b"<html><head></head><table><tr><td>id</td></tr></table>", "web page"),
    "XML": (b'<?xml version="1.0"?><tickets/>', "XML"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel workbook"),
    "an e-mail": (b"From: a@example.com\nTo: b@example.com\nSubject: hello, you\n\nHi, there\n", "e-mail"),
    "a mailbox": (b"From a@example.com Mon Jan  1 00:00:00 2024\nSubject: x\n\nHi\n", "mailbox"),
    "an SQL dump": (b"-- dump\nCREATE TABLE tickets (id int, subject text);\n", "SQL"),
    "prose": (b"It was a dark night. Nobody spoke, then\nthe printer, at last, printed.\n", "no delimiter"),
    "an essay": (b"Dear all\n\nwe meet at noon\n\nbring cake\n\nbye\n\nJane\n", "no delimiter"),
    "random bytes": (bytes(range(256)) * 20, "."),
    "nothing": (b"", "is empty"),
    "only blanks": (b"\n\n  \n", "nothing in it"),
    "only a mark": (b"\xef\xbb\xbf", "nothing in it"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "words"), OTHER.values(), ids=list(OTHER))
def test_what_is_no_table_is_refused_with_advice(read: Reader, data: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        read(data)
    assert refused.value.where == "tickets.csv"
    assert refused.value.hint


@pytest.mark.parametrize(
    "address", ["https://example.com/a/b.csv?x=1", "HTTP://example.com/", "ftp://[::1]/tickets.csv"]
)
def test_an_address_is_shown_as_it_was_given(tmp_path: Path, address: str) -> None:
    for path in (Path(address), tmp_path / address):
        with pytest.raises(UsageError, match="download it first") as refused:
            open_table(path, How(), tmp_path)
        assert refused.value.where == address.rstrip("/")


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    wrong: list[tuple[Path, type[MigrationError], str]] = [
        (tmp_path / "absent.csv", UsageError, "no such file"),
        (tmp_path, UsageError, "is a folder"),
        (Path("/dev/null"), UsageError, "no regular file"),
        (Path("a\0b"), SourceError, "cannot be read"),
        (tmp_path / ("x" * 500), SourceError, "cannot be read"),
    ]
    for path, kind, words in wrong:
        with pytest.raises(kind, match=words):
            open_table(path, How(), tmp_path)


WORDS = st.sampled_from(["good", "two\nlines", "a, b", 'said "yes"', ""])


@given(
    words=st.lists(WORDS, min_size=2, max_size=12),
    at=st.integers(0, 11),
    broken=st.sampled_from(['x,"open', '"x,open', '"said "no" twice",open']),
)
def test_one_row_with_a_stray_quote_costs_no_other_row(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], at: int, broken: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["id", "subject", "status"])
    spoiled = at % len(words)
    for number, word in enumerate(words):
        if number == spoiled:
            line = text.getvalue().count("\n") + 1
            text.write(f"{number},{broken}\r\n")
        writer.writerow([f"T-{number}", word, "open"])
    table = Reader(tmp_path_factory.mktemp("csv"))(text.getvalue().encode())
    found, problems = contents(table)
    assert [one.where for one in problems] == [f"tickets.csv:{line}"]
    whole = [cells for _, cells in found if cells[0].startswith("T-")]
    assert whole == [[f"T-{number}", word, "open"] for number, word in enumerate(words)]
