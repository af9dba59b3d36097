"""Copies of comments: what stands in several places arrives once and whole, whatever it is known by."""

from typing import Any

import pytest

from tiketti_migrate_zendesk.account import Pieces
from zendesk_objects import HOST, comment, convert, ticket

JAN, FEB = "2023-01-02T09:00:00Z", "2023-02-02T09:00:00Z"
FILE = {"id": 7, "file_name": "contract.pdf", "content_url": f"https://{HOST}/attachments/token/a/?name=c"}


def nameless(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in comment(**changes).items() if key != "id"}


def ids(*comments: Any, **changes: Any) -> list[str]:
    return [one["source_id"] for one in convert(ticket(*comments, **changes)).talk]


def test_files_and_the_fuller_text_come_from_either_copy_and_that_is_said() -> None:
    inline = {"id": 5, "body": "see file", "public": True, "author_id": 100, "created_at": JAN}
    apart = comment(id=5, body="see file", html_body="<p>see <b>file</b></p>", attachments=[FILE])
    found = convert(ticket(inline), pieces=Pieces(comments=(apart,)))
    (message,) = found.talk
    assert (message["body"], message["body_format"]) == ("<p>see <b>file</b></p>", "html")
    assert [one["filename"] for one in found.of("attachment")] == ["contract.pdf"]
    assert message["warnings"] == ("another copy of it has files that this one has not: taken, too",)


def test_words_and_files_that_were_taken_out_do_not_come_back_from_an_older_ticket() -> None:
    older = comment(body="my card is 4111", html_body="<p>my card is 4111</p>", attachments=[FILE])
    found = convert(ticket(comment(body="my card is ▇▇▇▇")), pieces=Pieces(older=(older,)))
    assert [one["body"] for one in found.talk] == ["my card is ▇▇▇▇"]
    assert not found.of("attachment")


def test_another_text_of_the_same_comment_is_said() -> None:
    found = convert(ticket(comment(body="This")), pieces=Pieces(comments=(comment(body="That"),)))
    assert found.talk[0]["body"] == "This"
    assert found.talk[0]["warnings"] == ("another copy of it has another text: left out",)


def test_a_comment_without_an_id_is_known_by_what_it_says() -> None:
    one, two, three = (nameless(body=body, created_at=JAN) for body in ("One", "Two", "Three"))
    first = ids(one, two)
    again = ids(three, two, one)
    assert set(first) < set(again)
    assert len(set(again)) == 3


def test_comments_without_ids_that_stand_in_the_ticket_and_apart_arrive_once() -> None:
    own = [nameless(body="One"), nameless(body="Two")]
    apart = tuple({**one, "ticket_id": 1000} for one in own)
    assert len(convert(ticket(*own), pieces=Pieces(comments=apart)).talk) == 2


def test_one_comment_whose_id_is_written_in_two_ways_arrives_once() -> None:
    found = convert(ticket(comment(id="5", author_id="100"), comment(id=5.0)))
    assert [one["source_id"] for one in found.talk] == ["5"]
    assert [(one.code, one.lost) for one in found.problems] == [("REPEATED_COMMENT", 0)]


def test_comments_of_one_second_come_in_the_order_of_their_ids() -> None:
    assert ids(comment(id=12), comment(id=9), comment(id=3, created_at=FEB)) == ["9", "12", "3"]


def test_comments_that_the_history_alone_holds_join_the_others() -> None:
    events = [
        {"id": 1, "type": "Comment", "body": "Hello", "public": True, "author_id": 100},
        {
            "id": 2,
            "type": "Comment",
            "body": "Only here",
            "public": True,
            "author_id": None,
            "created_at": "",
        },
        {"id": 3, "type": "FacebookEvent", "body": "On the wall", "author_id": 100},
        {"id": 4, "type": "Tweet", "body": "Only here"},
    ]
    history = [{"id": 9, "author_id": 900, "created_at": FEB, "events": events}]
    found = convert(ticket(comment(), audits=history))
    assert [(one["source_id"], one["author_id"]) for one in found.talk] == [
        ("1", "100"),
        ("2", "900"),
        ("3", "100"),
    ]


