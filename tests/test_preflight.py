"""Before the first write it is told what stands in the way of an import, and what it will set off."""

import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tiketti_migrate.extract import extract
from tiketti_migrate.load.place import place_warnings
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS, Attachment
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import ListSource
from tiketti_migrate_tiketti.sandbox.events import EVENTS
from world import World, account, write_export

HOOK = "https://hooks.example.org/in"


@pytest.fixture
def export(world: World) -> Path:
    return write_export(world.folder / "export", account(10))


def add_webhook(world: World, **fields: Any) -> None:
    head = {"Authorization": f"Bearer {world.box.token()}"}
    body = {"url": HOOK + "?key=s3cret", "events": list(EVENTS), "active": True, **fields}
    httpx.post(f"{world.box.url}/webhooks", json=body, headers=head).raise_for_status()


@pytest.mark.parametrize("event", EVENTS)
def test_an_active_webhook_is_named_with_the_number_of_its_events(
    world: World, export: Path, event: str
) -> None:
    add_webhook(world, events=[event])
    shown = world.run("import", "zendesk", export, "--plan").assert_exit(0).err
    assert "s3cret" not in shown
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    called = Counter(d["headers"]["X-Tiketti-Event"] for d in world.box.snapshot("Sandbox Oy")["deliveries"])
    told = re.search(rf"the webhook {HOOK} will be called up to (\d+) times", shown)
    if told is None:
        assert called.total() == 0
    else:
        assert called.total() <= int(told[1])
        # Only the status may already be what a reply would make of it; assigning counts as creating or not.
        exact = event in ("ticket.created", "message.created", "contact.created", "time_entry.created")
        assert not exact or called.total() == int(told[1])


def test_an_inactive_webhook_is_not_worth_a_word(world: World, export: Path) -> None:
    add_webhook(world, active=False)
    assert "webhook" not in world.run("import", "zendesk", export, "--plan").assert_exit(0).err


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("manager", "whether webhooks will be called cannot be seen: only an admin"),
        ("clerk", "what the role 'clerk' may do is not documented"),
        ("agent", "to undo the import takes a manager or an admin"),
    ],
)
def test_what_a_role_cannot_do_is_told_beforehand(world: World, export: Path, user: str, words: str) -> None:
    world.user = f"{user}@sandbox.test"
    assert words in world.run("import", "zendesk", export, "--plan", "--labels", "off").assert_exit(0).err


@pytest.mark.parametrize(
    ("user", "words"), [("viewer", "viewer may only read"), ("agent", "may not create the 5 labels")]
)
def test_a_role_that_is_too_small_stops_before_the_first_write(
    world: World, export: Path, user: str, words: str
) -> None:
    world.user = f"{user}@sandbox.test"
    ran = world.run("import", "zendesk", export, "--yes").assert_exit(4)
    assert words in ran.err
    assert world.writes().total() == 0


def test_an_agent_may_import_where_the_labels_are_there(world: World, export: Path) -> None:
    head = {"Authorization": f"Bearer {world.box.token()}"}
    for name in ("tag0", "tag1", "tag2", "tag3", "all"):
        body = {"name": name, "color": "#EF4444"}
        httpx.post(f"{world.box.url}/labels", json=body, headers=head).raise_for_status()
    world.user = "agent@sandbox.test"
    world.run("import", "zendesk", export, "--yes").assert_exit(0)


def test_a_custom_role_that_may_not_do_it_stops_the_run_and_loses_nothing(world: World, export: Path) -> None:
    world.user = "clerk@sandbox.test"
    ran = world.run("import", "zendesk", export, "--yes").assert_exit(4)
    assert "does not let this user create a label" in ran.err
    assert world.box.snapshot("Sandbox Oy")["tickets"] == []
    world.user = "admin@sandbox.test"
    world.run("resume", "--yes").assert_exit(0)
    world.assert_arrived(account(10))


def test_a_disk_that_is_too_small_for_the_attachments_is_told(tmp_path: Path) -> None:
    def warnings(size: int) -> list[str]:
        file = Attachment(source_id=str(size), message_id="m", filename="film.mp4", size=size)
        with Workspace(tmp_path / str(size)) as workspace:
            extract(ListSource([file]), workspace.ledger, KINDS, Quiet(), threading.Event())
            return place_warnings(workspace.ledger)

    assert warnings(10) == []
    (warning,) = warnings(4_000_000_000_000_000)
    assert "may need 4000 TB" in warning


def test_a_wrong_password_shows_before_anything_is_read(world: World, export: Path) -> None:
    world.extra["TIKETTI_PASSWORD"] = "wrong"
    ran = world.run("import", "zendesk", export, "--yes").assert_exit(4)
    assert "Reading" not in ran.err
    assert world.status()["records"] == {}
