"""What becomes of tickets, comments, time and people."""

import json
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tiketti_migrate.api import Problem, each
from tiketti_migrate.records import (
    Agent,
    Attachment,
    Contact,
    Label,
    Message,
    Outcome,
    Record,
    Ticket,
    TimeEntry,
    parse_record,
    record_of,
)
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.source import ZendeskOptions, ZendeskSource
from world import account, write_export

T = TypeVar("T")


def read(*paths: Path) -> list[Record | Problem]:
    source = ZendeskSource(ZendeskOptions(paths=paths))
    source.check()
    items = [record_of(item) if isinstance(item, dict) else item for item in each(source.extract(None))]
    return [item for item in items if isinstance(item, Record | Problem)]


def one(tmp_path: Path, **changes: Any) -> list[Record | Problem]:
    data = account(1)
    data["tickets"][0].update(changes)
    return read(write_export(tmp_path / "export", data))


def of(kind: type[T], items: list[Record | Problem]) -> list[T]:
    return [item for item in items if isinstance(item, kind)]


def talk(tmp_path: Path, *comments: dict[str, Any]) -> list[Message]:
    return of(Message, one(tmp_path, comments=list(comments), description=None))


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
    [("new", "open"), ("HOLD ", "pending"), ("solved", "resolved"), ("closed", "closed"), ("odd", "open")],
)
def test_status_words(tmp_path: Path, word: str, status: str) -> None:
    (outcome,) = of(Outcome, one(tmp_path, status=word))
    assert outcome.status == status
    assert bool(outcome.warnings) == (word == "odd")


def test_a_description_without_comments_is_the_message(tmp_path: Path) -> None:
    (message,) = of(Message, one(tmp_path, comments=None, description="Help\x00!"))
    assert (message.source_id, message.body, message.author_id) == ("1000-description", "Help!", "100")


def test_a_description_that_no_comment_tells_comes_first(tmp_path: Path) -> None:
    found = one(tmp_path, description="Only here")
    (ticket,) = of(Ticket, found)
    first = of(Message, found)[0]
    assert (first.source_id, first.body) == (f"{ticket.source_id}-description", "Only here")
    assert ticket.warnings


def test_a_ticket_of_nobody_gets_a_named_stand_in(tmp_path: Path) -> None:
    found = one(tmp_path, requester_id=None)
    assert [c.name for c in of(Contact, found) if c.source_id == of(Ticket, found)[0].requester_id]


def test_without_a_requester_the_submitter_is_taken_and_it_is_said(tmp_path: Path) -> None:
    (ticket,) = of(Ticket, one(tmp_path, requester_id=None, submitter_id=101))
    assert ticket.requester_id == "101"
    assert ticket.warnings


def test_a_field_that_nobody_knows_is_kept(tmp_path: Path) -> None:
    (ticket,) = of(Ticket, one(tmp_path, brand_new_field={"a": 1}))
    assert ticket.extra == {"brand_new_field": {"a": 1}}


def test_comments_are_sorted_and_one_without_a_date_stays_in_its_place(tmp_path: Path) -> None:
    found = talk(
        tmp_path,
        {"id": 1, "body": "second", "public": True, "created_at": "2023-01-02T00:00:00Z"},
        {"id": 2, "body": "third", "public": True, "created_at": None},
        {"id": 3, "body": "first", "public": True, "created_at": "2023-01-01T00:00:00Z"},
    )
    assert [message.body for message in found] == ["first", "second", "third"]
    assert found[2].created_at == found[1].created_at
    assert found[2].warnings


def test_html_is_preferred_and_an_empty_one_is_not(tmp_path: Path) -> None:
    found = talk(
        tmp_path,
        {"id": 1, "body": "a", "plain_body": "a", "html_body": "<p>a</p>", "public": True},
        {"id": 2, "body": "b &amp; c", "plain_body": "b & c", "html_body": "  ", "public": True},
    )
    assert [(m.body, m.body_format) for m in found] == [("<p>a</p>", "html"), ("b & c", "text")]


def test_a_repeated_comment_is_listed_and_not_written_twice(tmp_path: Path) -> None:
    comment = {"id": 1, "author_id": 100, "body": "Hello", "public": True}
    found = one(tmp_path, comments=[comment, comment, {**comment, "body": "Other"}])
    assert [m.source_id for m in of(Message, found)] == ["1", "1-2"]
    assert [problem.code for problem in of(Problem, found)] == ["REPEATED_COMMENT"]


