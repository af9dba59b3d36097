"""An account that comes without its name at first, or later: one workspace, and no other account's."""

import json
from pathlib import Path
from typing import Any

from world import World

USER = {"id": 10, "name": "Aino", "email": "aino@x.test", "role": "end-user"}


def made(folder: Path, *tickets: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    lines = [json.dumps(one) for one in tickets]
    (folder / "tickets.ndjson").write_text("\n".join(lines) + "\n")
    (folder / "users.json").write_text(json.dumps([USER]))
    return folder


def ticket(number: int, host: str | None = None, created: str = "2024-01-0{}T00:00:00Z") -> dict[str, Any]:
    raw = {"id": number, "subject": f"S{number}", "status": "open", "requester_id": 10, "description": "Hi"}
    url = {"url": f"https://{host}/api/v2/tickets/{number}.json"} if host else {}
    return {**raw, "created_at": created.format(number), **url}


ACME, OTHER = "acme.zendesk.com", "other.zendesk.com"


def test_files_with_the_name_go_on_where_files_without_began(world: World) -> None:
    bare, named, later = (
        made(world.folder / "bare", ticket(1), ticket(2)),
        made(world.folder / "named", ticket(2, ACME), ticket(3, ACME)),
        made(world.folder / "later", ticket(4, ACME)),
    )
    foreign = made(world.folder / "foreign", ticket(1, OTHER, "2020-05-05T00:00:00Z"), ticket(5, OTHER))
    world.run("import", "zendesk", bare, "--yes").assert_exit(0)
    world.run("import", "zendesk", foreign, "--yes").assert_exit(2)
    world.run("import", "zendesk", named, "--yes").assert_exit(0)
    # Nothing in it was read before, but the name is known by now.
    world.run("import", "zendesk", later, "--yes").assert_exit(0)
    assert world.status()["records"]["ticket"]["done"] == 4


def test_files_without_the_name_go_on_where_files_with_it_began(world: World) -> None:
    named, bare = (
        made(world.folder / "named", ticket(1, ACME), ticket(2, ACME)),
        made(world.folder / "bare", ticket(2), ticket(3)),
    )
    world.run("import", "zendesk", named, "--yes").assert_exit(0)
    world.run("import", "zendesk", bare, "--yes").assert_exit(0)
    assert world.status()["records"]["ticket"]["done"] == 3


def test_where_nothing_tells_the_user_is_told_what_to_do(world: World) -> None:
    bare, named = made(world.folder / "bare", ticket(1)), made(world.folder / "named", ticket(2, ACME))
    world.run("import", "zendesk", bare, "--yes").assert_exit(0)
    refused = world.run("import", "zendesk", named, "--yes").assert_exit(2)
    assert "files that do not name their account" in refused.err
    assert "give the earlier files together with the new ones" in refused.err
    world.run("import", "zendesk", bare, named, "--yes").assert_exit(0)
    world.run("import", "zendesk", named, "--yes").assert_exit(0)
    assert world.status()["records"]["ticket"]["done"] == 2
