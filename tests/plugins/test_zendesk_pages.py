"""API pages and other envelopes: everything in them, and which ticket comments are of."""

import json
from pathlib import Path
from typing import Any

import pytest

from zendesk_parts import Desk, ticket

ENDS: dict[str, dict[str, Any]] = {
    "offset": {
        "next_page": "https://acme.zendesk.com/api/v2/tickets.json?page=2",
        "previous_page": None,
        "count": 2,
    },
    "cursor": {
        "meta": {"has_more": True, "after_cursor": "x"},
        "links": {"next": "https://acme.zendesk.com/api"},
    },
    "incremental": {"after_cursor": "x", "after_url": "https://acme.zendesk.com", "end_of_stream": True},
    "time": {"count": 2, "end_time": 1400000000, "next_page": "https://acme.zendesk.com"},
    "bare": {},
}
COMMENT: dict[str, Any] = {"id": 5, "author_id": 1, "body": "It jams", "public": True}
AUDIT: dict[str, Any] = {"id": 6, "author_id": 1, "events": [], "created_at": "2024-01-01T00:00:00Z"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("indent", [None, 2])
def test_every_kind_of_page_is_read(desk: Desk, end: str, indent: int | None) -> None:
    found = desk.read_one("x", json.dumps({"tickets": [ticket(1), ticket(2)], **ENDS[end]}, indent=indent))
    assert found.ids() == [1, 2]
    place = "x:1" if indent is None else "x"
    assert [item.where for item in found.items] == [f"{place} tickets #1", f"{place} tickets #2"]
    assert not found.problems


def test_all_that_lies_side_by_side_is_read(desk: Desk) -> None:
    lists = {
        "tickets": "ticket", "users": "user", "groups": "group", "organizations": "organization",
        "brands": "brand", "custom_statuses": "custom_status", "ticket_forms": "ticket_form",
        "ticket_fields": "ticket_field", "identities": "user_identity",
    }  # fmt: skip
    page: dict[str, Any] = {key: [{"id": number, "name": "?"}] for number, key in enumerate(lists)}
    page |= {"tags": [{"name": "vip", "count": 3}, {"name": "printer", "count": 1}], "macros": [{"id": 1}]}
    found = desk.read_one("x.json", json.dumps({**page, "next_page": None, "count": 1}, indent=1))
    assert [item.kind for item in found.items] == list(lists.values())
    assert found.export.parts[0].kinds == set(lists.values())
    assert found.words() == "x.json: 2 tags are not read\nx.json: 1 macros are not read"
    assert all(problem.lost == 0 for problem in found.problems)


@pytest.mark.parametrize("one", ["ticket", "user", "organization", "group", "brand", "ticket_field", "audit"])
def test_a_single_object_is_read(desk: Desk, one: str) -> None:
    found = desk.read_one("x.json", json.dumps({one: {"id": 7, "ticket_id": 1}}, indent=2))
    assert [(item.kind, item.raw["id"]) for item in found.items] == [(one, 7)]


@pytest.mark.parametrize("indent", [None, 1])
def test_arrays_of_envelopes_are_read(desk: Desk, indent: int | None) -> None:
    value = [{"ticket": ticket(1)}, {"tickets": [ticket(2)], "users": [{"id": 9}]}, ticket(3), [ticket(4)]]
    found = desk.read_one("x.json", json.dumps(value, indent=indent))
    assert found.ids() == [1, 2, 3, 4]
    assert found.ids("user") == [9]


def test_results_of_a_search_are_told_apart(desk: Desk) -> None:
    results = [{**ticket(1), "result_type": "ticket"}, {"id": 2, "name": "A", "result_type": "user"}]
    found = desk.read_one("x.json", json.dumps({"results": results, "facets": None, "count": 2}, indent=1))
    assert [item.kind for item in found.items] == ["ticket", "user"]


def test_what_is_no_record_is_told(desk: Desk) -> None:
    found = desk.read_one("x.json", json.dumps({"tickets": [ticket(1), None, "two", 3]}))
    assert found.ids() == [1]
    assert found.told() == [("NO_RECORD", f"x.json:1 tickets #{number}", 1) for number in (2, 3, 4)]


def test_empty_pages_are_pages(desk: Desk) -> None:
    found = desk.read_one("x.json", json.dumps({"tickets": [], "count": 0, "next_page": None}))
    assert found.export.parts[0].kinds == {"ticket"}
    assert not found.problems


LINK = "https://acme.zendesk.com/api/v2/tickets/35436/comments.json?page=2"


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("x.json", {"comments": [{**COMMENT, "ticket_id": 35436}]}),
        ("tickets/1/comments.json", {"comments": [{**COMMENT, "ticket_id": 35436}], "ticket_id": 2}),
        ("x.json", {"ticket_id": 35436, "comments": [COMMENT]}),
        ("x.json", {"comments": [COMMENT], "ticket_id": 35436}),
        ("x.json", {"ticket": {"id": 35436}, "comments": [COMMENT]}),
        ("x.json", {"comments": [COMMENT], "next_page": LINK, "count": 200}),
        ("x.json", {"comments": [COMMENT], "meta": {"has_more": True}, "links": {"next": LINK}}),
        ("tickets/35436/comments.json", {"comments": [COMMENT], "next_page": None}),
        ("tickets/35436/comments_2.json", {"comments": [COMMENT], "next_page": None}),
        ("comments_35436.json", {"comments": [COMMENT]}),
        ("out/comments-35436.json", [COMMENT]),
        ("35436/comments.json", [COMMENT]),
        ("comments/35436.json", [COMMENT]),
        ("ticket_35436_comments.json", [COMMENT]),
        ("35436_comments.json", COMMENT),
    ],
)
def test_comments_know_their_ticket(desk: Desk, name: str, page: Any) -> None:
    desk.file(name, json.dumps(page))
    (raw,) = desk.read().raws("comment")
    assert raw == {**COMMENT, "ticket_id": raw["ticket_id"]}
    assert str(raw["ticket_id"]) == "35436"


