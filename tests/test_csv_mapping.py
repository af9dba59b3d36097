"""Mapping files for tables as people have them: repeated columns, words and formats in vain."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from csv_sources import Desk, as_text
from tiketti_migrate.drafting import written
from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.naming import distinct

REPEATED = """
    ID,Subject,Requester,Status,Comment,Comment,Status,Foo,Foo,,Comment
    1,One,j@example.com,open,first,second,solved,x,y,z,third
    2,Two,j@example.com,solved,third,,open,x,,,
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def drafted(desk: Desk, text: str, **options: Any) -> str:
    """The mapping file that init writes for ``tickets.csv``, with ``text`` in it."""
    source = desk.source(text, **options)
    source.check()
    draft = source.draft()
    assert draft is not None
    return written(source, {}, draft, "map.toml")


def test_columns_of_one_header_are_named_by_their_number() -> None:
    assert distinct(("A", "", "A", "A (2)", "A", "")) == (
        "A",
        "column 2",
        "A (3)",
        "A (2)",
        "A (4)",
        "column 6",
    )
    assert distinct(("column 2", "")) == ("column 2", "column 2 (2)")


def test_init_of_repeated_columns_comes_to_the_same(desk: Desk) -> None:
    plain = list(as_text(desk.read(REPEATED)))
    text = drafted(desk, REPEATED)
    columns = tomllib.loads(text)["ticket"]["columns"]
    assert (columns["Status"], columns["Status (2)"]) == ("status", "extra")
    # One line, so that it holds for an export with more comments, too.
    assert columns["Comment"] == "comment"
    assert "Comment (2)" not in columns
    assert "also 'Comment (2)' and 1 more" in text
    assert columns["column 10"] == "extra"
    assert list(as_text(desk.read(map=text))) == plain


def test_inspect_lists_each_of_them(desk: Desk) -> None:
    draft = desk.source(REPEATED).draft()
    assert draft is not None
    names = [column.column for column in draft.tables["ticket"].columns]
    assert names[3:] == [
        *("Status", "Comment", "Comment (2)", "Status (2)", "Foo", "Foo (2)", "column 10", "Comment (3)")
    ]


def test_each_of_them_can_be_named_in_every_part_of_a_mapping_file(desk: Desk) -> None:
    rules = """
        [ticket.columns]
        Comment = "ignore"
        "Comment (2)" = "note"
        "column 10" = "labels"
        [ticket.fields]
        subject = "{Foo (2)}/{Subject}"
        [[ticket.where]]
        column = "Status (2)"
        is = "solved"
    """
    found = desk.read(REPEATED, map=rules)
    assert list(found.tickets) == ["1"]
    assert found.ticket.subject == "y/One"
    assert [message.body for message in found.messages if message.is_internal] == ["second"]
    assert [label.name for label in found.labels] == ["z"]
    with pytest.raises(
        UsageError, match=r"map.toml:2: there is no column 'Foo \(3\)'.*did you mean 'Foo \(2\)'"
    ):
        desk.read(map='[ticket.columns]\n"Foo (3)" = "note"')


def test_a_column_of_many_can_be_the_one_to_group_by(desk: Desk) -> None:
    found = desk.read(
        "Subject,Requester,Nr,Nr\nOne,j@example.com,1,7\nTwo,j@example.com,2,7", group_by="Nr (2)"
    )
    assert list(found.tickets) == ["7"]


def uncommented(text: str, table: str) -> str:
    """The file with one of the tables that it suggests."""
    lines = text.splitlines()
    start = lines.index(f"# {table}")
    end = next((place for place in range(start, len(lines)) if not lines[place]), len(lines))
    return "\n".join([*lines[:start], *(line.removeprefix("# ") for line in lines[start:end]), *lines[end:]])


FINNISH = """
    Nro;Otsikko;Asiakas;Tila
    1;[a] Yksi;j@example.com;Avoin
    2;Kaksi;j@example.com;Suljettu
    3;Kolme;j@example.com;Avoin
"""


@pytest.mark.parametrize(
    ("table", "kept"),
    [
        (FINNISH, ["1", "3"]),
        (FINNISH.replace("Suljettu", "Avoin"), ["1", "2", "3"]),
        (FINNISH.replace("Suljettu", ""), ["1", "3"]),
        (FINNISH.replace(";Tila", ";Kerros"), ["1", "2", "3"]),
        (FINNISH.replace("Otsikko", "Kuvaus").replace(";Tila", ";{Kerros}"), ["1", "2", "3"]),
        (FINNISH.replace("Suljettu", "Ratkaistu"), ["1", "3"]),
        (FINNISH.replace("Suljettu", "AVOIN"), ["1", "2", "3"]),
    ],
    ids=["closed", "one word", "empty", "no status", "no subject", "resolved", "one word in two cases"],
)
def test_what_init_suggests_is_true_of_the_very_table(desk: Desk, table: str, kept: list[str]) -> None:
    text = drafted(desk, table)
    assert list(desk.read(map=uncommented(text, "[[ticket.where]]")).tickets) == kept
    assert len(desk.read(map=uncommented(text, "[ticket.fields]")).tickets) == 3
    assert len(desk.read(map=uncommented(text, "[[ticket.replace.subject]]")).tickets) == 3


