"""Several copies of a record in one export: the newest counts, and nothing that only others hold is lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.api import Problem, RecordFields
from tiketti_migrate_zendesk.source import ZendeskOptions, ZendeskSource
from zendesk_parts import ticket

OLD, NEW = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"


class Read:
    """What is made of some files."""

    def __init__(self, folder: Path, **files: Any) -> None:
        for name, content in files.items():
            path = folder / name.replace("__", ".")
            path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        self.problems: list[Problem] = []
        self.records: list[RecordFields] = []
        for one in ZendeskSource(ZendeskOptions(paths=(folder,))).extract(None):
            if isinstance(one, Problem):
                self.problems.append(one)
            elif isinstance(one, list):
                self.records += one

    def of(self, kind: str) -> list[RecordFields]:
        return [one for one in self.records if one["kind"] == kind]

    def told(self, code: str) -> list[str]:
        return [one.message for one in self.problems if one.code == code]


def tickets(*raws: Any) -> dict[str, Any]:
    return {"tickets": list(raws), "next_page": None}


def test_what_the_newest_copy_does_not_have_at_all_comes_from_older_ones(tmp_path: Path) -> None:
    full = ticket(1, description="All of it", tags=["a"], custom_status_id=5, updated_at=OLD)
    short = {"id": 1, "status": "solved", "updated_at": NEW}
    found = Read(tmp_path, a__json={"ticket": short}, b__json={"ticket": full})
    (one,) = found.of("ticket")
    assert (one["subject"], one["requester_id"], one["label_ids"]) == ("Ticket 1", "1", ("a",))
    assert [message["body"] for message in found.of("message")] == ["All of it"]
    assert [outcome["status"] for outcome in found.of("outcome")] == ["resolved"]
    assert found.told("OLDER_COPY") == [
        "1 older copies of tickets: the newest counts, filled with what it lacks, with the comments of all"
    ]


def test_what_became_empty_stays_so(tmp_path: Path) -> None:
    older, newer = ticket(1, tags=["a"], updated_at=OLD), ticket(1, tags=[], due_at=None, updated_at=NEW)
    (one,) = Read(tmp_path, a__json=tickets(newer), b__json=tickets(older)).of("ticket")
    assert one["label_ids"] == ()


def test_of_copies_of_one_date_the_one_that_says_more_counts(tmp_path: Path) -> None:
    full = ticket(1, description="hi", tags=["vip"], updated_at=OLD)
    table = f"id,subject,status,requester_id,updated_at\n1,s,open,1,{OLD}\n".encode()
    (one,) = Read(tmp_path, a__json=tickets(full), ticket__csv=table).of("ticket")
    assert (one["subject"], one["label_ids"]) == ("Ticket 1", ("vip",))


def test_older_copies_of_people_keep_their_other_addresses_and_are_counted(tmp_path: Path) -> None:
    jane = {"id": 1, "name": "Jane", "email": "j@x.test", "role": "end-user", "organization_id": 5}
    identities = [{"id": 1, "type": "email", "value": "second@x.test"}]
    older = {"users": [{**jane, "identities": identities, "updated_at": OLD}], "next_page": None}
    newer = {**tickets(ticket(1, updated_at=NEW)), "users": [{**jane, "updated_at": NEW}]}
    found = Read(tmp_path, a__json=newer, b__json=older)
    (contact,) = found.of("contact")
    assert "second@x.test" in contact["notes"]
    assert found.told("OLDER_COPY") == [
        "1 older copies of users: the newest counts, filled with what it lacks"
    ]


def test_the_newest_ticket_says_who_may_read_its_comment(tmp_path: Path) -> None:
    def page(at: str, *comments: Any) -> Any:
        return tickets(ticket(1, updated_at=at, comments=list(comments)))

    one = {"id": 101, "author_id": 1, "body": "Secret", "created_at": OLD}
    found = Read(
        tmp_path,
        a__json=page("2024-03-01T00:00:00Z", {**one, "public": False}),
        b__json=page("2024-02-01T00:00:00Z", {**one, "public": True}),
        c__json=page("2024-04-01T00:00:00Z"),
    )
    assert [message["is_internal"] for message in found.of("message")] == [True]


def test_a_comment_apart_that_had_to_be_repaired_says_so(tmp_path: Path) -> None:
    comment = b'{"id":5,"ticket_id":1,"author_id":1,"body":"caf\xe9","public":true,"created_at":"%b"}'
    found = Read(tmp_path, a__json=tickets(ticket(1)), comments__ndjson=comment % OLD.encode() + b"\n")
    (message,) = found.of("message")
    assert message["warnings"] == ("the line held what is no Unicode or no JSON: replaced",)


def test_what_hangs_on_nobody_is_one_line_a_kind_but_for_some_hundred_tickets_of_comments(
    tmp_path: Path,
) -> None:
    comments = [
        {"id": number, "ticket_id": number, "author_id": 1, "body": "x", "public": True}
        for number in range(1000, 1400)
    ]
    audits = [{"id": number, "ticket_id": number, "events": []} for number in range(1000, 1400)]
    found = Read(tmp_path, a__json=tickets(ticket(1)), c__json={"comments": comments, "audits": audits})
    listed = [one for one in found.problems if one.code == "WITHOUT_OWNER"]
    assert len(listed) == 302
    assert sum(one.lost for one in listed) == 400
    assert found.told("WITHOUT_OWNER")[-2:] == [
        "100 x comment of 100 further tickets that are not in the export",
        "400 x audit of 400 tickets that are not in the export",
    ]


SECRET = {"id": 101, "author_id": 1, "body": "Secret", "created_at": OLD}


@pytest.mark.parametrize("stamps", [(NEW, NEW), (None, None), (None, NEW), (NEW, None)])
def test_where_no_copy_is_surely_newer_the_stricter_visibility_counts(
    tmp_path: Path, stamps: tuple[str | None, str | None]
) -> None:
    rich = ticket(
        1, priority="high", type="task", updated_at=stamps[0], comments=[{**SECRET, "public": True}]
    )
    poor = ticket(1, updated_at=stamps[1], comments=[{**SECRET, "public": False}])
    found = Read(tmp_path, a__json=tickets(rich), b__json=tickets(poor))
    (message,) = (one for one in found.of("message") if one["source_id"] == "101")
    assert message["is_internal"]
    assert message["warnings"] == ("copies of it differ in who may read it: taken as an internal note",)


def test_of_two_older_copies_of_one_date_the_stricter_visibility_counts(tmp_path: Path) -> None:
    older = [ticket(1, updated_at=OLD, comments=[{**SECRET, "public": public}]) for public in (False, True)]
    found = Read(tmp_path, a__json=tickets(ticket(1, updated_at=NEW), *older))
    assert [one["is_internal"] for one in found.of("message") if one["source_id"] == "101"] == [True]


def test_the_description_of_an_older_copy_does_not_tell_what_was_redacted(tmp_path: Path) -> None:
    newer = ticket(1, updated_at=NEW, comments=[{**SECRET, "body": "card \u2587\u2587\u2587\u2587"}])
    newer.pop("description", None)
    older = ticket(1, updated_at=OLD, description="card 4111")
    found = Read(tmp_path, a__json=tickets(newer), b__json=tickets(older))
    assert [message["body"] for message in found.of("message")] == ["card \u2587\u2587\u2587\u2587"]


def test_cells_that_became_empty_stay_so(tmp_path: Path) -> None:
    old = ticket(1, assignee_id=11, priority="urgent", tags=["vip", "gone"], updated_at=OLD)
    table = f"id,subject,status,requester_id,assignee_id,priority,updated_at\n1,s,open,1,,,{NEW}\n".encode()
    tags = b"ticket_id,tag\n1,vip\n"
    (one,) = Read(tmp_path, a__json=tickets(old), ticket__csv=table, ticket_tag__csv=tags).of("ticket")
    assert (one["assignee_id"], one["priority"], one["label_ids"]) == (None, "normal", ("vip",))


def test_tags_stay_where_no_table_tells_them(tmp_path: Path) -> None:
    table = f"id,subject,status,requester_id,updated_at\n1,s,open,1,{NEW}\n".encode()
    old = ticket(1, tags=["vip"], updated_at=OLD)
    (one,) = Read(tmp_path, a__json=tickets(old), ticket__csv=table).of("ticket")
    assert one["label_ids"] == ("vip",)


def jane_in_a_table(folder: Path, at: str) -> RecordFields:
    known = {"id": 10, "name": "Jane", "email": "old@x.test", "phone": "1", "role": "end-user"}
    table = f"id,name,email,role,phone,updated_at\n10,Jane,,end-user,,{at}\n".encode()
    listed = {"users": [{**known, "updated_at": OLD}], "next_page": None}
    (contact,) = Read(folder, a__json=listed, user__csv=table).of("contact")
    return contact


def test_cells_of_people_that_became_empty_stay_so(tmp_path: Path) -> None:
    contact = jane_in_a_table(tmp_path, NEW)
    assert (contact.get("email"), contact.get("phone")) == (None, None)


@pytest.mark.parametrize("at", [OLD, ""])
def test_cells_that_are_empty_in_no_newer_row_are_filled(tmp_path: Path, at: str) -> None:
    contact = jane_in_a_table(tmp_path, at)
    assert (contact.get("email"), contact.get("phone")) == ("old@x.test", "1")


LIVE = ticket(1, priority="high", type="task", updated_at=OLD, comments=[{**SECRET, "public": True}])
COLUMNS = "id,subject,status,requester_id,updated_at,_fivetran_synced,_fivetran_deleted"
LISTED = {"id": 1, "subject": "s", "deleted_at": NEW, "previous_state": "open"}


@pytest.mark.parametrize(
    "gone",
    [
        {"b__json": tickets(ticket(1, status="deleted", updated_at=OLD))},
        {"b__json": {"deleted_tickets": [LISTED], "count": 1}},
        {"ticket__csv": f"{COLUMNS}\n1,s,open,1,{OLD},{NEW},true\n".encode()},
        {"ticket__csv": f"{COLUMNS}\n1,s,open,1,{OLD},,true\n".encode()},
        {"ticket__csv": f"{COLUMNS}\n1,s,open,1,,,true\n1,s,open,1,,,true\n".encode()},
    ],
)
def test_a_ticket_that_is_deleted_in_no_older_copy_is_left_out_and_told(
    tmp_path: Path, gone: dict[str, Any]
) -> None:
    found = Read(tmp_path, a__json=tickets(LIVE), **gone)
    assert not found.of("ticket")
    assert not found.of("message")
    told = [(one.code, one.lost) for one in found.problems if one.code != "OLDER_COPY"]
    assert told == [("DELETED_TICKET", 0)]


def test_a_ticket_that_is_alive_in_a_newer_copy_is_taken(tmp_path: Path) -> None:
    gone = {"deleted_tickets": [{**LISTED, "deleted_at": OLD}], "count": 1}
    found = Read(tmp_path, a__json=tickets({**LIVE, "updated_at": NEW}), b__json=gone)
    assert len(found.of("ticket")) == 1
    assert not found.told("DELETED_TICKET")


def test_a_comment_that_a_table_knows_as_deleted_is_left_out(tmp_path: Path) -> None:
    comments = [{**SECRET, "public": True}, {**SECRET, "id": 102, "body": "Stays", "public": True}]
    table = "id,ticket_id,author_id,body,public,created,_fivetran_deleted\n"
    table += f"101,1,1,Secret,t,{OLD},t\n103,9,1,Of no ticket,t,{OLD},t\n"
    found = Read(tmp_path, a__json=tickets({**LIVE, "comments": comments}), c__csv=table.encode())
    assert "Stays" in [message["body"] for message in found.of("message")]
    assert "Secret" not in str(found.of("message"))
    told = [(one.code, one.lost) for one in found.problems if one.code != "NOTICE"]
    assert told == [("DELETED_ROW", 0)]
