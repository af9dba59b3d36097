"""Files of an export: found, recognised by content, refused with a reason; and whose account it is."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.errors import MigrationError, UsageError
from tiketti_migrate_zendesk import looking
from tiketti_migrate_zendesk.export import open_export
from tiketti_migrate_zendesk.recognise import ORDER
from world import account, write_export
from zendesk_parts import Desk, ticket


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def page(key: str, *rows: dict[str, Any]) -> str:
    return json.dumps({key: rows, "next_page": None, "count": len(rows)})


def test_the_name_decides_only_where_the_content_does_not(desk: Desk) -> None:
    desk.file("users.json", '{"id": 1, "name": "Somebody"}\n')
    desk.file("organizations.json", '{"id": 2, "requester_id": 1, "subject": "A ticket"}\n')
    assert [item.kind for item in desk.read().items] == ["user", "ticket"]


KINDS: dict[str, dict[str, Any]] = {
    "ticket_field": {"id": 1, "type": "tagger", "title": "Product", "custom_field_options": []},
    "custom_status": {"id": 1, "status_category": "open", "agent_label": "In progress", "default": False},
    "group": {"id": 1, "name": "Support", "is_public": True, "default": False, "deleted": False},
    "brand": {"id": 1, "name": "Acme", "subdomain": "acme", "has_help_center": False, "default": True},
    "ticket_form": {"id": 1, "name": "Default", "ticket_field_ids": [1], "end_user_visible": True},
    "organization": {"id": 1, "name": "Acme", "domain_names": ["acme.test"], "shared_tickets": False},
    "domain_name": {"organization_id": 1, "domain_name": "acme.test", "index": 0},
    "organization_tag": {"organization_id": 1, "tag": "vip"},
    "user": {"id": 1, "name": "Aino", "email": "aino@acme.test", "role": "agent"},
    "user_identity": {"id": 1, "user_id": 1, "type": "email", "value": "a@acme.test", "primary": True},
    "user_tag": {"user_id": 1, "tag": "vip"},
    "ticket": {"id": 1, "subject": "Printer", "requester_id": 1, "organization_id": 1, "group_id": 1},
    "ticket_tag": {"ticket_id": 1, "tag": "printer"},
    "comment": {"id": 1, "ticket_id": 1, "author_id": 1, "body": "It jams", "public": True},
    "audit": {"id": 1, "ticket_id": 1, "author_id": 1, "events": [], "via": {}},
    "chat": {"chat_id": "4323.T1", "ticket_id": 1, "user_id": 1, "visitor_id": "2-3"},
    "chat_event": {"chat_id": "4323.T1", "chat_index": 0, "actor_id": "agent:1", "message": "Hello"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_told_by_its_fields(desk: Desk, kind: str) -> None:
    found = desk.read_one("x", json.dumps(KINDS[kind]) + "\n")
    assert [(item.kind, item.where) for item in found.items] == [(kind, "x:1")]
    assert found.export.parts[0].kinds == {kind}


def test_small_tables_are_read_before_what_leans_on_them(desk: Desk) -> None:
    assert tuple(KINDS) == ORDER
    for number, kind in enumerate(reversed(KINDS)):
        desk.file(f"{number:02}.json", json.dumps(KINDS[kind]))
    assert [item.kind for item in desk.read().items] == list(ORDER)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("tickets/5.json", "ticket"),
        ("users/7/identities/5.json", "user_identity"),
        ("groups/5.json?include=users", "group"),
        ("ticket_fields/5", "ticket_field"),
    ],
)
def test_the_address_in_the_api_settles_the_kind(desk: Desk, address: str, kind: str) -> None:
    raw = {"id": 5, "name": "?", "url": f"https://acme.zendesk.com/api/v2/{address}"}
    assert [item.kind for item in desk.read_one("comments", json.dumps(raw)).items] == [kind]


def test_what_has_the_same_keys_is_told_apart_by_its_address(desk: Desk) -> None:
    things = (
        "groups/5.json",
        "brands/5.json",
        "macros/5.json",
        "groups/6.json",
        "users/5.json?include=groups",
    )
    addresses = [f"https://acme.zendesk.com/api/v2/{one}" for one in things]
    lines = [json.dumps({"id": 5, "name": "?", "url": one}) for one in addresses]
    found = desk.read_one("x", "\n".join(lines) + "\n")
    assert [item.kind for item in found.items] == ["group", "brand", "group", "user"]
    assert "1 macros are not read" in found.words()


def test_results_of_a_search_with_the_same_keys_are_told_apart(desk: Desk) -> None:
    results = ("user", "organization", "user", "group")
    lines = [json.dumps({"id": n, "name": "?", "result_type": one}) for n, one in enumerate(results)]
    assert [item.kind for item in desk.read_one("x", "\n".join(lines) + "\n").items] == list(results)


def test_records_that_hang_on_a_ticket_are_no_tickets(desk: Desk) -> None:
    rating = {"id": 5, "requester_id": 1, "assignee_id": 2, "group_id": 3, "ticket_id": 4, "score": "good"}
    at = "https://acme.zendesk.com/api/v2/satisfaction_ratings/5.json"
    found = desk.read_one(
        "t.json", f"{json.dumps(ticket(1))}\n{json.dumps(rating)}\n{json.dumps({'url': at})}\n"
    )
    assert found.ids() == [1]
    assert found.told() == [("UNKNOWN_RECORD", "t.json:2", 1), ("NOT_READ", "t.json", 0)]


def test_foreign_files_are_listed_with_the_reason(desk: Desk) -> None:
    desk.file("t.json", json.dumps(ticket(1)))
    for name, content in {
        "photo.jpg": b"\xff\xd8\xff\x00",
        "empty.json": b" \n",
        "none.json": b"[]",
        "settings.json": b'{"theme": "dark"}',
        "backup.tar": b"export/".ljust(257, b"\0") + b"ustar\x0000",
        "sheet.csv": b"Name,Town\nAino,Turku\n",
        ".DS_Store": b"\x00",
        "__MACOSX/t.json": b"{}",
    }.items():
        desk.file(name, content)
    found = desk.read()
    assert found.ids() == [1]
    assert found.told() == [
        ("UNKNOWN_FILE", "backup.tar", 0),
        ("EMPTY_FILE", "empty.json", 0),
        ("EMPTY_FILE", "none.json", 0),
        ("UNKNOWN_FILE", "photo.jpg", 0),
        ("UNKNOWN_FILE", "settings.json", 0),
        ("UNKNOWN_FILE", "sheet.csv", 0),
    ]
    assert "DS_Store" not in found.words()
    assert "backup.tar: is a tar archive: unpack it first" in found.words()


def test_hidden_files_and_folders_are_named_and_what_only_looks_so_is_read(desk: Desk) -> None:
    desk.file("__tickets/t.json", json.dumps(ticket(1)))
    desk.file("a/.hidden.json", json.dumps(ticket(2)))
    desk.file("a/.old/t.json", json.dumps(ticket(3)))
    found = desk.read()
    assert found.ids() == [1]
    assert found.told() == [("HIDDEN_FILE", str(desk.folder / "a"), 0)]
    assert "2 hidden files or folders are not read (.hidden.json, .old)" in found.words()


def test_tickets_as_their_customers_see_them_are_lost_aloud(desk: Desk) -> None:
    desk.file("t.json", json.dumps(ticket(1)))
    desk.file("r.json", page("requests", {"id": 7, "subject": "S"}, {"id": 8, "subject": "S"}))
    assert desk.read().told() == [("NOT_READ", "r.json", 2)]


def test_a_file_of_things_that_are_not_read_is_told_with_their_number(desk: Desk) -> None:
    desk.file("t.json", json.dumps(ticket(1)))
    desk.file("macros.json", page("macros", {"id": 7}, {"id": 8}))
    desk.file("tags.json", json.dumps({"tags": [{"name": "vip", "count": 3}], "count": 1}))
    found = desk.read()
    assert found.told() == [("NOT_READ", "macros.json", 0), ("NOT_READ", "tags.json", 0)]
    assert "2 macros are not read" in found.words()


@pytest.mark.parametrize(
    "content", ['{"tickets": [{"id": 1, "sub', '[{"id": 1, "subject": "Prin', '{"id": 1, "subject": "Pri']
)
def test_a_file_that_breaks_off_in_its_first_record_is_no_foreign_one(desk: Desk, content: str) -> None:
    desk.file("a.json", json.dumps(ticket(1)))
    found = desk.read(desk.folder, desk.file("tickets.json", content))
    assert [(where.partition(":")[0].split()[0], lost) for _, where, lost in found.told()] == [
        ("tickets.json", 1)
    ]


def test_a_small_page_with_half_a_character_is_looked_at_in_one_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = {"tickets": [ticket(1, subject="\ud83d")], "users": [{"id": 1, "name": "A"}], "comments": []}
    desk.file("p.json", json.dumps(page))
    with monkeypatch.context() as patch:
        patch.setattr(looking, "read_part", lambda _part: pytest.fail("read again"))
        (part,) = open_export([desk.folder], desk.scratch).parts
    assert part.kinds == {"ticket", "user", "comment"}
    assert [item.repaired for item in desk.read().items] == [True, True]


def test_kinds_that_come_late_are_seen(desk: Desk) -> None:
    users = [
        {"id": n, "name": f"User {n}", "email": f"{n}@acme.test", "role": "end-user"} for n in range(20_000)
    ]
    lines = [json.dumps(one) for one in (*users, *map(ticket, range(20_000)))]
    big = {"tickets": [ticket(n, description="x" * 500) for n in range(10_000)], "groups": [KINDS["group"]]}
    desk.file("lines", "\n".join(lines))
    desk.file("page", json.dumps(big, indent=1))
    assert [set(part.kinds) for part in desk.read().export.parts] == [{"user", "ticket"}, {"ticket", "group"}]


def test_links_out_of_the_folder_are_not_followed(desk: Desk) -> None:
    desk.file("t.json", json.dumps(ticket(1)))
    desk.file("../secret.json", json.dumps(ticket(9)))
    (desk.folder / "link.json").symlink_to(desk.folder.parent / "secret.json")
    (desk.folder / "loop").symlink_to(desk.folder)
    os.mkfifo(desk.folder / "pipe")
    found = desk.read()
    assert found.ids() == [1]
    assert found.told() == [("LINK_OUTSIDE", "link.json", 1), ("UNKNOWN_FILE", "pipe", 0)]


def test_a_file_given_twice_is_read_once(desk: Desk) -> None:
    file = desk.file("t.json", json.dumps(ticket(1)))
    assert desk.read(desk.folder, file).ids() == [1]


def test_equal_names_in_two_folders_are_told_apart(tmp_path: Path, desk: Desk) -> None:
    one = write_export(tmp_path / "one", {"tickets": account(1)["tickets"]})
    two = write_export(tmp_path / "two", {"tickets": account(1)["tickets"]})
    places = {item.where for item in desk.read(one, two).items}
    assert places == {f"{one / 'tickets.ndjson'}:1", f"{two / 'tickets.ndjson'}:1"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(desk: Desk) -> None:
    desk.file("t.json", json.dumps(ticket(1)))
    closed = desk.file("users.json", "{}")
    closed.chmod(0)
    assert desk.read().told() == [("UNREADABLE_FILE", "users.json", 1)]
    with pytest.raises(MigrationError, match=r"users\.json"):
        desk.read(closed)


def test_nothing_to_read_is_a_usage_error_that_says_why(desk: Desk) -> None:
    with pytest.raises(UsageError, match="no Zendesk data"):
        desk.read()
    with pytest.raises(UsageError, match="no such file"):
        desk.read(desk.folder / "nowhere")
    desk.file("export.zip", b"PK\x03\x04")
    with pytest.raises(UsageError, match=r"export\.zip is damaged"):
        desk.read()
