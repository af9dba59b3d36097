"""Numbers, ids, label lists and empty cells: what a column shows, and what its cells mean then."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_csv.empties import EmptyEvidence, EmptyKind
from tiketti_migrate_csv.lists import ListEvidence, split_labels
from tiketti_migrate_csv.numbers import (
    DecimalSign,
    IdEvidence,
    IdVerdict,
    NumberEvidence,
    decimal_of,
    integer_of,
)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("85", "85"),
        ("85.5", "85.5"),
        ("85,50", "85.50"),
        ("1 234,50 €", "1234.50"),
        ("1\u00a0234,50\u00a0€", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1\u2019234.50 CHF", "1234.50"),
        ("1.234.567", "1234567"),
        ("12,34,567.00", "1234567.00"),
        ("$85", "85"),
        ("US$ 85", "85"),
        ("EUR 85.00", "85.00"),
        ("85 EUR/h", "85"),
        ("85 kr.", "85"),
        ("85,-", "85"),
        ("-85", "-85"),
        ("\u221285", "-85"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("1,500", None),
        ("1,23.456,7", None),
        ("12.11.2021", None),
        ("24 %", None),
        ("1e5", None),
        ("a lot", None),
        ("", None),
        ("1" * 1000, None),
    ],
)
def test_a_number(cell: str, expected: str | None) -> None:
    if expected is not None:
        assert decimal_of(cell) == Decimal(expected)
        return
    with pytest.raises(ValueError, match=r"is no number|can be read with a decimal sign or"):
        decimal_of(cell)


@pytest.mark.parametrize(
    ("cells", "sign", "value"),
    [
        (["12,50", "1,500"], ",", "1.500"),
        (["12.50", "1,500"], ".", "1500"),
        (["1.000.000", "1,500"], ",", "1.500"),
        (["$1,000.00", "1,500"], ".", "1500"),
        (["12.50", "12,50"], None, None),
        (["1,500", "2,000", "n/a"], None, None),
    ],
)
def test_the_decimal_sign_is_the_columns(
    cells: list[str], sign: DecimalSign | None, value: str | None
) -> None:
    evidence = NumberEvidence()
    evidence.add(cells)
    assert evidence.decimal_sign() == sign
    if value is not None:
        assert decimal_of("1,500", sign) == Decimal(value)


@given(st.decimals(0, 10**9, places=2))
def test_any_rate_reads_back_in_every_notation(number: Decimal) -> None:
    english = f"{number:,.2f}"
    for cell in (english, english.replace(",", " "), english.replace(",", "'")):
        assert decimal_of(cell) == number
    assert decimal_of(english.translate(str.maketrans(",.", ".,"))) == number


def verdict(*cells: str) -> IdVerdict:
    evidence = IdEvidence()
    evidence.add(range(2, len(cells) + 2), cells)
    return evidence.verdict()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12 345", "7", "1 234 567"], ["12345", "7", "1234567"]),
        (["12.345", "12.346"], ["12345", "12346"]),
        (["12\u00a0345", "999"], ["12345", "999"]),
        (["12,345", "1234"], ["12,345", "1234"]),
        (["12.345", "12,345"], ["12.345", "12,345"]),
        (["12 345", "ABC-1"], ["12 345", "ABC-1"]),
        (["101.0", "102.0"], ["101", "102"]),
        (["101.0", "102"], ["101", "102"]),
        (["1.1", "1.0", "1"], ["1.1", "1.0", "1"]),
        (["1.1", "1.0"], ["1.1", "1.0"]),
        (["00012", " 7 "], ["00012", "7"]),
    ],
)
def test_ids_are_what_they_were_before_the_spreadsheet(cells: list[str], expected: list[str]) -> None:
    found = verdict(*cells)
    assert [integer_of(cell, found) for cell in cells] == expected
    assert found.warning() is None


def test_ids_that_a_spreadsheet_has_cut_are_reported() -> None:
    found = verdict("1234567890123", "1.23457E+12", "1,23457E+12", "1E+12")
    assert (found.lost_count, found.lost[0]) == (3, (3, "1.23457E+12"))
    assert "3 ids are cut by a spreadsheet ('1.23457E+12' in line 3)" in (found.warning() or "")
    assert verdict("1e5", "7E3", "12ab").warning() is None


@given(st.lists(st.text()))
def test_ids_of_any_kind_are_read(cells: list[str]) -> None:
    found = verdict(*cells)
    for cell in cells:
        assert isinstance(integer_of(cell, found), str)


@pytest.mark.parametrize(
    ("cells", "separator"),
    [
        (["printer, laser", "vip", ""], ","),
        (["printer; laser", "a, b; c", "d;e"], ";"),
        (["printer|laser"], "|"),
        (["printer<br>laser", "a<BR />b"], "<br>"),
        (["printer\nlaser, new"], "\n"),
        (["new printer", "vip"], None),
        (['["a","b"]'], None),
        ([], None),
    ],
)
def test_the_sign_between_labels(cells: list[str], separator: str | None) -> None:
    evidence = ListEvidence()
    evidence.add(cells)
    assert evidence.separator() == separator


@pytest.mark.parametrize(
    ("cell", "separator", "labels"),
    [
        ("new printer,  vip ,,VIP, Vip", ",", ["new printer", "vip"]),
        ("a; b,c", ";", ["a", "b,c"]),
        ("a<br/>b<BR>c", "<br>", ["a", "b", "c"]),
        ("a\r\nb\n\nc", "\n", ["a", "b", "c"]),
        ("vip billing_issue", " ", ["vip", "billing_issue"]),
        ("new printer, vip", None, ["new printer, vip"]),
        ('"a", "b"', ",", ["a", "b"]),
        ('["a","b c", 3, null, "A"]', ";", ["a", "b c", "3"]),
        ("['a, x', 'b']", ";", ["a, x", "b"]),
        ("[a, b]", None, ["a", "b"]),
        ("{a,b}", None, ["a", "b"]),
        ("[]", ",", []),
        ("[urgent] printer", ",", ["[urgent] printer"]),
        ("a\x00b\u0007", ",", ["ab"]),
        ("", ",", []),
        (" , ", ",", []),
    ],
)
def test_labels(cell: str, separator: str | None, labels: list[str]) -> None:
    assert split_labels(cell, separator) == labels


@given(st.text() | st.text('[]{}"\\,; a', max_size=20), st.sampled_from([None, ",", ";", "|", "<br>", "\n"]))
def test_labels_of_any_text_are_each_there_once(cell: str, separator: str | None) -> None:
    labels = split_labels(cell, separator)
    assert len({label.casefold() for label in labels}) == len(labels)
    assert all(labels)


def test_a_list_nested_very_deeply_is_a_label() -> None:
    assert split_labels("[" * 100_000 + "]" * 100_000, ",")


@pytest.mark.parametrize(
    ("kind", "cells", "empty"),
    [
        (
            "date",
            ["2021-03-04", "0", "-", "0000-00-00 00:00:00", "N/A"],
            {"0", "-", "0000-00-00 00:00:00", "N/A"},
        ),
        (
            "person",
            ["Jane", "Tom", "0", "Unassigned", "(blank)", "None"],
            {"0", "Unassigned", "(blank)", "None"},
        ),
        ("text", ["NULL", "N/A", "0", "none", "None", "Tom", "."], {"NULL", "N/A", "None"}),
        ("word", ["None", "0", "Not set", "--", "#N/A"], {"--", "#N/A"}),
        ("number", ["0", "85", "-", "\\N"], {"-", "\\N"}),
        ("id", ["0", "7", "null"], {"0", "null"}),
        ("list", ["[]", "none", "0", "vip"], {"[]", "none"}),
    ],
)
def test_what_means_nothing_depends_on_the_column(kind: EmptyKind, cells: list[str], empty: set[str]) -> None:
    evidence = EmptyEvidence(kind)
    evidence.add(cells)
    assert evidence.words() == {"", *empty}


def test_only_what_the_column_shows_is_empty() -> None:
    evidence = EmptyEvidence("person")
    evidence.add(["Jane"])
    assert evidence.words() == {""}
