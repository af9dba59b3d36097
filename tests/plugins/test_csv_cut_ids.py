"""Ids of many digits: a spreadsheet that has cut them must not make one ticket of two."""

from pathlib import Path

import pytest

from csv_sources import Desk
from tiketti_migrate.errors import UsageError

CUT = """
    Case no,Subject,Description,Requester,Created
    1.23457E+11,One,First text,jane@example.com,2024-01-13
    99,Other,Text,jane@example.com,2024-01-13
    1.23457E+11,One,First text,jane@example.com,2024-01-13
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_numbers_of_a_workbook_are_whole_as_long_as_they_are_exact(desk: Desk) -> None:
    numbers = (10**15 + 1, 10**15 + 2, 2**53 - 1)
    rows = [[number, "Help", "jane@example.com"] for number in numbers]
    book = desk.book([["ID", "Subject", "Requester"], *rows], "tickets.xlsx")
    assert list(desk.read(paths=(book,)).tickets) == [str(number) for number in numbers]


def test_numbers_of_a_workbook_that_are_not_exact_are_shown_as_cut(desk: Desk) -> None:
    rows = [[2**53 + 1, "One", "jane@example.com"], [2**53 + 2, "Two", "jane@example.com"]]
    book = desk.book([["ID", "Subject", "Requester"], *rows], "tickets.xlsx")
    with pytest.raises(UsageError, match=r"'9\.00719925474099E\+15' stands in rows 2 and 3"):
        desk.read(paths=(book,))


@pytest.mark.parametrize(
    ("before", "after"),
    [("One", "Two"), ("First text", "Second text"), ("2024-01-13", "2024-01-14")],
    ids=["subject", "description", "date"],
)
def test_different_tickets_of_one_cut_id_are_refused(desk: Desk, before: str, after: str) -> None:
    text = CUT.strip()
    changed = text[:-60] + text[-60:].replace(before, after)
    assert changed != text
    with pytest.raises(UsageError) as error:
        desk.read(changed)
    assert error.value.message == (
        "column 'Case no': its ids were cut by a spreadsheet: '1.23457E+11' stands in rows 2 and 4, which"
        " are different tickets"
    )
    assert error.value.hint is not None
    assert "export it again with that column as text" in error.value.hint
    assert "--group-by 'Case no'" in error.value.hint


def test_rows_of_one_cut_id_that_say_the_same_are_one_ticket(desk: Desk) -> None:
    assert list(desk.read(CUT).tickets) == ["1.23457E+11", "99"]


def test_the_user_may_say_that_they_are_one_ticket(desk: Desk) -> None:
    text = CUT.strip()[:-60] + CUT.strip()[-60:].replace("One", "Two")
    assert list(desk.read(text, group_by="Case no").tickets) == ["1.23457E+11", "99"]


def test_ids_that_are_whole_may_have_rows_that_differ(desk: Desk) -> None:
    text = CUT.replace("1.23457E+11", "123457000000").replace("First text", "Other text", 1)
    assert list(desk.read(text).tickets) == ["123457000000", "99"]
