"""Who else got a message, in its first line: all of it read as it was, nothing acting, the token first."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.api import Refs
from tiketti_migrate.records import Contact, Message, Outcome, Record, Ticket
from tiketti_migrate.testing import ListSource
from tiketti_migrate_tiketti.bodies import Provenance, begins_with
from tiketti_migrate_tiketti.sanitising import plain_text
from world import World

WHEN = dt.datetime(2023, 5, 1, 12, 30, tzinfo=dt.UTC)
PEOPLE = st.lists(st.text(max_size=300) | st.sampled_from(("<script>", "[Mail 7/8]", "a\r\nb")), max_size=60)


def a_message(source_id: str = "b", **more: Any) -> Message:
    return Message(
        source_id=source_id, ticket_id="a", author_name="Jane Doe", body="Hello.", created_at=WHEN, **more
    )


def line(message: Message, style: str = "full") -> str:
    """The first line as people read it."""
    return plain_text(Provenance("Mail", style).message(message, Refs())).splitlines()[0]


def test_the_line_tells_both_lists() -> None:
    message = a_message(cc=("A (a@x)", "B & Sons <b@y>"), bcc=("C (c@z)",), is_internal=True)
    words = "[Mail a/b] Jane Doe noted on 2023-05-01 12:30 UTC, Cc: A (a@x), B & Sons <b@y>, Bcc: C (c@z):"
    assert line(message) == words
    assert line(message, "token") == "[Mail a/b]"
    assert line(a_message()) == "[Mail a/b] Jane Doe wrote on 2023-05-01 12:30 UTC:"
    assert line(a_message(cc=())) == line(a_message())
    assert "&lt;b@y&gt;" in Provenance("Mail").message(message, Refs())


def test_customers_never_read_who_got_it_unseen() -> None:
    assert line(a_message(bcc=("C (c@z)",))) == line(a_message())


@pytest.mark.parametrize(("people", "more"), [(20, ""), (21, " and 1 more"), (1032, " and 1,012 more")])
def test_many_are_counted(people: int, more: str) -> None:
    told = line(a_message(cc=tuple(f"P{number}" for number in range(people))))
    assert told.endswith(f", P18, P19{more}:")
    assert "P20" not in told


@given(PEOPLE, PEOPLE)
def test_whatever_they_are_called_the_token_is_first_and_the_line_is_one(
    cc: list[str], bcc: list[str]
) -> None:
    message = a_message(cc=tuple(cc), bcc=tuple(bcc), is_internal=True)
    body = Provenance("Mail").message(message, Refs())
    assert begins_with(body, (Provenance("Mail").token("a", "b"),))
    first, _, rest = body.partition("\n")
    assert rest == "Hello."
    assert first.startswith("<p>[Mail a/b] Jane Doe noted")
    assert first.count("<") == 2
    assert len(first) < 40 * 120 * 5 + 200


def test_a_name_of_a_megabyte_takes_no_time_and_no_room() -> None:
    assert len(line(a_message(cc=("x" * 1_000_000, " " * 1_000_000)))) < 400


def test_it_arrives_and_is_found_the_same(world: World) -> None:
    people = tuple(f"Person <{number}> & \u202e\x07co" for number in range(30))
    records: list[Record] = [
        Contact(source_id="c", name="Jane", email="jane@example.org"),
        Ticket(source_id="a", subject="Hello", requester_id="c", created_at=WHEN),
        a_message("b", author_id="c", cc=people, bcc=("Chief (chief@acme.test)",)),
        a_message("d", cc=("A (a@x)",)),
        a_message("e", is_internal=True, bcc=people),
        Outcome(source_id="a", status="resolved"),
    ]
    assert world.load(ListSource(records)).complete
    world.run("verify").assert_exit(0)
    texts = [one["body"] for some in world.box.snapshot("Sandbox Oy")["messages"].values() for one in some]
    assert sum("Bcc: " in text for text in texts) == 1
    assert sum("and 10 more" in text for text in texts) == 2
