"""Imports whose plan is compared with what is asked, and users at work in the account."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from tiketti_migrate_tiketti.sandbox import Sandbox
from world import World

__all__ = ["asked", "assert_exact", "held", "user_with_tickets", "write_map"]


def asked(world: World) -> Counter[str]:
    """What the server was asked for so far, named as in a plan."""
    named: Counter[str] = Counter()
    for name, count in world.box.request_counts.items():
        named[re.sub(r":\w+", ":id", name)] += count
    return named


def assert_exact(world: World, *command: str | Path, code: int = 0) -> dict[str, Any]:
    """Plan, import, and compare call by call. Gives the plan."""
    written = world.writes()
    planned: dict[str, Any] = json.loads(world.run(*command, "--plan", "--json").assert_exit(0).out)
    assert world.writes() == written, "a plan writes nothing"
    before = asked(world)
    world.run(*command, "--yes").assert_exit(code)
    made = asked(world) - before
    assert planned["endpoints"] == dict(made)
    assert planned["requests"] == made.total()
    return planned


def held(world: World, kind: str) -> list[dict[str, Any]]:
    """What the account holds."""
    rows: list[dict[str, Any]] = world.box.snapshot("Sandbox Oy")[kind]
    return rows


def user_with_tickets(box: Sandbox, name: str, tickets: int = 1, *, time: int = 0) -> str:
    """The id of a new user who has worked in the account: seen as assignee, and with ``time`` entries."""
    email = f"{re.sub(r'[^a-z]', '', name.lower())}{len(box.accounts)}@sandbox.test"
    user = box.add_user(email, name)
    with httpx.Client(base_url=box.url, headers={"Authorization": f"Bearer {box.token(email)}"}) as http:
        contact = http.post("/contacts", json={"name": "Old", "email": f"old-{email}"}).json()["data"]["id"]
        for _ in range(max(tickets, bool(time))):
            body = {"subject": "Old", "contact_id": contact} | ({"assignee_id": user.id} if tickets else {})
            ticket = http.post("/tickets", json=body).raise_for_status().json()["data"]["id"]
        for _ in range(time):
            http.post(f"/tickets/{ticket}/time-entries", json={"duration_minutes": 1}).raise_for_status()
    return user.id


def write_map(world: World, text: str) -> Path:
    """A mapping file beside the export."""
    path = world.folder / "map.toml"
    path.write_text(text)
    return path
