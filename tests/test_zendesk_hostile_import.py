"""A hostile account as a whole import: every odd ticket arrives or is explained, and all others arrive."""

import json
from collections.abc import Iterator
from typing import Any

from tiketti_migrate.store import Workspace
from world import World, account, write_export

OWN = "Sandbox Oy"
GOOD = 6
ODD: tuple[Any, ...] = (
    None,
    "",
    7,
    -1,
    1.5,
    True,
    "word",
    [],
    [None, 3],
    {},
    {"a": [1]},
    "2016-04-28T11:19:34 -10:00",
)
FIELDS = (
    "url", "subject", "raw_subject", "description", "status", "custom_status_id", "priority", "type",
    "requester_id", "submitter_id", "assignee_id", "organization_id", "group_id", "collaborator_ids",
    "follower_ids", "email_cc_ids", "tags", "custom_fields", "fields", "due_at", "problem_id", "via",
    "via_followup_source_id", "followup_ids", "satisfaction_rating", "brand_id", "external_id", "created_at",
    "updated_at", "generated_timestamp", "comments",
)  # fmt: skip
OF_COMMENTS = (
    "id", "type", "author_id", "body", "html_body", "plain_body", "public", "created_at", "attachments",
    "via", "audit_id", "metadata",
)  # fmt: skip


def odd_tickets() -> Iterator[dict[str, Any]]:
    """Each with one field missing or of another kind."""
    template = account(1)["tickets"][0]
    number = 50_000

    def like(**changes: Any) -> dict[str, Any]:
        nonlocal number
        number += 1
        talk = [{**comment, "id": number * 10 + place} for place, comment in enumerate(template["comments"])]
        url = f"https://acme.zendesk.com/api/v2/tickets/{number}.json"
        return {**template, "comments": talk, "id": number, "url": url, "subject": f"Odd {number}", **changes}

    for place, field in enumerate(FIELDS):
        missing = like()
        missing.pop(field, None)
        yield missing
        for value in (ODD[place % len(ODD)], ODD[(place + 5) % len(ODD)]):
            yield like(**{field: value})
    for place, field in enumerate(OF_COMMENTS):
        ticket = like()
        ticket["comments"][1].pop(field, None)
        ticket["comments"][2][field] = ODD[(place + 3) % len(ODD)]
        yield ticket
    yield like(id="60000", subject="Odd 60000")
    yield like(id="7f3c2a10-9f6e-4e6e-b7a5-0e6ad2a9b3c1", subject="Odd uuid")
    yield like(created_at="2016-04-28T11:19:34 -10:00")
    yield like(subject="NUL \x00 and half \ud800 of a pair")
    yield like(subject="\u202eright to left\u202c Z\u0335a\u0301lgo")
    yield like(tags=[f"tag-{number}" for number in range(10_000)])
    huge = like()
    huge["comments"][0]["body"] = "five megabytes " * 350_000
    yield huge
    acting = like()
    acting["comments"][1]["html_body"] = (
        "<a href='javascript:alert(1)' onclick=x>me</a><script>alert(2)</script>"
    )
    yield acting


def test_all_others_arrive_and_each_odd_one_is_explained(world: World) -> None:
    data = account(GOOD)
    odd = list(odd_tickets())
    data["tickets"] += odd
    data["users"] += [
        {"id": 8000 + place, "name": name, "email": email, "role": role}
        for place, (name, email, role) in enumerate(
            [
                (None, None, None),
                ("", "no address", "end-user"),
                ([1], {"a": 1}, 5),
                ("\x00", "\ud800@x", "agent"),
            ]
        )
    ]
    export = write_export(world.folder / "export", data)
    ran = world.run("import", "zendesk", export, "--labels", "top:20", "--yes", timeout=300)
    assert ran.code in (0, 3), ran.err
    held = world.box.snapshot(OWN)
    assert held["emails"] == []
    subjects = {ticket["subject"] for ticket in held["tickets"]}
    assert {f"Ticket {1000 + number}" for number in range(GOOD)} <= subjects
    with Workspace(world.workspace) as workspace:
        states = {row.source_id: row.kind for row in workspace.ledger.views.mapped() if row.kind == "ticket"}
        listed = [f"{one.place} {one.message}" for one in workspace.ledger.problems.listing(100_000)]
        failed = [failure.record.lane for failure in workspace.ledger.views.failures()]
    for ticket in odd:
        name = str(ticket["id"])
        explained = name in failed or any(f"ticket {name}" in words for words in listed)
        assert name in states or explained, f"{json.dumps(ticket)[:300]} is gone without a word"
    texts = [one["body_html"] for talk in held["messages"].values() for one in talk]
    assert not any("javascript:" in text or "<script" in text for text in texts)
    assert world.run("verify").code == 0
