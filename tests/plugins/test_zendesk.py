"""The Zendesk source: the contract on the sample export, and accounts that are hostile."""

import json
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.api import Checkpoint, Problem, Source
from tiketti_migrate.errors import UsageError
from tiketti_migrate.records import Agent, Contact, Label, Message, Outcome, Record, Ticket, TimeEntry
from tiketti_migrate.testing import SourceContract
from tiketti_migrate_zendesk.files import Line
from tiketti_migrate_zendesk.source import ZendeskOptions, ZendeskSource
from tiketti_migrate_zendesk.tickets import records_of
from tiketti_migrate_zendesk.values import moment
from world import account, write_export

T = TypeVar("T")
SAMPLE = Path(__file__).parents[2] / "src" / "tiketti_migrate" / "cli" / "sample"


class TestZendesk(SourceContract):
    def make(self) -> Source:
        return ZendeskSource(ZendeskOptions(paths=(SAMPLE,)))


def read(*paths: Path) -> list[Record | Problem]:
    source = ZendeskSource(ZendeskOptions(paths=paths))
    source.check()
    return [item for item in source.extract(None) if not isinstance(item, Checkpoint)]


def one(tmp_path: Path, **changes: Any) -> list[Record | Problem]:
    data = account(1)
    data["tickets"][0].update(changes)
    return read(write_export(tmp_path / "export", data))


def of(kind: type[T], items: list[Record | Problem]) -> list[T]:
    return [item for item in items if isinstance(item, kind)]


def test_a_ticket_becomes_all_its_records(tmp_path: Path) -> None:
    found = one(tmp_path)
    (ticket,) = of(Ticket, found)
    assert (ticket.subject, ticket.priority, ticket.label_ids) == ("Ticket 1000", "low", ("tag0", "all"))
    assert ticket.url == "https://acme.zendesk.com/agent/tickets/1000"
    messages = of(Message, found)
    assert [m.source_id for m in messages] == ["100000", "100001", "100002"]
    assert [m.is_internal for m in messages] == [False, True, False]
    (entry,) = of(TimeEntry, found)
    assert (entry.duration_minutes, entry.agent_id) == (3, "900")
    assert "125 s" in str(entry.description)
    assert [label.name for label in of(Label, found)] == ["tag0", "all"]
    assert [agent.name for agent in of(Agent, found)] == ["Aino Agent"]
    assert of(Outcome, found)[0].status == "open"


@pytest.mark.parametrize(
    ("word", "status"),
    [("new", "open"), ("hold", "pending"), ("solved", "resolved"), ("closed", "closed"), ("odd", "open")],
)
def test_status_words(tmp_path: Path, word: str, status: str) -> None:
    (outcome,) = of(Outcome, one(tmp_path, status=word))
    assert outcome.status == status
    assert bool(outcome.warnings) == (word == "odd")


def test_a_deleted_ticket_is_counted_and_left_out(tmp_path: Path) -> None:
    found = one(tmp_path, status="deleted")
    assert not of(Ticket, found)
    assert [problem.code for problem in of(Problem, found)] == ["DELETED_TICKET"]


def test_a_description_without_comments_is_the_message(tmp_path: Path) -> None:
    (message,) = of(Message, one(tmp_path, comments=None, description="Help\x00!"))
    assert (message.body, message.author_id) == ("Help!", "100")


def test_a_ticket_of_nobody_gets_a_named_stand_in(tmp_path: Path) -> None:
    found = one(tmp_path, requester_id=None)
    assert [c.name for c in of(Contact, found) if c.source_id == of(Ticket, found)[0].requester_id]


def test_broken_lines_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(2))
    text = (export / "tickets.ndjson").read_text()
    (export / "tickets.ndjson").write_text("\ufeff" + text.replace("\n", "\n{broken\n[1]\n", 1))
    found = read(export)
    assert [p.where for p in of(Problem, found)] == ["tickets.ndjson:2", "tickets.ndjson:3"]
    assert len(of(Ticket, found)) == 2


def test_files_are_told_apart_by_content_and_pages_are_read(tmp_path: Path) -> None:
    data = account(2)
    (tmp_path / "a.json").write_text(json.dumps({"users": data["users"], "next_page": None}))
    (tmp_path / "b.json").write_text(json.dumps(data["tickets"]))
    (tmp_path / "c.bin").write_text("nothing known")
    found = read(tmp_path)
    assert len(of(Ticket, found)) == 2
    assert len(of(Contact, found)) == 2
    assert [p.code for p in of(Problem, found)] == ["UNKNOWN_FILE"]


def test_nothing_to_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Zendesk data"):
        read(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("words", "utc"),
    [
        ("2023-05-01T12:30:00Z", "2023-05-01T12:30:00+00:00"),
        ("2016-04-28T11:19:34 -10:00", "2016-04-28T21:19:34+00:00"),
        ("2023-05-01", "2023-05-01T00:00:00+00:00"),
    ],
)
def test_dates(words: str, utc: str) -> None:
    found = moment(words)
    assert found is not None
    assert found.isoformat() == utc


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = tuple(account(1)["tickets"][0])
COMMENT_FIELDS = ("id", "author_id", "body", "html_body", "public", "created_at", "attachments")


@given(st.sampled_from(FIELDS), VALUES, st.sampled_from(COMMENT_FIELDS), VALUES)
def test_any_value_in_any_field_still_gives_a_ticket(
    field: str, value: Any, comment_field: str, comment_value: Any
) -> None:
    data: dict[str, Any] = account(1)["tickets"][0]
    data["comments"][1][comment_field] = comment_value
    data[field] = value
    records = list(records_of(Line("tickets.ndjson:1", data), "1000", frozenset({"7"})))
    assert [record.kind for record in records].count("ticket") == 1
    assert [record.kind for record in records].count("outcome") == 1
