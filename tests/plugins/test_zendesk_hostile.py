"""Any value anywhere: no crash, nothing lost without a word, and the quick way is the careful one."""

from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tiketti_migrate_zendesk.account import Account, Pieces
from tiketti_migrate_zendesk.comments import draft_of
from tiketti_migrate_zendesk.people import company_records, person_records
from tiketti_migrate_zendesk.references import References
from tiketti_migrate_zendesk.usual import Asked, usual_message
from tiketti_migrate_zendesk.values import json_safe
from zendesk_objects import HOST, Converted, comment, convert, options, some_account, ticket

TEXTS = st.text(st.characters(), max_size=20) | st.sampled_from(
    [
        "", " ", "\x00", "\ud800", "2016-04-28T11:19:34 -10:00", "2023-05-01T12:30:00Z", "7f3c-uuid", "-1",
        "1e9", "<img src=x>", "<b>bold</b>", f"https://{HOST}/tickets/5", "Comment", "deleted",
        "\u202e\u0301abc", "a" * 3000,
    ]
)  # fmt: skip
IDS = st.sampled_from([100, 900, 77, 10**30])
KEYS = st.sampled_from(["id", "value", "type", "body", "score", "from", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | IDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
TICKET_FIELDS = (
    "id", "_id", "url", "subject", "raw_subject", "description", "status", "custom_status_id", "priority",
    "type", "requester_id", "submitter_id", "assignee_id", "organization_id", "group_id", "collaborator_ids",
    "follower_ids", "email_cc_ids", "tags", "custom_fields", "fields", "due_at", "problem_id", "via",
    "via_followup_source_id", "followup_ids", "satisfaction_rating", "brand_id", "ticket_form_id",
    "external_id", "recipient", "created_at", "updated_at", "generated_timestamp", "audits",
    "never_heard_of", "\ud800",
)  # fmt: skip
COMMENT_FIELDS = (
    "id", "_id", "type", "author_id", "public", "created_at", "attachments", "via", "audit_id", "metadata",
    "data", "never_heard_of",
)  # fmt: skip
FILE_FIELDS = (
    "id", "file_name", "content_url", "mapped_content_url", "content_type", "size", "inline", "deleted",
    "malware_scan_result", "thumbnails",
)  # fmt: skip
USER_FIELDS = (
    "name", "email", "phone", "role", "organization_id", "active", "suspended", "notes", "details", "tags",
    "alias", "external_id", "user_fields", "identities", "permanently_deleted", "domain_names",
    "organization_fields", "group_id", "url", "custom_role_id",
)  # fmt: skip
EXTRAS = st.sampled_from(["note", "label", "off"])
TIMES = st.sampled_from(["updates", "total", "off"])
MARKERS = ("first marker", "second marker", "third marker")


def changes(names: tuple[str, ...], most: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), VALUES, max_size=most)


@settings(max_examples=400, deadline=None)
@given(changes(TICKET_FIELDS, 4), changes(COMMENT_FIELDS, 3), changes(FILE_FIELDS, 3), EXTRAS, TIMES)
@example({"created_at": "9999-12-31T23:59:59-10:00"}, {}, {}, "note", "total")
@example(
    {"audits": [{"events": [{"type": "ChatStartedEvent", "value": {"history": [{}]}}]}]}, {}, {}, "off", "off"
)
def test_every_comment_with_a_text_arrives_whatever_else_a_ticket_says(
    about: dict[str, Any], said: dict[str, Any], file: dict[str, Any], extras: str, time: str
) -> None:
    files = [{"id": 1, "file_name": "a.txt", "content_url": f"https://{HOST}/a", **file}]
    talk = [comment(id=n, body=words) for n, words in enumerate(MARKERS)]
    talk[1].update({"attachments": files, **said})
    found = convert(ticket(*talk, **about), extras=extras, time=time)
    if not found.records:
        assert found.problems
        return
    arrived = "\n".join(str(one["body"]) for one in found.of("message"))
    assert all(marker in arrived for marker in MARKERS)


@settings(max_examples=300, deadline=None)
@given(st.lists(VALUES, max_size=3), st.lists(VALUES, max_size=3), st.lists(VALUES, max_size=3))
def test_pieces_can_be_anything(comments: list[Any], audits: list[Any], own: list[Any]) -> None:
    convert(ticket(*own), pieces=Pieces(comments=tuple(comments), audits=tuple(audits)))


@settings(max_examples=300, deadline=None)
@given(changes(USER_FIELDS, 5), st.lists(VALUES, max_size=3), EXTRAS)
def test_people_and_companies_can_be_anything(raw: dict[str, Any], more: list[Any], extras: str) -> None:
    chosen = options(extras=extras)
    about = {"name": "Jane", "email": "jane@example.com", "role": "end-user", **raw}
    Converted(person_records(about, "1", "users:1", more, some_account(), chosen)).assert_sound()
    Converted(company_records(about, "1", "orgs:1", (), (), some_account(), chosen)).assert_sound()


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=4))
def test_words_of_the_account_can_be_anything(raws: list[Any]) -> None:
    account = Account()
    for raw in raws:
        about = {"id": 30, "name": "x", "title": "x", "custom_field_options": raw, "subdomain": raw}
        for one in (raw, about):
            account.add_field(one)
            account.add_group(one)
            account.add_brand(one)
            account.add_form(one)
            account.add_status(one)
    convert(ticket(comment(), custom_fields=[{"id": 30, "value": "c"}]), account)


