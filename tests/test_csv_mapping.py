"""Mapping files for tables as people have them: repeated columns, words that are nowhere, formats that fail."""

import json
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