def test_the_history_repeats_comments_without_ids_and_those_that_were_renumbered() -> None:
    event = {"id": 5, "type": "Comment", "body": "Hello", "public": True, "author_id": 100}
    history = [{"id": 9, "author_id": 100, "created_at": JAN, "events": [event]}]
    assert len(ids(nameless(), audits=history)) == 1
    assert ids(comment(id=1), audits=history) == ["1"]


class Compared(dict[str, Any]):
    """Counts how often it is compared."""

    count = 0

    def __eq__(self, other: object) -> bool:
        Compared.count += 1
        return super().__eq__(other)

    __hash__ = None


def test_pieces_without_ids_are_not_compared_each_with_each() -> None:
    apart = tuple(Compared(nameless(body=f"No {number}"), ticket_id=1000) for number in range(1000))
    rows = tuple(Compared(events=[{"type": "Change", "value": str(number)}]) for number in range(1000))
    found = convert(ticket(), pieces=Pieces(comments=apart, audits=rows))
    assert len(found.talk) == 1000
    assert Compared.count < 5000


REDACTED = "a copy of it is redacted: texts and files of the others are left out"
APART_VISIBILITY = "copies of it differ in who may read it: taken as an internal note"


@pytest.mark.parametrize("body", ["card \u2587\u2587\u2587\u2587", ""])
def test_no_markup_nor_file_of_an_older_ticket_undoes_a_redaction(body: str) -> None:
    own = {**nameless(body=body), "id": 1}
    own.pop("attachments", None)
    older = comment(id=1, body="card", html_body='<p>card</p><img src="https://x/4111">', attachments=[FILE])
    found = convert(ticket(own), pieces=Pieces(older=(older,)))
    assert "4111" not in str(found.talk)
    assert [one["body"] for one in found.talk] == [body]
    assert not found.of("attachment")


@pytest.mark.parametrize("redacted", ["card \u2587\u2587\u2587", "my card \u2587\u2587 thanks", ""])
def test_where_nobody_knows_which_is_newer_the_redacted_text_counts(redacted: str) -> None:
    full = comment(body="my card 4111 thanks", attachments=[FILE])
    for own, apart in ((comment(body=redacted), full), (full, comment(body=redacted))):
        found = convert(ticket(own), pieces=Pieces(comments=(apart,)))
        assert [one["body"] for one in found.talk] == [redacted]
        assert REDACTED in found.talk[0]["warnings"]
        assert not found.of("attachment")


def test_a_redacted_text_in_two_copies_is_joined_as_any_other() -> None:
    said = "card \u2587\u2587\u2587\u2587"
    own, apart = comment(body=said), comment(body=said, html_body=f"<p>{said}</p>", attachments=[FILE])
    found = convert(ticket(own), pieces=Pieces(comments=(apart,)))
    assert [one["body"] for one in found.talk] == [f"<p>{said}</p>"]
    assert len(found.of("attachment")) == 1


@pytest.mark.parametrize("unsaid", [None, ""])
@pytest.mark.parametrize("told", [(False,), (True, False), (None, False, True)])
def test_who_may_read_what_does_not_say_it_any_older_copy_tells(unsaid: Any, told: tuple[Any, ...]) -> None:
    older = tuple(comment(public=one) for one in told)
    (message,) = convert(ticket(comment(public=unsaid)), pieces=Pieces(older=older)).talk
    assert message["is_internal"]
    assert (APART_VISIBILITY in message.get("warnings", ())) == (True in told)


def test_what_only_older_copies_hold_and_the_newest_of_them_does_not_say_is_told_by_the_others() -> None:
    older = (comment(id=2, public=None), comment(id=2, public=True), comment(id=2, public=False))
    found = convert(ticket(comment(id=1)), pieces=Pieces(older=older))
    assert [one["is_internal"] for one in found.talk if one["source_id"] == "2"] == [True]