@pytest.mark.parametrize("name", ["tickets/35436/audits.json", "35436/audits.json", "audits_35436.json"])
def test_audits_know_their_ticket(desk: Desk, name: str) -> None:
    desk.file(name, json.dumps({"audits": [AUDIT], "next_page": None}))
    assert desk.read().raws("audit") == [{**AUDIT, "ticket_id": "35436"}]


def test_a_ticket_may_be_named_by_letters(desk: Desk) -> None:
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    desk.file(f"tickets/{uuid}/comments.json", json.dumps([COMMENT]))
    assert desk.read().raws("comment")[0]["ticket_id"] == uuid


def test_a_folder_that_may_be_of_a_year_is_doubted(desk: Desk) -> None:
    desk.file("tickets/2023/all_comments.json", json.dumps([COMMENT]))
    desk.file("tickets/2024/comments.json", json.dumps([COMMENT]))
    desk.file("tickets/35436/all_comments.json", json.dumps([COMMENT]))
    found = desk.read()
    assert [raw["ticket_id"] for raw in found.raws("comment")] == ["2024", "35436"]
    assert found.told() == [
        ("NO_TICKET", "tickets/2023/all_comments.json", 1),
        ("TICKET_BY_NAME", "tickets/2024/comments.json", 0),
    ]


def test_comments_of_no_ticket_are_lost_aloud(desk: Desk) -> None:
    desk.file("a.json", json.dumps(ticket(1)))
    desk.file("b.json", json.dumps({"comments": [COMMENT], "audits": [AUDIT]}))
    assert desk.read().told() == [
        ("NO_TICKET", "b.json:1 comments #1", 1),
        ("NO_TICKET", "b.json:1 audits #1", 0),
    ]


def test_the_comments_in_a_ticket_stay_there(desk: Desk) -> None:
    found = desk.read_one("x.json", json.dumps({"tickets": [ticket(1, comments=[COMMENT])]}))
    assert [item.kind for item in found.items] == ["ticket"]
    assert found.items[0].raw["comments"] == [COMMENT]