def test_words_of_a_map_that_are_nowhere_are_told(desk: Desk) -> None:
    rules = """
        [ticket.values.status]
        Avoin = "open"
        Sulljettu = "closed"

        [ticket.values.labels]
        VIP = "Tärkeä"
    """
    found = desk.read(FINNISH, map=rules)
    assert [(one.code, one.where, one.message, one.lost) for one in found.problems] == [
        ("UNKNOWN_WORD", "map.toml:4", "no ticket has 'Sulljettu' in status (did you mean 'Suljettu'?)", 0),
        ("UNKNOWN_WORD", "map.toml:7", "no ticket has 'VIP' in labels", 0),
    ]
    assert desk.read(map='[ticket.values.status]\n"avoin " = "pending"\nSULJETTU = "closed"').problems == []


def test_rules_for_a_table_that_is_not_there_are_told(desk: Desk) -> None:
    found = desk.read(FINNISH, map='[ticket.columns]\n\n[time_entry.columns]\nHours = "duration"')
    assert [(one.code, one.where, one.lost) for one in found.problems] == [("UNKNOWN_TABLE", "map.toml:3", 0)]
    assert "no table of its own for each time entry" in found.problems[0].message


def test_a_whole_vocabulary_in_vain_is_cut(desk: Desk) -> None:
    words = "".join(f"w{n} = 'open'\n" for n in range(500))
    found = desk.read(FINNISH, map=f"[ticket.values.status]\n{words}")
    assert len(found.problems) == 21
    assert found.problems[-1].message == "no ticket has 480 more words of its maps"


DATED = """
    ID,Subject,Requester,Opened,Floor,Time
    1,One,j@example.com,-,3,08:30
    2,Two,j@example.com,31.01.2024,4,09:00
    3,Three,j@example.com,01.02.2024,,
"""


def refused(desk: Desk, text: str, rules: str) -> str:
    with pytest.raises(UsageError) as error:
        desk.read(text, map=rules)
    return str(error.value)


def test_a_format_that_reads_no_cell_is_refused(desk: Desk) -> None:
    told = refused(desk, DATED, '[ticket.formats]\n\nOpened = "%Y-%m-%d"')
    assert told.startswith("map.toml:3: the format '%Y-%m-%d' reads no cell of the column 'Opened': ")
    assert "31.01.2024" in told
    assert "in line 3 of tickets.csv" in told
    assert "without a format dates are read as dmy" in told
    unreadable = DATED.replace("31.01.2024", "31;01;2024").replace("01.02.2024", "01;02;2024")
    assert "%d is the day" in refused(desk, unreadable, '[ticket.formats]\nOpened = "%Y-%m-%d"')


@pytest.mark.parametrize("opened", ["", "-", "N/A"])
def test_a_format_of_a_column_without_dates_is_none_in_vain(desk: Desk, opened: str) -> None:
    table = DATED.replace("31.01.2024", opened).replace("01.02.2024", "")
    assert len(desk.read(table, map='[ticket.formats]\nOpened = "%Y-%m-%d"').tickets) == 3


def test_what_one_cell_is_read_by_may_fail_on_others(desk: Desk) -> None:
    found = desk.read(DATED.replace("31.01.2024", "31/01/2024"), map='[ticket.formats]\nOpened = "%d.%m.%Y"')
    assert found.tickets["3"].created_at is not None
    assert found.tickets["2"].extra["created_at"] == "31/01/2024"


def test_a_format_of_a_column_that_is_no_date_is_refused(desk: Desk) -> None:
    told = refused(desk, DATED, '[ticket.formats]\nOpened = "%d.%m.%Y"\nFloor = "%d.%m.%Y"')
    assert told.startswith("map.toml:3: the column 'Floor' is extra, which is no date")
    told = refused(desk, DATED, '[ticket.columns]\nOpened = "ignore"\n[ticket.formats]\nOpened = "%d.%m.%Y"')
    assert told.startswith("map.toml:4: the column 'Opened' is ignore")


def test_a_format_may_be_that_of_a_column_in_a_template(desk: Desk) -> None:
    rules = """
        [ticket.fields]
        created_at = "{Opened} {Time}"
        [ticket.formats]
        Opened = "%d.%m.%Y %H:%M"
    """
    found = desk.read(DATED, map=rules)
    assert str(found.tickets["2"].created_at) == "2024-01-31 09:00:00+00:00"