BODIES = st.sampled_from(
    [
        None, "", " ", "\n", "\x00", "\x00 ", "\nHello", "Hello\x00", "<p>Hello</p>", "<p><img src=x></p>",
        f"see https://{HOST}/tickets/5.", f"<a href='https://{HOST}/tickets/5?a=1&amp;b=2'>x</a>",
    ]
)  # fmt: skip
# A usual comment with few changes: with many, none would go the quick way.
CHANGES = st.one_of(
    [st.tuples(st.just(name), BODIES | VALUES) for name in ("body", "plain_body", "html_body")]
    + [st.tuples(st.just("created_at"), st.sampled_from(["1901-05-01T12:30:00Z", "2023-13-01T12:30:00Z"]))]
    + [st.tuples(st.just("author_id"), st.sampled_from([77, -1, 0, True]))]
    + [st.tuples(st.just(name), VALUES) for name in COMMENT_FIELDS]
)


@settings(max_examples=800, deadline=None)
@given(st.lists(CHANGES, max_size=3).map(dict), st.booleans())
@example({"html_body": f"<p>see https://{HOST}/tickets/5&amp;</p>", "plain_body": "x", "via": {}}, True)
@example({"html_body": "<IMG src=x>"}, True)
@example({"html_body": "<p>Hello</p>", "plain_body": "\x00"}, True)
@example({"html_body": "  ", "body": "Hello"}, True)
@example({"author_id": -1}, True)
def test_the_quick_way_comes_to_what_the_careful_one_does(changed: dict[str, Any], knows_all: bool) -> None:
    raw, account = comment(**changed), some_account()
    if knows_all:
        account.holds = lambda _kind, _id: True
    asked = Asked("1000", "100", None, "tickets.ndjson:1", References(account), account.hosts)
    quick = usual_message(raw, asked)
    if quick is not None:
        careful = draft_of(raw, quick["source_id"], asked, None, first=False)
        assert (quick, []) == (careful.message, careful.files)


@pytest.mark.parametrize("changed", [{}, {"html_body": "<p>Hello</p>"}, {"author_id": 900}, {"type": None}])
def test_usual_comments_go_the_quick_way(changed: dict[str, Any]) -> None:
    account = some_account()
    asked = Asked("1000", "100", None, "tickets.ndjson:1", References(account), account.hosts)
    assert usual_message(comment(**changed), asked) is not None


@pytest.mark.parametrize("field", TICKET_FIELDS)
def test_a_field_that_is_null_or_missing_costs_nothing_else(field: str) -> None:
    raw = ticket(comment(), type="incident")
    for damaged in ({**raw, field: None}, {key: value for key, value in raw.items() if key != field}):
        assert [one["body"] for one in convert(damaged).talk] == ["Hello"]


UUID = "7f3c0e1a-1111-4222-8333-44445555666"


@pytest.mark.parametrize("ids", [("a1", "b2"), (f"{UUID}6", f"{UUID}7"), (1.0, 2.0)])
def test_ids_of_any_kind(ids: tuple[Any, Any]) -> None:
    found = convert(ticket(*(comment(id=one, author_id=one) for one in ids), requester_id=ids[0]))
    assert len(found.talk) == 2
    assert found.ticket["requester_id"] == found.talk[0]["author_id"]


def test_ten_thousand_tags() -> None:
    found = convert(ticket(comment(), tags=[f"tag{n}" for n in range(10_000)]))
    assert len(found.ticket["label_ids"]) == len(found.of("label")) == 10_000


def test_a_date_with_a_blank_before_the_offset() -> None:
    found = convert(ticket(comment(created_at="2016-04-28T11:19:34 -10:00")))
    assert found.talk[0]["created_at"].isoformat() == "2016-04-28T21:19:34+00:00"
    assert "warnings" not in found.talk[0]


@given(VALUES)
def test_what_is_kept_beside_a_record_comes_back_from_json_as_it_is(value: Any) -> None:
    safe = json_safe(value)
    assert orjson.loads(orjson.dumps(safe)) == safe
    assert json_safe(safe) == safe
    assert "\x00" not in repr(safe)
