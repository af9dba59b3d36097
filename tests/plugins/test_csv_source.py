"""The csv source: the contract, and a folder of joined tables with its expected records."""

from pathlib import Path

import pytest

from csv_sources import Desk, as_text, everything
from tiketti_migrate.api import Source
from tiketti_migrate.errors import UsageError
from tiketti_migrate.testing import SourceContract
from tiketti_migrate_csv.source import CsvOptions, CsvSource

DATA = Path(__file__).parents[1] / "data" / "csv"
DESK = DATA / "desk"
PRESETS = sorted(path for path in (DATA / "presets").glob("*.csv"))


def desk_options() -> CsvOptions:
    return CsvOptions(
        paths=(DESK / "tickets.csv",),
        contacts=DESK / "contacts.csv",
        companies=DESK / "companies.csv",
        messages=DESK / "messages.csv",
        time_entries=DESK / "times.csv",
        labels=DESK / "labels.csv",
        timezone="Europe/Helsinki",
    )


# Exports with comments, of which they do not say whether they are internal.
WITH_COMMENTS = frozenset({"glpi-fr", "jira"})


class TestDesk(SourceContract):
    def make(self) -> Source:
        return CsvSource(desk_options())


class TestHostile(SourceContract):
    def make(self) -> Source:
        return CsvSource(CsvOptions(paths=(DATA / "hostile.csv",)))


def test_joined_tables_become_the_records_of_their_twin() -> None:
    source = CsvSource(desk_options())
    source.check()
    assert list(as_text(everything(source))) == _lines(DATA / "desk.expected.txt")


def test_a_hostile_table_becomes_the_records_of_its_twin() -> None:
    source = CsvSource(CsvOptions(paths=(DATA / "hostile.csv",)))
    source.check()
    assert list(as_text(everything(source))) == _lines(DATA / "hostile.expected.txt")


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_the_exports_of_other_helpdesks_become_tickets(path: Path) -> None:
    source = CsvSource(CsvOptions(paths=(path,), default_requester="desk@example.com", date_order="dmy"))
    source.check()
    found = everything(source)
    assert found.tickets
    assert found.problems == []
    is_public = any("all are taken as public" in notice for notice in found.notices)
    assert is_public == (path.stem in WITH_COMMENTS)
    assert [warning for warning in found.warnings if "kept as extra" in warning] == []


def test_the_title_is_what_the_file_is_called(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = desk.write("Subject,Email\nHello,jane@example.com", "Q1 tickets.v2.csv")
    source = CsvSource(CsvOptions(paths=(path,)))
    source.check()
    assert source.title == "Q1 tickets"
    named = CsvSource(CsvOptions(paths=(path,), title="Old desk"))
    named.check()
    assert named.title == "Old desk"
    zendesk = CsvSource(CsvOptions(paths=(DATA / "presets" / "zendesk.csv",)))
    zendesk.check()
    assert zendesk.title == "Zendesk"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_contacts_given_as_tickets_are_told_their_flag(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(UsageError, match="does not look like a table of tickets") as error:
        desk.read("Name,Email,Phone\nJane,jane@example.com,12345\n")
    assert error.value.hint == "it looks like a table of contacts: give it with --contacts FILE"