def test_files_keep_their_name_and_never_a_path(tmp_path: Path) -> None:
    files = [
        {"id": 1, "file_name": "../../etc/passwd", "content_url": "https://x.example.com/1", "size": 3},
        {"id": 1, "file_name": "C:\\temp\\a.txt", "content_url": "file:///etc/passwd", "size": -1},
        {"file_name": None},
    ]
    comment = {"id": 1, "author_id": 100, "body": "see", "public": True, "attachments": files}
    found = of(Attachment, one(tmp_path, comments=[comment]))
    assert [file.filename for file in found] == ["passwd", "a.txt", "attachment-3"]
    assert len({file.source_id for file in found}) == 3
    assert (found[0].size, found[1].size, found[1].content_url) == (3, None, None)


@pytest.mark.parametrize("value", ["", None, 0, -5, "abc", 1.5, [60], 1e300])
def test_odd_time_is_no_entry(tmp_path: Path, value: Any) -> None:
    assert not of(TimeEntry, one(tmp_path, custom_fields=[{"id": 7, "value": value}]))


@pytest.mark.parametrize(
    ("value", "utc"),
    [
        ("2023-05-01T12:30:00Z", "2023-05-01T12:30:00+00:00"),
        ("2016-04-28T11:19:34 -10:00", "2016-04-28T21:19:34+00:00"),
        ("2023-05-01T12:30:00+0200", "2023-05-01T10:30:00+00:00"),
    ],
)
def test_dates_that_need_no_guess(value: str, utc: str) -> None:
    found = moment(value)
    assert (found.at and found.at.isoformat(), found.warning) == (utc, None)


@pytest.mark.parametrize(
    ("value", "utc"),
    [
        ("2023-05-01", "2023-05-01T00:00:00+00:00"),
        ("2023-05-01 12:30:00", "2023-05-01T12:30:00+00:00"),
        ("May 1, 2023 12:30 PM", "2023-05-01T12:30:00+00:00"),
        (1467763200, "2016-07-06T00:00:00+00:00"),
        (1467763200000, "2016-07-06T00:00:00+00:00"),
        ("10", None),
        ("May 2023", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-10:00", None),
        (True, None),
        ({"a": 1}, None),
        (float("nan"), None),
    ],
)
def test_dates_that_are_guessed_or_unreadable_are_said(value: Any, utc: str | None) -> None:
    found = moment(value)
    assert (found.at.isoformat() if found.at else None) == utc
    assert found.warning


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TICKET_FIELDS = (*account(1)["tickets"][0], "description", "audits", "submitter_id", "fields", "via")
COMMENT_FIELDS = (
    "id",
    "type",
    "author_id",
    "body",
    "html_body",
    "public",
    "created_at",
    "attachments",
    "via",
)
USER_FIELDS = (
    "id", "name", "email", "role", "phone", "notes", "details", "organization_id", "active", "suspended",
    "url",
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(TICKET_FIELDS), VALUES, max_size=4),
    st.dictionaries(st.sampled_from(COMMENT_FIELDS), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(USER_FIELDS), VALUES, max_size=3),
)
def test_any_value_anywhere_gives_a_record_or_a_problem_and_spares_the_others(
    tmp_path: Path, ticket: dict[str, Any], comment: dict[str, Any], user: dict[str, Any]
) -> None:
    data = account(2)
    data["tickets"][1]["comments"][1].update(comment)
    data["tickets"][1].update(ticket)
    data["users"][2].update(user)
    found = read(write_export(tmp_path, data))
    for item in found:
        if isinstance(item, Record):
            text = item.model_dump_json(exclude_none=True)
            assert parse_record(text).source_id == item.source_id
    places = [item.where if isinstance(item, Problem) else str(item.origin) for item in found]
    assert {"tickets.ndjson:1", "tickets.ndjson:2", "users.ndjson:2", "users.ndjson:3"} <= set(places)
    spared = [ticket for ticket in of(Ticket, found) if ticket.origin == "tickets.ndjson:1"]
    assert [ticket.subject for ticket in spared] == ["Ticket 1000"]
    assert json.dumps([str(place) for place in places])
