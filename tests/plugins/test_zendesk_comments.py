"""Comments of a ticket: where they come from, who wrote them, who may read them, in which order."""

from typing import Any

import pytest

from tiketti_migrate_zendesk.account import Pieces
from zendesk_objects import comment, convert, ticket

SENDER = {"channel": "email", "source": {"from": {"name": "Somebody Else", "address": "s@example.com"}}}


def event(**changes: Any) -> dict[str, Any]:
    return {"id": 5, "type": "Comment", "body": "Told by the history", "public": False, **changes}


def audit(*events: Any, **changes: Any) -> dict[str, Any]:
    return {
        "id": 9,
        "author_id": 900,
        "created_at": "2023-01-03T00:00:00Z",
        "events": list(events),
        **changes,
    }


def test_comments_that_came_apart_join_those_of_the_ticket_and_the_ticket_s_own_win() -> None:
    own = comment(id=1, body="as it is now")
    apart = (comment(id=1, body="as it was"), comment(id=2, body="first copy"), comment(id=2, body="second"))
    found = convert(ticket(own), pieces=Pieces(comments=apart))
    assert [one["body"] for one in found.talk] == ["as it is now", "second"]
    assert not found.problems


def test_comments_come_from_the_history_when_there_are_no_others() -> None:
    history = [audit(event(), {"id": 6, "type": "Notification", "body": "mail"}), audit(event(), id=9)]
    found = convert(ticket(audits=history[:1]), pieces=Pieces(audits=tuple(history)))
    (message,) = found.talk
    assert (message["source_id"], message["author_id"], message["is_internal"]) == ("5", "900", True)
    assert f"{message['created_at']:%Y-%m-%d}" == "2023-01-03"
    assert not convert(ticket(comment(), audits=history)).problems


def test_what_was_made_a_note_later_is_a_note() -> None:
    change = {"type": "CommentPrivacyChange", "comment_id": 5, "public": False}
    found = convert(ticket(audits=[audit(event(public=True)), audit(change, id=10)]))
    assert [one["is_internal"] for one in found.talk] == [True]


def test_the_system_writes_notes_and_has_a_name() -> None:
    (message,) = convert(ticket(comment(author_id=-1, body="Closed by a trigger"))).talk
    assert (message.get("author_id"), message["author_name"]) == (None, "System")
    assert message["is_internal"]


@pytest.mark.parametrize(("via", "name"), [(SENDER, "Somebody Else"), (None, "Unknown user 77")])
def test_an_author_who_is_not_in_the_account_is_readable_and_said(via: Any, name: str) -> None:
    (message,) = convert(ticket(comment(author_id=77, via=via))).talk
    assert (message["author_id"], message["author_name"]) == ("77", name)
    assert message["warnings"] == ("author 77 is not among the users",)


def test_a_comment_without_an_author_has_the_name_on_the_letter() -> None:
    (message,) = convert(ticket(comment(author_id=None, via=SENDER))).talk
    assert message["author_name"] == "Somebody Else"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("requester_id", 71, "requester 71 is not among the users"),
        ("submitter_id", 72, "submitter 72 is not among the users"),
        ("assignee_id", 73, "assignee 73 is not among the users"),
        ("organization_id", 74, "organization 74 is not among the organizations"),
        ("group_id", 75, "group 75 is not among the groups"),
        ("brand_id", 76, "brand 76 is not among the brands"),
        ("problem_id", 77, "problem 77 is not among the tickets"),
        ("email_cc_ids", [78, 78], "CC 78 is not among the users"),
    ],
)
@pytest.mark.parametrize("extras", ["note", "label", "off"])
def test_what_the_ticket_names_and_the_account_does_not_hold_is_said_once(
    field: str, value: Any, said: str, extras: str
) -> None:
    found = convert(ticket(comment(), **{field: value}), extras=extras)
    assert list(found.ticket["warnings"]).count(said) == 1


