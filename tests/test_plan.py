"""The plan: exact to the request, open about what will be lost, and binding nobody."""

import json
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from person import at_a_terminal
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import World, account, write_export


def asked(world: World) -> Counter[str]:
    """What the server was asked for so far, named as in a plan."""
    named: Counter[str] = Counter()
    for name, count in world.box.request_counts.items():
        named[re.sub(r":\w+", ":id", name)] += count
    return named


def plan(world: World, export: Path, *options: str) -> dict[str, Any]:
    ran = world.run("import", "zendesk", export, "--plan", "--json", *options).assert_exit(0)
    found: dict[str, Any] = json.loads(ran.out)
    return found


def assert_exact(world: World, export: Path, *options: str, code: int = 0) -> dict[str, Any]:
    """Plan, import, and compare call by call."""
    written = world.writes()
    planned = plan(world, export, *options)
    assert world.writes() == written, "a plan writes nothing"
    before = asked(world)
    world.run("import", "zendesk", export, "--yes", *options).assert_exit(code)
    made = asked(world) - before
    assert planned["endpoints"] == dict(made)
    assert planned["requests"] == made.total()
    return planned


def post(world: World, path: str, **body: Any) -> None:
    head = {"Authorization": f"Bearer {world.box.token()}"}
    httpx.post(f"{world.box.url}{path}", json=body, headers=head).raise_for_status()


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--limit", "3"),
        ("--labels", "off"),
        ("--labels", "used", "--contacts", "used"),
        ("--order", "newest"),
    ],
)
def test_requests_made_are_those_planned(world: World, options: tuple[str, ...]) -> None:
    export = write_export(world.folder / "export", account(14))
    assert_exact(world, export, *options)
    world.run("verify").assert_exit(0)


def test_what_exists_is_adopted_and_not_counted(world: World) -> None:
    export = write_export(world.folder / "export", account(6))
    for name in ("TAG0", "tag1", "Tag2", "tag3", "all"):
        post(world, "/labels", name=name, color="#EF4444")
    post(world, "/companies", name="example oy")
    post(world, "/contacts", name="Somebody", email="C100@Example.com")
    planned = assert_exact(world, export)
    assert planned["adopted"] == {"label": 5, "company": 1, "contact": 1}
    assert "label" not in planned["writes"]


def test_the_company_of_a_twin_is_counted(world: World) -> None:
    """The requester's address belongs to an earlier user of another company: that one is written."""
    data = account(2)
    data["organizations"].append({"id": 51, "name": "Other Oy", "domain_names": []})
    twin = {"id": 90, "name": "Twin", "email": "c100@example.com", "role": "end-user", "organization_id": 51}
    data["users"].insert(0, twin)
    export = write_export(world.folder / "export", data)
    planned = assert_exact(world, export, "--limit", "1")
    assert planned["writes"]["company"] == 2


@pytest.mark.parametrize("there", [0, 1, 2])
def test_few_contacts_conflict_one_by_one_where_a_list_would_cost_more(world: World, there: int) -> None:
    """Two contacts are wanted and the account has five pages of them."""
    data = account(4)
    for number in range(401):
        post(world, "/contacts", name="Old", email=f"old{number}@example.org")
    for number in range(there):
        post(world, "/contacts", name="Known", email=f"C10{number}@EXAMPLE.com")
    export = write_export(world.folder / "export", data)
    planned = assert_exact(world, export)
    assert planned["endpoints"]["GET /contacts"] == 1 + there
    assert planned["adopted"].get("contact", 0) == there
    world.run("verify").assert_exit(0)


def test_many_contacts_are_listed_where_conflicts_would_cost_more(world: World) -> None:
    data = account(40)
    for number in range(201):
        post(world, "/contacts", name="Old", email=f"old{number}@example.org")
    export = write_export(world.folder / "export", data)
    planned = assert_exact(world, export)
    assert planned["endpoints"]["GET /contacts"] == 3
    assert planned["endpoints"]["POST /contacts"] == 10


def test_a_second_run_and_a_delta_are_exact_too(world: World) -> None:
    data = account(8)
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes", "--limit", "3").assert_exit(0)
    assert_exact(world, export)
    planned = assert_exact(world, export)
    assert planned["writes"] == {}
    data["tickets"][0]["comments"].append(
        {"id": 5, "author_id": 900, "body": "later", "public": True, "created_at": "2024-01-01T00:00:00Z"}
    )
    data["users"].append({"id": 400, "name": "New", "email": "C100@example.com", "role": "end-user"})
    write_export(export, data)
    planned = assert_exact(world, export)
    assert planned["writes"]["message"] == 1


def test_children_of_what_failed_cost_nothing(world: World) -> None:
    data = account(6)
    data["tickets"][2]["subject"] = "x" * 300
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(3)
    planned = assert_exact(world, export, code=3)
    assert planned["writes"] == {}
    failing = {(one["kind"], one["code"]) for one in planned["failing"]}
    assert ("ticket", "VALIDATION_ERROR") in failing
    assert ("message", "PARENT_FAILED") in failing
    assert planned["failing"][-1]["examples"]


