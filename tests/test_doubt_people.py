"""In-doubt writes while people work in the account: nothing of theirs is taken, nothing of ours is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox_user import client, data, new_contact, new_ticket
from tiketti_migrate.records import Company, Contact, Message, Record, Ticket, TimeEntry
from tiketti_migrate.testing import ListSource
from tiketti_migrate_tiketti.sandbox import Sandbox
from world import REQUESTS, World, account, wait_until, write_export


@pytest.fixture
def agent(box: Sandbox) -> Iterator[httpx.Client]:
    with client(box, "agent@sandbox.test") as http:
        yield http


@contextmanager
def meanwhile(world: World, fault: str, kind: str, work: Callable[[], object]) -> Iterator[None]:
    """Run ``work`` while the first write of ``kind`` is without its answer."""
    world.box.fail_next(*REQUESTS[kind], fault)

    def person() -> None:
        wait_until(lambda: world.met(fault))
        work()

    with ThreadPoolExecutor(1) as pool:
        acted = pool.submit(person)
        yield
    acted.result()


def held(world: World, kind: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = world.box.snapshot("Sandbox Oy")[kind]
    return rows


def messages_of(world: World, ticket: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = world.box.snapshot("Sandbox Oy")["messages"][ticket["id"]]
    return rows


@pytest.mark.parametrize("fault", ["drop-before", "drop-after"])
def test_peoples_own_tickets_arrive_on_the_same_contact(
    world: World, agent: httpx.Client, fault: str
) -> None:
    content = account(8)
    export = write_export(world.folder / "export", content)
    jane = new_contact(agent, name="Customer 100", email="c100@example.com")
    world.box.set_faults("small-pages=1")
    world.box.fail_next(*REQUESTS["ticket"], fault, times=3)
    others: list[str] = []
    done = threading.Event()

    def people() -> None:
        wait_until(lambda: world.met(fault) == 3)
        while not done.wait(0.05):
            # Not every ticket has a description.
            more = {"description": "My own words"} if len(others) % 2 else {}
            others.append(new_ticket(agent, jane, subject="My own", **more)["id"])

    with ThreadPoolExecutor(1) as pool:
        acted = pool.submit(people)
        loaded = world.load(export)
        done.set()
        acted.result()
    assert len(others) > 10
    # They arrive faster than pages can be read: what cannot be told then stays in doubt for the next run.
    assert loaded.complete or world.load(export).complete
    world.assert_arrived(content, others)
    assert not world.created()["contact", "100"]


@pytest.mark.parametrize("fault", ["drop-before", "drop-after"])
def test_an_identical_ticket_that_was_there_before_is_left_alone(
    world: World, agent: httpx.Client, fault: str
) -> None:
    content = account(2)
    export = write_export(world.folder / "export", content)
    for row in content["tickets"]:
        email = next(user["email"] for user in content["users"] if user["id"] == row["requester_id"])
        contact = new_contact(agent, name="Somebody", email=email)
        text = row["comments"][0]["body"]
        others = [new_ticket(agent, contact, subject=row["subject"], description=text)["id"] for _ in "ab"]
    before = {ticket["id"] for ticket in held(world, "tickets")}
    world.box.fail_next(*REQUESTS["ticket"], fault, times=2)
    assert world.load(export).complete
    assert len(others) == 2
    world.assert_arrived(content, before)
    assert all(made == (kind != "contact") for (kind, _), made in world.created().items())


def test_an_agent_gives_the_ticket_to_another_contact_before_the_resume(
    world: World, agent: httpx.Client
) -> None:
    content = account(1)
    export = write_export(world.folder / "export", content)
    world.box.set_faults("hang-seconds=60")
    world.box.fail_next(*REQUESTS["ticket"], "hang-after")
    assert world.kill_when(lambda: world.met("hang-after"), "import", "zendesk", export, "--yes")
    (ticket,) = held(world, "tickets")
    other = new_contact(agent)
    world.box.edit_ticket(ticket["id"], contact_id=other["id"])
    assert world.load(export).complete
    (after,) = held(world, "tickets")
    assert (after["id"], after["contact"]["id"]) == (ticket["id"], other["id"])
    world.box.edit_ticket(ticket["id"], contact_id=ticket["contact"]["id"])
    world.assert_arrived(content)
    assert world.created()["ticket", "1000"]


def test_a_status_set_before_the_resume_stays_although_the_clock_was_set_back(world: World) -> None:
    content = account(1)
    export = write_export(world.folder / "export", content)
    world.box.set_skew(7200)
    world.box.set_faults("hang-seconds=60")
    world.box.fail_next(*REQUESTS["outcome"], "hang-before")
    assert world.kill_when(lambda: world.met("hang-before"), "import", "zendesk", export, "--yes")
    (ticket,) = held(world, "tickets")
    world.box.edit_ticket(ticket["id"], status="closed")
    world.box.set_skew(0)
    # A process, so that a wait of two hours would end the test.
    world.run("import", "zendesk", export, "--yes", "--settle", "1", timeout=40).assert_exit(0)
    assert [row["status"] for row in held(world, "tickets")] == ["closed"]


def test_a_status_set_before_a_lost_ticket_was_found_stays(world: World) -> None:
    content = account(4, comments=2)
    content["tickets"] = content["tickets"][3:]
    export = write_export(world.folder / "export", content)
    world.box.set_faults("hang-seconds=60")
    world.box.fail_next(*REQUESTS["ticket"], "hang-after")
    assert world.kill_when(lambda: world.met("hang-after"), "import", "zendesk", export, "--yes")
    (ticket,) = held(world, "tickets")
    world.box.edit_ticket(ticket["id"], status="closed")
    # The slack for the server's clock, which is known in whole seconds.
    time.sleep(1.5)
    assert world.load(export).complete
    assert [row["status"] for row in held(world, "tickets")] == ["closed"]


@pytest.mark.parametrize("fault", ["hang-before", "hang-after"])
def test_a_customer_who_quotes_the_token_is_not_taken_for_us(world: World, fault: str) -> None:
    content = account(1)
    export = write_export(world.folder / "export", content)
    world.box.set_faults("hang-seconds=60")
    others: list[str] = []

    def customer() -> None:
        (ticket,) = held(world, "tickets")
        words = "[Zendesk 1000/100001] Aino noted on 2023-01-01 09:01 UTC: is this about me?"
        others.append(world.box.receive_message(ticket["id"], words)["id"])

    with meanwhile(world, fault, "message", customer):
        loaded = world.load(export, answer_timeout=1.0)
    assert loaded.complete
    world.assert_arrived(content, others)


def test_an_answer_of_the_account_in_the_same_moment_does_not_hide_the_description(
    world: World, agent: httpx.Client
) -> None:
    content = account(1)
    export = write_export(world.folder / "export", content)
    world.box.set_faults("hang-seconds=60,brief-list=1")
    others: list[str] = []

    def rule() -> None:
        (ticket,) = held(world, "tickets")
        for words in ("We have got it", "Soon"):
            body = {"body": words, "send_email": False}
            made = data(agent.post(f"/tickets/{ticket['id']}/messages", json=body), 201)
            others.append(made["id"])

    with meanwhile(world, "hang-after", "ticket", rule):
        assert world.load(export, answer_timeout=1.0).complete
    world.assert_arrived(content, others)


# -- companies ---------------------------------------------------------------------------------------------


def test_two_companies_of_one_name_are_one_and_reported(world: World) -> None:
    content = account(2)
    content["organizations"].append({"id": 51, "name": "EXAMPLE oy", "domain_names": []})
    content["users"][1]["organization_id"] = 51
    export = write_export(world.folder / "export", content)
    world.box.fail_next(*REQUESTS["company"], "drop-after")
    ran = world.run("import", "zendesk", export, "--yes", "--settle", "1").assert_exit(0)
    assert "1 warnings" in ran.err
    assert len(held(world, "companies")) == 1
    assert {contact["company"]["name"] for contact in held(world, "contacts")} <= {"Example Oy", "EXAMPLE oy"}
    assert sorted(made for (kind, _), made in world.created().items() if kind == "company") == [False, True]


def test_a_company_that_was_there_before_is_taken_and_not_ours(world: World, agent: httpx.Client) -> None:
    content = account(2)
    export = write_export(world.folder / "export", content)
    data(agent.post("/companies", json={"name": " example OY "}), 201)
    assert world.load(export).complete
    assert len(held(world, "companies")) == 1
    assert not world.created()["company", "50"]


@pytest.mark.parametrize("fault", ["hang-before", "hang-after"])
@pytest.mark.parametrize("lists", ["", ",brief-list=1"])
def test_our_company_beside_namesakes_of_others(
    world: World, agent: httpx.Client, fault: str, lists: str
) -> None:
    source = ListSource([Company(source_id="7", name="Acme", notes="ours")])
    world.box.set_faults(f"hang-seconds=60{lists}")

    def people() -> None:
        for _ in range(6):
            data(agent.post("/companies", json={"name": "Acme", "notes": "theirs"}), 201)

    with meanwhile(world, fault, "company", people):
        loaded = world.load(source, answer_timeout=1.0)
    assert loaded.complete
    companies = held(world, "companies")
    ours = [company for company in companies if company["notes"].startswith("[List organization/7]")]
    if fault == "hang-after":
        assert (len(companies), len(ours)) == (7, 1)
        assert world.created() == {("company", "7"): True}
    else:
        # It never arrived, and one of that name is there: no second one, and none of theirs is ours.
        assert (len(companies), len(ours)) == (6, 0)
        assert world.created() == {("company", "7"): False}


# -- equal texts -------------------------------------------------------------------------------------------

WHEN = datetime(2023, 5, 1, 12, 30, tzinfo=UTC)


def twins() -> ListSource:
    """One ticket whose three messages are equal, and so are its two time entries."""
    records: list[Record] = [
        Contact(source_id="1", name="Jane", email="jane@example.org"),
        Ticket(source_id="1", subject="Same", requester_id="1", created_at=WHEN),
    ]
    for number in "123":
        records.append(Message(source_id=number, ticket_id="1", body="the same", created_at=WHEN))
    for number in "12":
        entry = TimeEntry(
            source_id=number, ticket_id="1", duration_minutes=5, description="work", date=date(2023, 5, 1)
        )
        records.append(entry)
    return ListSource(records)


@pytest.mark.parametrize("fault", ["drop-before", "drop-after"])
@pytest.mark.parametrize("kind", ["ticket", "message", "time_entry"])
def test_equal_messages_and_time_entries_all_arrive_once(world: World, kind: str, fault: str) -> None:
    world.box.fail_next(*REQUESTS[kind], fault, times=2)
    assert world.load(twins()).complete
    (ticket,) = held(world, "tickets")
    bodies = [message["body"] for message in messages_of(world, ticket)]
    assert [body.partition("]")[0] for body in bodies] == [f"[List 1/{number}" for number in "123"]
    assert [body.partition("UTC: ")[2] for body in bodies] == ["the same"] * 3
    described = [entry["description"] for entry in held(world, "time_entries")]
    assert described == ["work [List 1/1]", "work [List 1/2]"]


# -- what never arrives ------------------------------------------------------------------------------------


def test_a_record_that_the_server_always_fails_on_is_listed_and_the_run_ends(world: World) -> None:
    content = account(2, comments=1)
    first, second = content["tickets"]
    first["tags"], second["tags"] = ["odd"], []
    second["comments"].append({**second["comments"][0], "id": 7, "created_at": "2023-01-02T10:00:00Z"})
    export = write_export(world.folder / "export", content)
    for kind in ("label", "message"):
        world.box.fail_next(*REQUESTS[kind], "error-before", times=1000)
    loaded = world.load(export)
    assert {tally.kind: tally.failed for tally in loaded.tallies if tally.failed} == {
        "label": 1,
        "message": 1,
    }
    assert not any(tally.pending or tally.in_doubt for tally in loaded.tallies)
    assert [ticket["labels"] for ticket in held(world, "tickets")] == [[], []]


def test_a_holder_that_lists_show_late_is_waited_for_and_never_replaced_by_a_placeholder(
    world: World, agent: httpx.Client, tmp_path: Path
) -> None:
    content = account(1)
    export = write_export(tmp_path / "export", content)
    world.box.set_faults("late-seconds=3,late-visibility=1")
    new_contact(agent, name="Jane", email="C100@example.com")
    assert world.load(export, settle=4.5).complete
    world.box.set_faults("")
    assert [contact["email"] for contact in held(world, "contacts")][:1] == ["C100@example.com"]
    assert not [contact for contact in held(world, "contacts") if contact["email"].endswith(".invalid")]
    assert not world.created()["contact", "100"]