def test_a_comment_that_does_not_say_so_is_public_only_from_the_customer() -> None:
    found = convert(
        ticket(
            comment(id=1, author_id=900, public=None),
            comment(id=2, author_id=900, public=None),
            comment(id=3, public=None),
        )
    )
    assert [one["is_internal"] for one in found.talk] == [True, True, False]
    assert found.talk[0]["warnings"] == found.talk[1]["warnings"]
    assert found.talk[1]["warnings"]


def test_a_redacted_comment_and_one_without_a_text_stay() -> None:
    found = convert(ticket(comment(id=1, body="▇▇▇▇"), comment(id=2, body="", html_body=None)))
    assert [one["body"] for one in found.talk] == ["▇▇▇▇", ""]
    assert found.talk[1]["warnings"] == ("the comment has no text",)


def test_files_nobody_should_fetch_are_listed_without_an_address() -> None:
    address = "https://acme.zendesk.com/attachments/token/a/?name=x"
    files = [
        {
            "id": 1,
            "file_name": "good.txt",
            "content_url": address,
            "malware_scan_result": "malware_not_found",
        },
        {"id": 2, "file_name": "bad.exe", "content_url": address, "malware_scan_result": "malware_found"},
        {"id": 3, "file_name": "gone.txt", "content_url": address, "deleted": True},
    ]
    found = convert(ticket(comment(attachments=files))).of("attachment")
    assert [one["content_url"] for one in found] == [address, None, None]
    assert [bool(one["warnings"]) for one in found] == [False, True, True]
    # Kept for people, not for programs that fetch.
    assert [one["extra"].get("content_url") for one in found] == [None, address, address]


@pytest.mark.parametrize(
    "one", ["https://acme.zendesk.com/attachments/token/a/?name=x.pdf", "https://files.example.com/d/x.pdf"]
)
@pytest.mark.parametrize("listed", [False, True])
def test_a_file_can_be_an_address_and_stand_alone(one: str, listed: bool) -> None:
    for given in (one, {"content_url": one}):
        found = convert(ticket(comment(attachments=[given] if listed else given)))
        assert [(file["content_url"], file["filename"]) for file in found.of("attachment")] == [
            (one, "x.pdf")
        ]
        assert not found.talk[0].get("warnings")


def test_files_with_one_id_are_files_of_their_own() -> None:
    files = [{"id": own_id, "file_name": "a"} for own_id in ("5", "5-3", 5, None, "4")]
    found = convert(ticket(comment(attachments=files))).of("attachment")
    assert [one["source_id"] for one in found] == ["1/5", "1/5-3", "1/5-3-3", "1/4", "1/4-5"]


def test_what_is_no_file_is_kept() -> None:
    good = {"id": 1, "content_url": "ftp://x", "mapped_content_url": "https://acme.zendesk.com/a.txt"}
    found = convert(ticket(comment(attachments=["x.pdf", good, None, ["y.pdf"]])))
    assert found.talk[0]["extra"] == {"attachments_rest": ["x.pdf", None, ["y.pdf"]]}
    (file,) = found.of("attachment")
    assert (file["content_url"], file["extra"]) == (good["mapped_content_url"], {"content_url": "ftp://x"})


def test_a_comment_can_be_its_words_alone() -> None:
    found = convert(ticket("Hello", comment(), 7))
    assert [(one["body"], one["is_internal"]) for one in found.talk] == [("Hello", True), ("Hello", False)]
    assert [one.message for one in found.problems] == ["is no JSON object but '7'"]


def test_a_chat_s_and_a_scrubbed_ticket_are_tickets_like_others() -> None:
    found = convert(ticket(comment(body="SCRUBBED"), subject="SCRUBBED"))
    assert (found.ticket["subject"], found.talk[0]["body"]) == ("SCRUBBED", "SCRUBBED")


def test_text_of_any_script_and_length_arrives_as_it_is() -> None:
    words = ["مرحبا بالعالم", "Zalgo: e\u0301\u0302\u0303", "\u202eright to left", "x" * 5_000_000]
    found = convert(ticket(*(comment(id=n, body=body) for n, body in enumerate(words))))
    assert [one["body"] for one in found.talk] == words
