"""Several copies of a record in one export: the newest counts, and nothing that only others hold is lost."""

import json
from pathlib import Path
from typing import Any

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
