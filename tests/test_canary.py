"""The canary: one ticket for the user's own address tells what an import would set off, and is gone again."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from person import at_a_terminal
from world import World, account, write_export

ADDRESS = "me@corp.example"
YES, ARRIVED = "Import into Sandbox Oy?", f"arrive at {ADDRESS}?"


@pytest.fixture
def data() -> dict[str, list[dict[str, Any]]]:
    return account(3)


@pytest.fixture
def export(world: World, data: dict[str, list[dict[str, Any]]]) -> Path:
    return write_export(world.folder / "export", data)


def watch(world: World, export: Path, answer: str, *more: str) -> tuple[int, str]:
    command: tuple[str | Path, ...] = ("import", "zendesk", export, "--canary", ADDRESS, *more)
    answers = [(YES, "y"), (ARRIVED, answer)]
    return at_a_terminal(world.folder, world.environment, *command, answers=answers)


def test_nothing_arrived_so_it_is_deleted_and_the_import_goes_on(
    world: World, data: dict[str, list[dict[str, Any]]], export: Path
) -> None:
    code, shown = watch(world, export, "n")
    assert code == 0, shown
    world.assert_arrived(data)
    held = world.box.snapshot("Sandbox Oy")
    assert ADDRESS not in {contact["email"] for contact in held["contacts"]}
    calls = [(r["method"], r["path"].count("/")) for r in held["requests"] if r["method"] != "GET"]
    # Contact, ticket, reply, status, and both deleted, before anything else is written.
    assert calls[1:7] == [("POST", 1), ("POST", 1), ("POST", 3), ("PATCH", 2), ("DELETE", 2), ("DELETE", 2)]
    assert world.status()["requests"] == world.box.request_counts.total()
    assert not (world.workspace / "canary").exists()


def test_something_arrived_so_nothing_is_imported(world: World, export: Path) -> None:
    code, shown = watch(world, export, "y")
    assert code == 4, shown
    assert "nothing was imported" in shown
    held = world.box.snapshot("Sandbox Oy")
    assert (held["tickets"], held["contacts"]) == ([], [])
    assert world.status()["records"]["ticket"]["pending"] == 3


def test_it_does_what_an_import_does_and_ctrl_c_at_the_question_loses_nothing(
    world: World, export: Path
) -> None:
    command = ("import", "zendesk", export, "--canary", ADDRESS)
    code, shown = at_a_terminal(
        world.folder, world.environment, *command, answers=[(YES, "y"), (ARRIVED, "\x03")]
    )
    assert code == 4, shown
    held = world.box.snapshot("Sandbox Oy")
    (ticket,) = held["tickets"]
    assert ticket["status"] == "resolved"
    assert ticket["assignee"]["name"] == "Aino Admin"
    assert ticket["contact"]["email"] == ADDRESS
    assert [m["is_internal"] for m in held["messages"][ticket["id"]]] == [False, False]
    assert f"Ticket {ticket['code']} was made for {ADDRESS}" in shown
    code, again = watch(world, export, "n")
    assert code == 0, again
    assert f"Ticket {ticket['code']} was made for {ADDRESS}" in again
    assert len(world.box.snapshot("Sandbox Oy")["tickets"]) == 3


def test_a_contact_that_was_there_stays(world: World, export: Path) -> None:
    head = {"Authorization": f"Bearer {world.box.token()}"}
    body = {"name": "Me", "email": ADDRESS.upper()}
    httpx.post(f"{world.box.url}/contacts", json=body, headers=head).raise_for_status()
    code, shown = watch(world, export, "y")
    assert code == 4, shown
    held = world.box.snapshot("Sandbox Oy")
    assert [contact["name"] for contact in held["contacts"]] == ["Me"]
    assert held["tickets"] == []


def test_whoever_may_not_delete_is_told_what_stays(world: World, export: Path) -> None:
    world.user = "agent@sandbox.test"
    code, shown = watch(world, export, "n", "--labels", "off")
    assert code == 0, shown
    assert "the canary could not be deleted: ticket SAND-1" in shown
    assert len(world.box.snapshot("Sandbox Oy")["tickets"]) == 4


def test_a_server_that_says_it_mailed_needs_no_inbox(world: World, export: Path) -> None:
    world.box.fail_next("POST", "/messages$", "email-anyway")
    command = ("import", "zendesk", export, "--canary", ADDRESS)
    code, shown = at_a_terminal(world.folder, world.environment, *command, answers=[(YES, "y")])
    assert code == 4, shown
    assert "e-mailed a customer" in shown
    held = world.box.snapshot("Sandbox Oy")
    assert held["tickets"] == []
    assert [mail["to"] for mail in held["emails"]] == [ADDRESS]


def test_a_canary_that_is_open_is_not_left_behind_by_a_resume(world: World, export: Path) -> None:
    """Neither after Ctrl-C at the question nor after an e-mail can the import go on as if nothing was."""
    for answer, written in (("\x03", 1), ("y", 0)):
        code, shown = watch(world, export, answer)
        assert code == 4, shown
        assert len(world.box.snapshot("Sandbox Oy")["tickets"]) == written
        ran = world.run("resume", "--yes").assert_exit(2)
        assert "--canary off" in ran.err
    code, shown = at_a_terminal(
        world.folder, world.environment, "resume", answers=[(YES, "y"), (ARRIVED, "n")]
    )
    assert code == 0, shown
    assert len(world.box.snapshot("Sandbox Oy")["tickets"]) == 3


def test_it_can_be_given_up(world: World, data: dict[str, list[dict[str, Any]]], export: Path) -> None:
    assert watch(world, export, "\x03")[0] == 4
    world.run("resume", "--yes", "--canary", "off").assert_exit(0)
    world.assert_arrived(data)
    assert not (world.workspace / "canary").exists()
    world.run("resume", "--yes").assert_exit(0)


def test_another_address_takes_its_place(world: World, export: Path) -> None:
    assert watch(world, export, "\x03")[0] == 4
    other = "you@corp.example"
    command = ("import", "zendesk", export, "--canary", other)
    answers = [(YES, "y"), (f"arrive at {other}?", "y")]
    code, shown = at_a_terminal(world.folder, world.environment, *command, answers=answers)
    assert code == 4, shown
    held = world.box.snapshot("Sandbox Oy")
    assert (held["tickets"], held["contacts"]) == ([], [])


@pytest.mark.parametrize("address", ["foo@bar", "a@b..example", "\xe4@example.com"])
def test_an_address_that_tiketti_does_not_take_tells_nothing(
    world: World, export: Path, address: str
) -> None:
    command = ("import", "zendesk", export, "--canary", address)
    code, shown = at_a_terminal(world.folder, world.environment, *command, answers=[(YES, "y")])
    assert code == 4, shown
    assert "Tiketti does not take this address" in shown
    held = world.box.snapshot("Sandbox Oy")
    assert (held["tickets"], held["contacts"]) == ([], [])
    assert not (world.workspace / "canary").exists()


@pytest.mark.parametrize(("address", "words"), [(ADDRESS, "terminal"), ("nobody", "no e-mail address")])
def test_without_a_terminal_or_an_address_it_is_refused(
    world: World, export: Path, address: str, words: str
) -> None:
    ran = world.run("import", "zendesk", export, "--yes", "--canary", address).assert_exit(2)
    assert words in ran.err
    assert world.writes().total() == 0
