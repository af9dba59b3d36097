"""People without an e-mail address: a placeholder that says so, or left out with what they asked."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from planned import assert_exact, held
from tiketti_migrate.extract import extract
from tiketti_migrate.load import LoadOptions, prepare
from tiketti_migrate.plan import make_plan
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import Agent, Contact, Message, Ticket
from tiketti_migrate.report import write_report
from tiketti_migrate.store import Workspace
from tiketti_migrate.survey import survey
from tiketti_migrate.testing import ListSource, MemorySink
from world import World, account, write_export


def some_without(tickets: int = 8) -> dict[str, list[dict[str, Any]]]:
    """Customer 100 asked every second ticket and has no address; 102 has none and asked nothing; the agent
    900, who has none either, asked the last one.
    """
    data = account(tickets)
    aino, first = data["users"][:2]
    aino["email"] = first["email"] = None
    data["users"].append({"id": 102, "name": "Silent", "email": None, "role": "end-user"})
    data["tickets"][-1]["requester_id"] = 900
    return data


@pytest.fixture
def export(world: World) -> Path:
    return write_export(world.folder / "export", some_without())


def subjects(world: World) -> list[int]:
    return sorted(int(row["subject"].removeprefix("Ticket ")) for row in held(world, "tickets"))


def states(world: World, kind: str) -> dict[str, int]:
    counts: dict[str, int] = world.status()["records"][kind]
    return {state: count for state, count in counts.items() if count}


def test_a_placeholder_says_what_it_is(world: World, export: Path) -> None:
    planned = assert_exact(world, "import", "zendesk", export)
    (told,) = [text for text in planned["choices"] if "without an e-mail address" in text]
    assert "3 get a placeholder at no-email.invalid, such as zendesk-" in told
    assert "leaves them out with the 5 tickets" in told
    assert planned["left_out"] == []
    contacts = {row["name"]: row for row in held(world, "contacts")}
    assert len(subjects(world)) == 8
    for name in ("Customer 100", "Silent", "Aino Agent"):
        assert contacts[name]["email"].endswith("@no-email.invalid")
        words = "No usable e-mail address in Zendesk; this address is a placeholder."
        assert contacts[name]["notes"].startswith(words)
    assert not contacts["Customer 101"]["notes"]
    world.run("report").assert_exit(0)
    assert (world.workspace / "report.html").read_text().count("has no e-mail address; zendesk-") == 3
    world.run("verify").assert_exit(0)


def test_a_refused_address_is_no_missing_one(world: World) -> None:
    data = account(4)
    data["users"][1]["email"] = "c100@nodots"
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes", "--missing-email", "skip").assert_exit(0)
    assert len(subjects(world)) == 4
    (contact,) = [row for row in held(world, "contacts") if row["email"].endswith(".invalid")]
    assert "c100@nodots" in contact["notes"]
    assert "This address is a placeholder." in contact["notes"]
    assert "No usable" not in contact["notes"]


def test_skip_leaves_out_the_tickets_too_and_counts_all(world: World, export: Path) -> None:
    planned = assert_exact(world, "import", "zendesk", export, "--missing-email", "skip")
    counted = {one["kind"]: one["count"] for one in planned["left_out"]}
    assert counted == {"contact": 3, "ticket": 5, "message": 15, "outcome": 5, "time_entry": 2}
    assert {one["code"] for one in planned["left_out"]} == {"NO_EMAIL"}
    assert subjects(world) == [1001, 1003, 1005]
    assert {row["name"] for row in held(world, "contacts")} == {"Customer 101"}
    assert states(world, "ticket") == {"done": 3, "skipped": 5}
    world.run("verify").assert_exit(0)


def test_it_is_said_at_the_end_and_in_the_report(world: World, export: Path) -> None:
    ran = world.run("import", "zendesk", export, "--yes", "--missing-email", "skip").assert_exit(0)
    assert "Left out: 3 contacts: NO_EMAIL, has no e-mail address" in ran.err
    assert "Left out: 5 tickets: NO_EMAIL, its requester has no e-mail address" in ran.err
    shown = world.run("import", "zendesk", export, "--plan", "--missing-email", "skip").assert_exit(0).out
    assert "15 messages: NO_EMAIL" in shown
    world.run("report").assert_exit(0)
    assert "Left out by options of the import" in (world.workspace / "report.html").read_text()


@pytest.mark.parametrize("command", ["import", "resume"])
def test_another_run_brings_back_what_was_left_out(world: World, export: Path, command: str) -> None:
    assert_exact(world, "import", "zendesk", export, "--missing-email", "skip")
    if command == "import":
        planned = assert_exact(world, "import", "zendesk", export)
        assert planned["writes"]["ticket"] == 5
        assert planned["left_out"] == []
    else:
        world.run("resume", "--yes", "--missing-email", "placeholder").assert_exit(0)
    assert subjects(world) == list(range(1000, 1008))
    assert states(world, "ticket") == {"done": 8}
    world.run("verify").assert_exit(0)


def test_what_is_there_already_stays(world: World, export: Path) -> None:
    assert_exact(world, "import", "zendesk", export, "--limit", "2", "--order", "source")
    assert_exact(world, "import", "zendesk", export, "--missing-email", "skip")
    # Customer 100 is there by now: whatever he asked has a requester.
    assert subjects(world) == [1000, 1001, 1002, 1003, 1004, 1005, 1006]


def test_a_limit_counts_what_is_imported(world: World, export: Path) -> None:
    assert_exact(world, "import", "zendesk", export, "--missing-email", "skip", "--limit", "2")
    assert len(subjects(world)) == 2
    assert_exact(world, "import", "zendesk", export, "--missing-email", "skip", "--limit", "3")
    assert subjects(world) == [1001, 1003, 1005]


def test_an_address_that_came_to_light_brings_the_tickets(world: World) -> None:
    data = some_without()
    export = write_export(world.folder / "export", data)
    assert_exact(world, "import", "zendesk", export, "--missing-email", "skip")
    data["users"][1]["email"] = "c100@example.com"
    write_export(world.folder / "export", data)
    planned = assert_exact(world, "import", "zendesk", export, "--missing-email", "skip")
    assert planned["writes"]["ticket"] == 4
    assert subjects(world) == list(range(1000, 1007))


def test_a_requester_whom_nobody_knows_has_no_address(world: World) -> None:
    data = account(4)
    data["tickets"][0]["requester_id"] = 4711
    export = write_export(world.folder / "export", data)
    assert_exact(world, "import", "zendesk", export, "--missing-email", "skip")
    assert len(subjects(world)) == 3
    assert_exact(world, "import", "zendesk", export)
    assert "Unknown user 4711" in {row["name"] for row in held(world, "contacts")}


def test_the_mapping_file_takes_the_option(world: World, export: Path) -> None:
    (world.folder / "m.toml").write_text('[import]\nmissing_email = "skip"\nlabels = "top:1"\n')
    planned = assert_exact(world, "import", "zendesk", export, "--map", "m.toml")
    assert {one["code"] for one in planned["left_out"]} == {"NO_EMAIL", "NOT_CHOSEN"}


def test_messages_of_people_whom_nobody_knows_are_told(tmp_path: Path) -> None:
    """Of sources that do not say so themselves."""
    items = [
        Contact(source_id="1", name="Jane", email="jane@x.test"),
        Agent(source_id="2", name="Aino"),
        Ticket(source_id="t", subject="Help", requester_id="1"),
        *(Message(source_id=f"m{who}", ticket_id="t", author_id=who, body="x") for who in ("1", "2", "3")),
        Message(source_id="named", ticket_id="t", author_id="4", author_name="Bo", body="x"),
        Message(source_id="nobody", ticket_id="t", body="x"),
    ]
    sink = MemorySink()
    with Workspace(tmp_path / "w") as workspace:
        ledger = workspace.ledger
        extract(ListSource(items), ledger, sink.kinds, Quiet(), threading.Event())
        assert "the source has no user 3, who wrote 1 messages" in survey(ledger).warnings
        made = make_plan(ledger, sink, prepare(ledger, sink, LoadOptions()), LoadOptions())
        words = "messages are by people whom the source does not have: Unknown user 3 (1)"
        assert words in made.warnings
        page = write_report(ledger, workspace.folder).read_text()
        assert "<td>3</td><td>1</td>" in page


def test_files_come_back_with_their_messages(world: World) -> None:
    data = some_without(4)
    url = "https://acme.zendesk.com/attachments/token/x/?name=plan.pdf"
    file = {
        "id": 5,
        "file_name": "plan.pdf",
        "content_type": "application/pdf",
        "size": 9,
        "content_url": url,
    }
    data["tickets"][0]["comments"][0]["attachments"] = [file]
    export = write_export(world.folder / "export", data)
    command = ("import", "zendesk", export, "--attachments", "link")
    assert_exact(world, *command, "--missing-email", "skip")
    assert_exact(world, *command)
    messages = world.box.snapshot("Sandbox Oy")["messages"].values()
    (body,) = [one["body_html"] for ticket in messages for one in ticket if "plan.pdf" in one["body"]]
    assert "is not imported" not in body
    assert url in body


# -- two with one address ----------------------------------------------------------------------------------


def test_what_the_second_of_one_address_says_otherwise_is_told(world: World) -> None:
    data = account(2)
    twin = {"id": 102, "name": "J. Twin", "email": "C100@example.com", "role": "end-user", "phone": "+358 1"}
    twin |= {"organization_id": 51, "notes": "Calls\nat night"}
    data["users"].append(twin)
    data["organizations"].append({"id": 51, "name": "Other Oy", "domain_names": []})
    export = write_export(world.folder / "export", data)
    assert_exact(world, "import", "zendesk", export)
    world.run("report").assert_exit(0)
    page = (world.workspace / "report.html").read_text()
    assert "has the same e-mail address as contact 100: they become one; not taken over: name" in page
    for value in ("J. Twin", "+358 1", "company &#39;51&#39;", "Calls at night"):
        assert value in page


def test_equal_twins_lose_nothing(world: World) -> None:
    data = account(2)
    data["users"].append({**data["users"][1], "id": 102})
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.run("report").assert_exit(0)
    page = (world.workspace / "report.html").read_text()
    assert "contact 100: they become one" in page
    assert "not taken over" not in page
    assert json.loads(world.run("verify", "--json").assert_exit(0).out)["differences"] == []
