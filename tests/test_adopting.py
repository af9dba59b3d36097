"""--adopt-existing: what an earlier import left is taken over, whole or half-done; nothing comes twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tiketti_migrate.api import Refs
from tiketti_migrate.records import LinkNote, Message
from tiketti_migrate_tiketti.adopted import untold
from tiketti_migrate_tiketti.bodies import Provenance
from tiketti_migrate_tiketti.sanitising import plain_text
from world import World, account, write_export

SETTLE = ("--settle", "1")


@pytest.fixture
def data() -> dict[str, list[dict[str, Any]]]:
    """Half of the links lead to later tickets; a ticket in three opens with an internal note."""
    made = account(6, 4)
    for number, ticket in enumerate(made["tickets"]):
        ticket["comments"][0]["public"] = number % 3 != 2
        for place, step in enumerate((1, 5, 2)):
            other = 1000 + (number + step) % 6
            ticket["comments"][place]["body"] += f" see https://acme.zendesk.com/agent/tickets/{other}."
    return made


@contextmanager
def lost_workspace(world: World) -> Iterator[None]:
    """From here on the workspace is gone."""
    (world.workspace).rename(world.folder / "lost")
    yield
    tokens = Counter(first_words(message) for rows in messages(world).values() for message in rows)
    assert {token for token, count in tokens.items() if count > 1} == set()
    world.run("verify").assert_exit(0)
    assert world.box.snapshot("Sandbox Oy")["emails"] == []


def messages(world: World) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = world.box.snapshot("Sandbox Oy")["messages"]
    return found


def first_words(message: dict[str, Any]) -> str:
    return " ".join(plain_text(message["body_html"]).split()).partition("]")[0]


def test_a_whole_import_is_taken_over(world: World, data: dict[str, list[dict[str, Any]]]) -> None:
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes", "--attachments", "link").assert_exit(0)
    before = messages(world)
    with lost_workspace(world):
        again = ("import", "zendesk", export, "--yes", "--attachments", "link", *SETTLE)
        refused = world.run(*again)
        assert refused.code == 2
        assert "--adopt-existing" in refused.err
        world.run(*again, "--adopt-existing").assert_exit(0)
    assert messages(world) == before
    states = world.status()["records"]
    assert states["message"]["done"] == 24
    assert sum(states["message"].values()) == 24


@pytest.mark.parametrize("writes", [9, 14, 22, 37])
def test_half_an_import_is_taken_over(
    world: World, data: dict[str, list[dict[str, Any]]], writes: int
) -> None:
    export = write_export(world.folder / "export", data)
    assert world.kill_after(writes, "import", "zendesk", export, "--yes", "--workers", "2")
    with lost_workspace(world):
        world.run("import", "zendesk", export, "--yes", "--adopt-existing", *SETTLE).assert_exit(0)
    held = world.box.snapshot("Sandbox Oy")
    tickets = {ticket["subject"].removeprefix("Ticket "): ticket for ticket in held["tickets"]}
    assert len(held["tickets"]) == len(tickets) == 6
    for number, row in enumerate(data["tickets"]):
        rows = held["messages"][tickets[str(row["id"])]["id"]]
        own = [
            one
            for one in map(first_words, rows)
            if not one.endswith(("/links", "[Zendesk " + str(row["id"])))
        ]
        assert sorted(own) == [f"[Zendesk {row['id']}/{comment['id']}" for comment in row["comments"]]
        told = " ".join(plain_text(one["body_html"]) for one in rows)
        for step in (1, 5, 2):
            assert tickets[str(1000 + (number + step) % 6)]["code"] in told


def test_a_description_of_another_message_is_taken_over(
    world: World, data: dict[str, list[dict[str, Any]]]
) -> None:
    """The source has an older comment now, or that comment is public now."""
    late = {**data, "tickets": [{**row, "comments": row["comments"][2:]} for row in data["tickets"]]}
    export = write_export(world.folder / "late", late)
    world.run("import", "zendesk", export, "--yes", "--limit", "2").assert_exit(0)
    export = write_export(world.folder / "export", data)
    (world.workspace).rename(world.folder / "lost")
    world.run("import", "zendesk", export, "--yes", "--adopt-existing", "--limit", "2").assert_exit(0)
    found = Counter(first_words(message) for rows in messages(world).values() for message in rows)
    assert set(found.values()) == {1}
    assert len(messages(world)) == 2


LINKS = {f"https://acme.example.com/agent/tickets/{one}": one for one in ("7", "8")}
ADDRESSES = list(LINKS)


def said(body: str, codes: dict[str, str], **how: Any) -> tuple[str, ...]:
    """What is untold in a text that was sent with ``codes``."""
    text = Message(source_id="m", ticket_id="1", author_id="c", body=body, links=LINKS, **how)
    provenance = Provenance("Zendesk")
    return untold(text, Refs(), provenance, {"body_html": provenance.message(text, Refs(codes=codes))})


@pytest.mark.parametrize(
    ("codes", "left"),
    [
        ({}, ("7", "8")),
        ({"7": "ACME-1", "8": "ACME-22"}, ()),
        ({"7": "ACME-1"}, ("8",)),
        ({"8": "ACME-1"}, ("7",)),
    ],
)
def test_which_numbers_stand_in_a_text_is_read_from_it(codes: dict[str, str], left: tuple[str, ...]) -> None:
    assert said(f"See {ADDRESSES[0]}, or ({ADDRESSES[1]}).", codes) == left


def test_numbers_behind_the_words_of_an_anchor_are_read() -> None:
    body = "<p>" + " ".join(f'<a href="{address}">it</a>' for address in LINKS) + "</p>"
    assert said(body, {"7": "A-1", "8": "A-2"}, body_format="html") == ()
    assert said(body, {}, body_format="html") == ("7", "8")


def test_what_a_note_names_is_read_from_it() -> None:
    note, provenance = LinkNote(source_id="1", ticket_ids=("7", "77", "8")), Provenance("Zendesk")
    shown = {"body": provenance.link_note(note, Refs(codes={"77": "A-1", "8": "A-2"}))}
    assert untold(note, Refs(), provenance, shown) == ("7",)
