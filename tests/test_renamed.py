"""What an earlier reading told under another id is not written twice; what became internal is said loudly."""

import datetime as dt
from typing import Any

from tiketti_migrate.records import Contact, Message, Outcome, Record, Ticket, TimeEntry
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing.memory import ListSource
from world import World, account, write_export

BEGUN = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
OWN = "Sandbox Oy"


def ticket(*more: Record) -> ListSource:
    who = Contact(source_id="c", name="Jane", email="jane@example.com")
    asked = Ticket(source_id="1", subject="One", requester_id="c", created_at=BEGUN)
    return ListSource([who, asked, *more, Outcome(source_id="1", status="open")])


def message(source_id: str, text: str = "It leaks", **more: Any) -> Message:
    return Message(source_id=source_id, ticket_id="1", author_id="c", body=text, created_at=BEGUN, **more)


def entry(source_id: str, minutes: int, **more: Any) -> TimeEntry:
    return TimeEntry(source_id=source_id, ticket_id="1", duration_minutes=minutes, date=BEGUN.date(), **more)


def texts(world: World) -> list[str]:
    (talk,) = world.box.snapshot(OWN)["messages"].values()
    return sorted(one["body"].rpartition(": ")[2] for one in talk)


def minutes(world: World) -> list[int]:
    return sorted(one["duration_minutes"] for one in world.box.snapshot(OWN)["time_entries"])


def test_a_comment_is_not_written_beside_the_description_that_told_it(world: World) -> None:
    world.load(ticket(message("1-description")))
    again = ticket(message("100", formerly="1-description"), message("101", "Still"))
    for _ in range(2):
        world.load(again)
        assert texts(world) == ["It leaks", "Still"]
    world.run("verify").assert_exit(0)
    assert world.status()["records"]["message"]["skipped"] == 1


def test_nor_beside_one_that_is_a_note_of_its_own(world: World) -> None:
    world.load(ticket(message("1-description", is_internal=True)))
    world.load(ticket(message("100", is_internal=True, formerly="1-description")))
    assert sum("It leaks" in text for text in texts(world)) == 1


def test_a_description_that_still_waits_goes_when_its_comment_comes(world: World) -> None:
    world.box.set_limit("off")
    two = Ticket(source_id="2", subject="Two", requester_id="c", created_at=BEGUN + dt.timedelta(1))
    said = Message(source_id="2-description", ticket_id="2", body="Late", created_at=two.created_at)
    world.load(ticket(message("1"), two, said), limit=1)
    comment = said.model_copy(update={"source_id": "200", "formerly": "2-description"})
    world.load(ticket(message("1"), two, comment))
    held = world.box.snapshot(OWN)["messages"].values()
    assert sorted(len(talk) for talk in held) == [1, 1]
    assert any("/200]" in one["body"] for talk in held for one in talk)


def test_updates_are_not_booked_beside_the_total_that_told_them(world: World) -> None:
    world.load(ticket(message("1"), entry("1-total", 10)))
    world.load(ticket(message("1"), entry("1-a", 4, formerly="1-total"), entry("1-b", 6, formerly="1-total")))
    assert minutes(world) == [10]
    with Workspace(world.workspace) as workspace:
        (said,) = workspace.ledger.problems.rule_notes()
    assert said.startswith("time entries: 2 are left out")
    world.run("verify").assert_exit(0)


def test_nor_the_total_beside_the_updates(world: World) -> None:
    world.load(ticket(message("1"), entry("1-a", 4, formerly="1-total"), entry("1-b", 6, formerly="1-total")))
    world.load(ticket(message("1"), entry("1-total", 10, formerly="1-a")))
    assert minutes(world) == [4, 6]


def test_the_id_of_another_ticket_is_none_of_this_one(world: World) -> None:
    world.load(ticket(message("5")))
    second = Ticket(source_id="2", subject="Two", requester_id="c", created_at=BEGUN)
    said = Message(source_id="6", ticket_id="2", body="Another", formerly="5", created_at=BEGUN)
    world.load(ticket(message("5"), second, said, Outcome(source_id="2", status="open")))
    assert sum(map(len, world.box.snapshot(OWN)["messages"].values())) == 2


def test_what_became_internal_after_it_was_published_is_said(world: World) -> None:
    world.load(ticket(message("1"), message("2", "Secret")))
    world.load(ticket(message("1"), message("2", "Secret", is_internal=True)))
    with Workspace(world.workspace) as workspace:
        count, first = workspace.ledger.views.hidden(10)
    assert (count, [one.source_id for one in first]) == (1, ["2"])


def test_also_when_it_is_told_by_another_id_now(world: World) -> None:
    world.load(ticket(message("1-description", "Secret")))
    world.load(ticket(message("2", "Secret", is_internal=True, formerly="1-description")))
    assert len(texts(world)) == 1
    with Workspace(world.workspace) as workspace:
        assert workspace.ledger.views.hidden(10)[0] == 1


def test_nor_the_description_beside_the_comment_that_tells_it(world: World) -> None:
    """An export with comments first, one without them later."""
    world.load(ticket(message("100", formerly="1-description"), message("101", "Still")))
    for _ in range(2):
        world.load(ticket(message("1-description")))
        assert texts(world) == ["It leaks", "Still"]


def test_what_was_found_to_be_the_same_stays_so_when_the_source_says_no_more_why(world: World) -> None:
    world.load(ticket(message("1-description")))
    world.load(ticket(message("100", formerly="1-description")))
    world.load(ticket(message("100")))
    assert texts(world) == ["It leaks"]


def test_files_of_a_comment_that_is_there_as_the_description_belong_to_that(world: World) -> None:
    data = account(1)
    (asked,) = data["tickets"]
    opening = {**asked.pop("comments")[0], "body": "It leaks"}
    asked["description"] = "It leaks"
    world.run("import", "zendesk", write_export(world.folder / "export", data), "--yes").assert_exit(0)
    opening["attachments"] = [
        {"id": 1, "file_name": "contract.pdf", "content_url": "https://acme.zendesk.com/c"}
    ]
    asked["comments"] = [opening]
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--attachments", "link", "--yes").assert_exit(0)
    assert sum("It leaks" in text for text in bodies(world)) == 1
    assert sum("contract.pdf" in text for text in bodies(world)) == 1, "a note tells of it"


def bodies(world: World) -> list[str]:
    return [one["body"] for talk in world.box.snapshot(OWN)["messages"].values() for one in talk]