def test_a_plan_says_what_becomes_one_what_is_lost_and_what_is_guessed(world: World) -> None:
    data = account(3)
    data["users"].append({"id": 400, "name": "Twin", "email": "C100@example.com", "role": "end-user"})
    data["tickets"][0] |= {"priority": "sky-high: now", "never_heard_of": 1, "group_id": 9}
    data["tickets"][1]["comments"][0]["attachments"] = [
        {"id": 1, "file_name": "a.pdf", "content_url": "https://acme.zendesk.com/a.pdf", "size": 10}
    ]
    export = write_export(world.folder / "export", data)
    planned = plan(world, export)
    assert planned["merges"] == [{"kind": "contact", "key": "c100@example.com", "source_ids": ["100", "400"]}]
    assert planned["unmapped"]["priority"] == {"sky-high: now": 1}
    losses = {(one["kind"], one["what"]): one["count"] for one in planned["losses"]}
    assert losses["ticket", "never_heard_of"] == losses["ticket", "group_id"] == 1
    assert ("attachment", "all of it") not in losses, "it will be fetched"
    assert planned["unassigned"] == {"Aino Agent": 3}
    shown = world.run("import", "zendesk", export, "--plan").assert_exit(0).out
    merged, guessed = "contacts 100, 400: c100@example.com", "'sky-high: now' (1)"
    for words in (merged, guessed, "never_heard_of (1)", "Aino Agent (3)"):
        assert words in shown
    assert re.search(r"requests, .* at 1,?000,?000 a minute; done by \w{3} \d\d:\d\d if started now", shown)


def test_the_duration_is_that_of_the_limit(world: World) -> None:
    world.box.set_limit("100/60")
    export = write_export(world.folder / "export", account(40))
    planned = plan(world, export)
    assert planned["seconds"] == pytest.approx(planned["requests"] * 0.6, abs=1)


def test_a_plan_binds_the_workspace_to_no_account(world: World) -> None:
    data = account(2)
    export = write_export(world.folder / "export", data)
    with Sandbox(SandboxOptions(limit="off")) as other:
        elsewhere = World(other, world.folder)
        plan(elsewhere, export)
    assert world.status()["target"] is None
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.assert_arrived(data)


def test_whoever_says_no_leaves_the_workspace_unbound(world: World) -> None:
    export = write_export(world.folder / "export", account(2))
    answers = [("Import into Sandbox Oy?", "n")]
    code, shown = at_a_terminal(world.folder, world.environment, "import", "zendesk", export, answers=answers)
    assert code == 4, shown
    assert "nothing was written" in shown
    assert world.writes().total() == 0
    assert world.status()["target"] is None
    code, shown = at_a_terminal(
        world.folder, world.environment, "import", "zendesk", export, answers=[("Import into", "y")]
    )
    assert code == 0, shown
    assert len(world.box.snapshot("Sandbox Oy")["tickets"]) == 2


def test_one_of_several_organizations_is_asked_for_and_remembered(world: World) -> None:
    world.user = "multi@sandbox.test"
    data = account(2)
    export = write_export(world.folder / "export", data)
    answers = [("Which organization is meant?", "1"), ("Import into Sandbox Oy?", "y")]
    code, shown = at_a_terminal(world.folder, world.environment, "import", "zendesk", export, answers=answers)
    assert code == 0, shown
    assert "Second Oy (you are admin)" in shown
    world.assert_arrived(data)
    assert not world.box.snapshot("Second Oy")["tickets"]
    world.run("import", "zendesk", export, "--yes").assert_exit(0)


def test_a_workspace_that_was_copied_is_noticed(world: World) -> None:
    data = account(4)
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes", "--limit", "1").assert_exit(0)
    again = world.run("import", "zendesk", export, "--plan").assert_exit(0)
    assert "last used as" not in again.err
    with sqlite3.connect(world.workspace / "migration.db") as ledger:
        ledger.execute("UPDATE meta SET value = 'laptop:/home/jane/work' WHERE key = 'place'")
    ran = world.run("import", "zendesk", export, "--plan").assert_exit(0)
    assert "last used as laptop:/home/jane/work" in ran.err
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert "last used as" not in world.run("import", "zendesk", export, "--yes").assert_exit(0).err
    world.assert_arrived(data)


def test_a_copy_that_fell_behind_is_refused(world: World) -> None:
    data = account(6)
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes", "--limit", "2").assert_exit(0)
    behind = World(world.box, world.folder / "copy")
    behind.workspace.mkdir(parents=True)
    (behind.workspace / "migration.db").write_bytes((world.workspace / "migration.db").read_bytes())
    world.run("resume", "--yes").assert_exit(0)
    ran = behind.run("resume", "--yes").assert_exit(2)
    assert "earlier import" in ran.err
    world.assert_arrived(data)
