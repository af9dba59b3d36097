"""Who may read a comment: where the export says less than it should, or copies say different things."""

from typing import Any

import pytest

from tiketti_migrate_zendesk.account import Pieces
from zendesk_objects import Converted, comment, convert, ticket

JAN, FEB, MAR = (f"2023-0{month}-02T09:00:00Z" for month in (1, 2, 3))
CHANGE = {"id": 60, "type": "CommentPrivacyChange", "comment_id": 1}


def notes(found: Converted) -> dict[str, bool]:
    return {one["source_id"]: bool(one.get("is_internal")) for one in found.talk}


def unsaid(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in comment(**changes).items() if key != "public"}


def audit(*events: Any, **changes: Any) -> dict[str, Any]:
    return {"id": 9, "author_id": 900, "created_at": FEB, "events": list(events), **changes}


def test_the_description_of_a_private_ticket_is_a_note_of_its_submitter() -> None:
    found = convert(ticket(description="Internal", is_public=False, submitter_id=900))
    (message,) = found.talk
    assert (message["author_id"], message["is_internal"]) == ("900", True)
    assert (
        not convert(ticket(description="Help", is_public=True, submitter_id=900)).talk[0].get("is_internal")
    )


@pytest.mark.parametrize("said", [False, "false", 0, "maybe"])
def test_comments_of_a_private_ticket_are_notes_but_where_they_say_otherwise(said: Any) -> None:
    found = convert(ticket(unsaid(id=1), comment(id=2), is_public=said))
    assert notes(found) == {"1": True, "2": False}


@pytest.mark.parametrize("said", ["perhaps", "-", 2, {"a": 1}, [True]])
def test_what_says_in_no_known_words_whether_it_is_public_is_a_note(said: Any) -> None:
    (message,) = convert(ticket(comment(public=said))).talk
    assert message["is_internal"]
    assert message["warnings"]


def test_the_oldest_comment_opens_the_ticket_wherever_it_stands() -> None:
    newest_first = [unsaid(id=3, author_id=900, created_at=FEB), unsaid(id=1, author_id=101, created_at=JAN)]
    assert notes(convert(ticket(*newest_first))) == {"1": False, "3": True}


def test_a_comment_does_not_open_the_ticket_where_its_description_is_another() -> None:
    found = convert(ticket(unsaid(author_id=900), description="It leaks, please help"))
    assert notes(found) == {"1000-description": False, "1": True}


def test_of_older_tickets_the_newest_copy_says_who_may_read_a_comment() -> None:
    older = (comment(public=False), comment(public=True), comment(id=2, public=True))
    assert notes(convert(ticket(), pieces=Pieces(older=older))) == {"1": True, "2": False}
    assert notes(convert(ticket(comment(public=True)), pieces=Pieces(older=older)))["1"] is False


@pytest.mark.parametrize("said", [(True, False), (False, True)])
def test_of_files_of_comments_the_stricter_copy_counts_and_that_is_said(said: tuple[bool, bool]) -> None:
    inline, apart = (comment(public=public) for public in said)
    both = [
        convert(ticket(inline), pieces=Pieces(comments=(apart,))),
        convert(ticket(), pieces=Pieces(comments=(inline, apart))),
        convert(ticket(), pieces=Pieces(comments=(apart,), older=(inline,))),
    ]
    for found in both:
        (message,) = found.talk
        assert message["is_internal"]
        assert message["warnings"] == ("copies of it differ in who may read it: taken as an internal note",)


@pytest.mark.parametrize("public", [False, "false", "?"])
def test_what_the_history_made_a_note_is_one(public: Any) -> None:
    found = convert(ticket(comment(), audits=[audit({**CHANGE, "public": public})]))
    assert notes(found) == {"1": True}
    assert "history" in found.talk[0]["warnings"][0]


def test_the_latest_word_of_the_history_counts_but_makes_no_note_public() -> None:
    changes = [
        audit({**CHANGE, "public": True}, created_at=MAR),
        audit({**CHANGE, "public": False}, id=10),
    ]
    assert notes(convert(ticket(comment(public=True), audits=changes))) == {"1": False}
    assert notes(convert(ticket(comment(public=False), audits=changes))) == {"1": True}


@pytest.mark.parametrize("changes", [{}, {"type": "VoiceComment", "data": {"to": "+15550100"}}])
@pytest.mark.parametrize("public", ["absent", None, "", "\\N"])
def test_what_an_agent_does_not_call_public_is_a_note_even_where_it_opens_the_ticket(
    changes: dict[str, Any], public: Any
) -> None:
    said = unsaid(author_id=900, **changes) | ({} if public == "absent" else {"public": public})
    for more in ({}, {"description": "Hello"}, {"description": "Hello", "submitter_id": 900}):
        found = convert(ticket(said, **more))
        assert all(one["is_internal"] for one in found.talk)
        assert "does not say whether it is public: taken as an internal note" in found.talk[-1]["warnings"]


def test_what_customers_do_not_call_private_is_public_from_the_requester_or_where_it_opens() -> None:
    said = [unsaid(id=1, author_id=101), unsaid(id=2, author_id=101), unsaid(id=3, author_id=100)]
    assert notes(convert(ticket(*said))) == {"1": False, "2": True, "3": False}
    assert notes(convert(ticket(unsaid(author_id=77)))) == {"1": True}
    assert notes(convert(ticket(unsaid(author_id=None)))) == {"1": True}


@pytest.mark.parametrize(
    "mark",
    [
        {"is_public": False},
        {"private": True},
        {"internal": "yes"},
        {"is_internal": 1},
        {"private": "perhaps"},
    ],
)
@pytest.mark.parametrize("public", [True, None])
def test_other_words_for_a_note_count_too(mark: dict[str, Any], public: Any) -> None:
    assert notes(convert(ticket(comment(public=public, **mark)))) == {"1": True}


def test_changes_are_taken_in_the_order_of_their_moments_and_audits() -> None:
    def last(*changes: tuple[bool, Any, Any]) -> bool:
        audits = [audit({**CHANGE, "public": said}, created_at=at, id=own) for said, at, own in changes]
        return notes(convert(ticket(comment(), audits=audits)))["1"]

    east, later = "2023-02-02T11:30:00+03:00", "2023-02-02T09:00:00Z"
    assert last((False, later, 10), (True, east, 11))
    assert not last((False, east, 11), (True, later, 10))
    assert last((False, FEB, 10), (True, FEB, 9))
    assert not last((False, FEB, 9), (True, FEB, 10))
    assert last((False, FEB, 9), (True, FEB, 9))
    assert last((False, None, 9), (True, FEB, 10))


@pytest.mark.parametrize("own_id", [1, None])
@pytest.mark.parametrize("said", [(True, False), (False, True), (True, "?")])
def test_a_comment_that_stands_twice_with_different_readers_is_one_note(own_id: Any, said: Any) -> None:
    found = convert(ticket(*(comment(id=own_id, public=public) for public in said)))
    (message,) = found.talk
    assert message["is_internal"]
    assert "both as public and as a note" in message["warnings"][0]
    assert [(one.code, one.lost) for one in found.problems] == [("REPEATED_COMMENT", 0)]


def test_a_comment_that_says_it_once_and_once_not_is_as_it_says() -> None:
    (message,) = convert(ticket(unsaid(author_id=900), comment(author_id=900))).talk
    assert (message["is_internal"], "warnings" in message) == (False, False)


def test_of_two_texts_of_one_id_neither_is_public_if_one_is_not() -> None:
    found = convert(ticket(comment(), comment(body="Hello again", public=False)))
    assert notes(found) == {"1": True, "1-2": True}
