"""Zendesk objects for tests, what they become, and whether the ledger takes that as it is."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tiketti_migrate.api import Problem
from tiketti_migrate.store import Packed
from tiketti_migrate_zendesk.account import Account, CustomStatus, Known, Pieces, TicketField
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.tickets import ticket_records

__all__ = ["HOST", "Converted", "comment", "convert", "options", "some_account", "ticket"]

HOST = "acme.zendesk.com"
_PEOPLE = {
    "100": Known("Jane Doe", "jane@example.com", False, "50"),
    "101": Known("John Roe", None, False),
    "900": Known("Aino Agent", "aino@acme.test", True),
}


def options(**changes: Any) -> ZendeskOptions:
    return ZendeskOptions(paths=(Path(),), **changes)


def some_account(**changes: Any) -> Account:
    """Two customers and an agent; nobody else, and none of the other ids below."""
    held = {("user", user_id) for user_id in _PEOPLE} | {("organization", "50"), ("ticket", "2000")}
    held |= {("group", "7"), ("brand", "1"), ("form", "3")}
    account = Account(
        hosts=(HOST,),
        fields={
            "20": TicketField("Total time spent (sec)", "integer"),
            "21": TicketField("Time spent last update (sec)", "integer"),
            "30": TicketField("Colour", "tagger", {"c_blue": "Blue", "c_red": "Red"}),
            "31": TicketField("Parts", "multiselect", {"p_lid": "Lid", "p_cord": "Cord"}),
            "32": TicketField("Under warranty", "checkbox"),
            "33": TicketField("What happened", "textarea"),
            "34": TicketField("Shop", "lookup"),
        },
        groups={"7": "Support", "8": "Billing"},
        brands={"1": "Kettles", "2": "Mugs"},
        forms={"3": "Repair", "4": "Return"},
        statuses={"5": CustomStatus("hold", "Awaiting parts"), "6": CustomStatus("open", "Open")},
        person=_PEOPLE.get,
        company={"50": "Example Oy", "51": "Other Oy"}.get,
        holds=lambda kind, object_id: (kind, object_id) in held,
    )
    for name, value in changes.items():
        setattr(account, name, value)
    return account


def comment(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "type": "Comment",
        "author_id": 100,
        "body": "Hello",
        "public": True,
        "attachments": [],
        "created_at": "2023-01-02T09:00:00Z",
        **changes,
    }


def ticket(*comments: Any, **changes: Any) -> dict[str, Any]:
    """A ticket of Jane's about which nothing else is to be said."""
    return {
        "id": 1000,
        "url": f"https://{HOST}/api/v2/tickets/1000.json",
        "subject": "A kettle leaks",
        "status": "open",
        "priority": "normal",
        "requester_id": 100,
        "submitter_id": 100,
        "assignee_id": 900,
        "tags": ["kettle"],
        "created_at": "2023-01-02T08:00:00Z",
        "updated_at": "2023-01-05T08:00:00Z",
        "comments": list(comments),
        **changes,
    }


class Converted:
    """What became of one object."""

    def __init__(self, found: Iterable[Mapping[str, Any] | Problem]) -> None:
        items = list(found)
        self.problems = [one for one in items if isinstance(one, Problem)]
        self.records = [one for one in items if not isinstance(one, Problem)]

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        return [one for one in self.records if one["kind"] == kind]

    @property
    def ticket(self) -> Mapping[str, Any]:
        (only,) = self.of("ticket")
        return only

    @property
    def talk(self) -> list[Mapping[str, Any]]:
        """The messages without the note of the ticket's fields."""
        return [one for one in self.of("message") if one["source_id"] != f"{one['ticket_id']}-fields"]

    @property
    def note(self) -> str:
        """The body of that note, "" without one."""
        notes = [one for one in self.of("message") if one["source_id"] == f"{one['ticket_id']}-fields"]
        assert len(notes) <= 1
        return str(notes[0]["body"]) if notes else ""

    def assert_sound(self) -> "Converted":
        """The ledger takes every record, whichever way it checks them."""
        packed = Packed()
        packed.add(self.records)
        assert packed.problems == []
        assert len(packed.rows) == len(self.records)
        ids = [(row[0], row[1]) for row in packed.rows]
        assert len(set(ids)) == len(ids)
        return self


def convert(
    raw: Mapping[str, Any],
    account: Account | None = None,
    pieces: Pieces = Pieces(),  # noqa: B008 - it cannot be changed
    **chosen: Any,
) -> Converted:
    """What a ticket becomes, checked."""
    about = some_account() if account is None else account
    found = ticket_records(raw, "1000", "tickets.ndjson:1", pieces, about, options(**chosen))
    return Converted(found).assert_sound()
