"""``/tickets`` (API page: tickets)."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import Field

from . import model
from .answers import Answer, created, invalid, no_content, one
from .auth import Right
from .call import Call, Route, brief, first_missing, found, new_id
from .conversation import put_message
from .events import fire
from .store import Space, Transaction
from .validation import Body, Id, Ids, MessageText, Moment, Name, Paging, Patch, Priority, Status

__all__ = ["ROUTES", "change_ticket", "render_ticket"]


class TicketQuery(Paging):
    status: Status | None = None
    priority: Priority | None = None
    assignee_id: Id | None = None
    contact_id: Id | None = None
    company_id: Id | None = None
    label_ids: Ids | None = None
    search: str | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None


class TicketBody(Body):
    subject: Name
    contact_id: Id
    description: MessageText = ""
    priority: Priority = "normal"
    assignee_id: Id = ""
    label_ids: list[Id] = Field(default_factory=list)


class TicketPatch(Patch):
    status: Status = "open"
    priority: Priority = "normal"
    assignee_id: Id | None = None


def render_ticket(call: Call, row: model.Ticket) -> dict[str, Any]:
    space = call.space
    contact = space.contacts[row.contact_id]
    return {
        "id": row.id,
        "code": row.code,
        "subject": row.subject,
        "status": row.status,
        "priority": row.priority,
        "contact": brief(contact, "id", "name", "email"),
        "company": brief(space.companies.get(contact.company_id), "id", "name"),
        "assignee": brief(call.store.users.get(row.assignee_id), "id", "name"),
        "labels": [brief(label, "id", "name", "color") for label in space.labels.pick(row.label_ids)],
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def list_tickets(call: Call) -> Answer:
    """Labels: a ticket must bear all that are asked for. The bounds in time are exclusive."""
    query: TicketQuery = call.query
    rows = call.space.tickets.listed(_candidates(call.space, query))
    for test in _tests(call, query):
        rows = [row for row in rows if test(row)]
    return call.page(rows, lambda row: render_ticket(call, row), query)


def _candidates(space: Space, query: TicketQuery) -> set[str] | None:
    """The ids that the indexed filters leave; None for all."""
    sets: list[set[str]] = []
    if query.contact_id is not None:
        sets.append(set(space.tickets_by_contact.ids(query.contact_id)))
    if query.company_id is not None:
        contacts = space.contacts_by_company.ids(query.company_id)
        sets.append({ticket for contact in contacts for ticket in space.tickets_by_contact.ids(contact)})
    if query.label_ids is not None:
        sets += [set(space.tickets_by_label.ids(label)) for label in query.label_ids.split(",")]
    if query.created_after is not None or query.created_before is not None:
        sets.append(set(space.tickets_by_time.between(query.created_after, query.created_before)))
    return set.intersection(*sets) if sets else None


def _tests(call: Call, query: TicketQuery) -> list[Callable[[model.Ticket], bool]]:
    tests: list[Callable[[model.Ticket], bool]] = []
    if query.status is not None:
        tests.append(lambda row: row.status == query.status)
    if query.priority is not None:
        tests.append(lambda row: row.priority == query.priority)
    if query.assignee_id is not None:
        tests.append(lambda row: row.assignee_id == query.assignee_id)
    if query.search is not None:
        needles = [query.search.casefold()]
        if call.has("loose-search"):
            needles = re.findall(r"\w+", needles[0])
        tests.append(lambda row: any(_mentions(call.space, row, needle) for needle in needles))
    return tests


def _mentions(space: Space, row: model.Ticket, needle: str) -> bool:
    if needle in row.subject.casefold():
        return True
    return any(needle in message.body.casefold() for message in space.messages_of(row.id))


def create_ticket(call: Call) -> Answer:
    body: TicketBody = call.body
    contact = call.space.contacts.get(body.contact_id)
    if contact is None:
        raise invalid("contact_id", "does not exist")
    if first_missing(call.space.labels, body.label_ids) is not None:
        raise invalid("label_ids", "a label does not exist")
    if body.assignee_id:
        _check_assignee(call, body.assignee_id)
    now = call.clock.stamp()
    number = call.store.next_number(call.space.id)
    row = model.Ticket(
        id=new_id(),
        number=number,
        code=f"{_prefix(call, contact)}-{number}",
        subject=body.subject,
        contact_id=contact.id,
        created_at=now,
        updated_at=now,
        priority=body.priority,
        assignee_id=body.assignee_id or None,
        label_ids=list(dict.fromkeys(body.label_ids)),
    )
    with call.store.write() as transaction:
        transaction.put(call.space.tickets, row)
        fire(call, transaction, "ticket.created", render_ticket(call, row))
        if body.description:
            # Whom the pages show as its sender is open; it is the customer's request, so the customer.
            put_message(call, transaction, row, body.description, contact, inbound=True)
    return created(render_ticket(call, row))


def _check_assignee(call: Call, user_id: str) -> None:
    user = call.store.users.get(user_id)
    if user is None or call.space.id not in user.roles:
        raise invalid("assignee_id", "is no member of the organization")


def _prefix(call: Call, contact: model.Contact) -> str:
    company = call.space.companies.get(contact.company_id)
    own = company.ticket_prefix if company else None
    return own or call.store.organizations[call.space.id].prefix


def get_ticket(call: Call) -> Answer:
    return one(render_ticket(call, found(call.space.tickets, call.args["id"], "ticket")))


def patch_ticket(call: Call) -> Answer:
    row = found(call.space.tickets, call.args["id"], "ticket")
    changes = call.body.changes()
    if changes.get("assignee_id") is not None:
        _check_assignee(call, changes["assignee_id"])
    with call.store.write() as transaction:
        row = change_ticket(call, transaction, row, changes)
    return one(render_ticket(call, row))


def change_ticket(
    call: Call, transaction: Transaction, row: model.Ticket, changes: dict[str, Any]
) -> model.Ticket:
    """A change of nothing leaves ``updated_at`` alone."""
    changed = replace(row, **changes)
    if changed == row:
        return row
    changed = replace(changed, updated_at=call.clock.stamp())
    transaction.put(call.space.tickets, changed)
    shown = render_ticket(call, changed)
    fire(call, transaction, "ticket.updated", shown)
    if changed.status != row.status:
        fire(call, transaction, "ticket.status_changed", shown)
    if changed.assignee_id != row.assignee_id:
        fire(call, transaction, "ticket.assigned", shown)
    return changed


def delete_ticket(call: Call) -> Answer:
    """Nothing of a ticket stays: neither its messages and their files nor its time entries."""
    space = call.space
    row = found(space.tickets, call.args["id"], "ticket")
    with call.store.write() as transaction:
        for message in space.messages_of(row.id):
            for attachment_id in space.attachments_by_message.ids(message.id):
                transaction.remove(space.attachments, attachment_id)
            transaction.remove(space.messages, message.id)
        for entry_id in space.entries_by_ticket.ids(row.id):
            transaction.remove(space.time_entries, entry_id)
        transaction.remove(space.tickets, row.id)
        fire(call, transaction, "ticket.deleted", render_ticket(call, row))
    return no_content()


ROUTES = (
    Route("GET", "/tickets", Right.READ, list_tickets, query=TicketQuery),
    Route("POST", "/tickets", Right.WRITE, create_ticket, body=TicketBody),
    Route("GET", "/tickets/:id", Right.READ, get_ticket),
    Route("PATCH", "/tickets/:id", Right.WRITE, patch_ticket, body=TicketPatch),
    Route("DELETE", "/tickets/:id", Right.DELETE_TICKETS, delete_ticket),
)
