"""The rules at work: by name for one row, and by position for tables, which must come to the same."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping import BadCell, Rules, parse_mapping
from tiketti_migrate.mapping.templates import parse_template

MAP = """
[ticket.columns]
"Titel" = "subject"
"Tag 1" = "labels"
"Tag 2" = "labels"
"Status" = "status"
"Nummer" = "extra"
"Geheim" = "ignore"

[ticket.fields]
description = "{Produkt}: {Titel} ({{{Nummer}}})"
priority = "high"

[ticket.values.status]
"Wartend" = "pending"
"Straße" = "closed"

[[ticket.replace.subject]]
pattern = '^\\[.*?\\]\\s*'
[[ticket.replace.subject]]
pattern = '(\\w+) broken'
with = '\\1: defect'

[[ticket.where]]
column = "Status"
not_in = ["Spam", "Trash"]
[[ticket.where]]
column = "Titel"
empty = false
"""
ROW = {
    "Titel": "[ACME] Drücker broken", "Tag 1": "a", "Tag 2": "b", "Status": " WARTEND ", "Nummer": "7",
    "Geheim": "x", "Produkt": "P",
}  # fmt: skip


def rules_of(text: str) -> Rules:
    return parse_mapping(text, "map.toml").rules("ticket")


def test_a_row_becomes_fields() -> None:
    assert rules_of(MAP).apply(ROW) == {
        "subject": "Drücker: defect",
        "labels": "a, b",
        "status": "pending",
        "description": "P: [ACME] Drücker broken ({7})",
        "priority": "high",
    }


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        ({}, True),
        ({"Status": "spam "}, False),
        ({"Status": "TRASH"}, False),
        ({"Titel": " \t"}, False),
        ({"Status": ""}, True),
    ],
)
def test_a_row_must_pass_all_conditions(change: dict[str, str], passes: bool) -> None:
    assert (rules_of(MAP).apply({**ROW, **change}) is not None) is passes


@pytest.mark.parametrize(
    ("condition", "passing", "failing"),
    [
        ("is = 'Straße'", "STRASSE ", "Gasse"),
        ("is = ''", "  ", "x"),
        ("is_not = 'x'", "xx", "X"),
        ("in = ['a', 'b']", "B", "ab"),
        ("not_in = ['a', 'b']", "", "a"),
        ("matches = 'b+'", "abba", "Abba".replace("b", "B")),
        ("not_matches = '(?i)spam'", "ham", "SPAMmer"),
        ("empty = true", "", "0"),
        ("empty = false", "0", "\n"),
        ("is = 5", "5", "5.0"),
    ],
)
def test_conditions(condition: str, passing: str, failing: str) -> None:
    where = rules_of(f"[[ticket.where]]\ncolumn = 'A'\n{condition}").where(("B", "A"))
    assert where is not None
    assert where(("", passing))
    assert not where(("", failing))


def test_without_a_mapping_nothing_is_asked_for() -> None:
    rules = Rules.empty()
    assert rules.is_empty
    assert rules.where(()) is None
    assert rules.change("subject") is None
    assert rules.apply({"A": "b"}) == {}


def test_a_template_whose_columns_are_all_empty_is_empty() -> None:
    fill = parse_template("{a}: {b}").fill(("a", "b"))
    assert (fill(("x", "")), fill(("", ""))) == ("x: ", "")


CELLS = st.text(max_size=20)
COLUMNS = ("Titel", "Tag 1", "Tag 2", "Status", "Nummer", "Geheim", "Produkt")


@given(st.lists(CELLS, min_size=7, max_size=7))
def test_by_position_comes_to_the_same_as_by_name(cells: list[str]) -> None:
    rules = rules_of(MAP)
    by_name = rules.apply(dict(zip(COLUMNS, cells, strict=True)))
    where, fill = rules.where(COLUMNS), rules.template("description", COLUMNS)
    subject, status = rules.change("subject"), rules.change("status")
    assert where is not None
    assert subject is not None
    assert status is not None
    assert where(cells) is (by_name is not None)
    if by_name is not None:
        assert by_name["description"] == fill(cells)
        assert by_name["subject"] == subject(cells[0])
        assert by_name["status"] == status(cells[3])


@given(st.lists(st.one_of(st.text(max_size=8), st.sampled_from("%{}")), min_size=1, max_size=5), CELLS, CELLS)
def test_a_template_says_what_stands_in_it(texts: list[str], first: str, second: str) -> None:
    header, row = ("first", "second"), (first, second)
    written = "{first}".join(text.replace("{", "{{").replace("}", "}}") for text in texts) + "{second}"
    expected = first.join(texts) + second if first or second else ""
    if len(texts) == 1 and not second:
        expected = ""
    assert parse_template(written).fill(header)(row) == expected


@given(st.text(max_size=30))
def test_any_template_is_read_or_refused(text: str) -> None:
    try:
        template = parse_template(text)
    except ValueError:
        return
    row = [f"<{n}>" for n in range(len(template.columns))]
    assert all(
        cell in template.fill(template.columns)(row) for cell in set(row[: len(set(template.columns))][:1])
    )


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4), st.text(max_size=6))
def test_words_that_are_not_named_stay(words: dict[str, str], cell: str) -> None:
    if len({word.strip().casefold() for word in words}) < len(words) or not words:
        return
    rows = "".join(f"{quoted(old)} = {quoted(new)}\n" for old, new in words.items())
    change = rules_of(f"[ticket.values.subject]\n{rows}").values("subject")
    assert change is not None
    folded = {old.strip().casefold(): new for old, new in words.items()}
    for _ in range(2):
        assert change(cell) == folded.get(cell.strip().casefold(), cell)


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" if not c.isalnum() else c for c in text) + '"'


def test_an_expression_that_takes_too_long_is_a_bad_cell_and_in_the_end_a_mistake() -> None:
    from tiketti_migrate.mapping import patterns

    rules = rules_of("[[ticket.replace.subject]]\npattern = '(a+)+$'")
    replace = rules.replaces("subject")
    assert replace is not None
    assert replace("aaa") == ""
    before, patterns._SECONDS = patterns._SECONDS, 0.01
    try:
        for _ in range(patterns._MOST_TIMEOUTS):
            with pytest.raises(BadCell, match=r"map.toml:2: the expression takes too long on 'aaaa"):
                replace("a" * 5000 + "b")
        with pytest.raises(UsageError, match="again and again") as refused:
            replace("a" * 5000 + "b")
    finally:
        patterns._SECONDS = before
    assert refused.value.where == "map.toml:2"


def test_a_thousand_rows_of_a_table_by_position() -> None:
    table = "Titel;Status\n" + "".join(f"[X] {n};{'Wartend' if n % 2 else 'Spam'}\n" for n in range(1000))
    rows = list(csv.reader(io.StringIO(table), delimiter=";"))
    rules = rules_of(MAP.replace('"Tag 1" = "labels"', "").replace('"Tag 2" = "labels"', ""))
    where, subject = rules.where(rows[0]), rules.change("subject")
    assert where is not None
    assert subject is not None
    assert [subject(row[0]) for row in rows[1:] if where(row)] == [str(n) for n in range(1, 1000, 2)]
