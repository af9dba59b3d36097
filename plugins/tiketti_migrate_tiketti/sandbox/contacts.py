"""``/contacts`` (API page: contacts)."""

from dataclasses import replace
from typing import Any

from . import model
from .answers import Answer, ApiError, created, invalid, no_content, one
from .auth import Right
from .call import Call, Route, brief, found, new_id
from .events import fire
from .store import Space
from .validation import Body, EmailAddress, Id, Name, Notes, Paging, Patch, Phone

__all__ = ["ROUTES", "render_contact"]

RECENT_TICKETS = 5


class ContactQuery(Paging):
    search: str | None = None
    company_id: Id | None = None


class ContactBody(Body):
    name: Name
    email: EmailAddress
    phone: Phone = ""
    company_id: Id = ""
    notes: Notes = ""


class ContactPatch(Patch):
    name: Name = ""
    email: EmailAddress = ""
    phone: Phone | None = None
    company_id: Id | None = None
    notes: Notes | None = None


def render_contact(space: Space, row: model.Contact) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "company": brief(space.companies.get(row.company_id), "id", "name"),
        "ticket_count": len(space.tickets_by_contact.ids(row.id)),
        "created_at": row.created_at,
    }


def render_whole(space: Space, row: model.Contact) -> dict[str, Any]:
    ids = list(space.tickets_by_contact.ids(row.id))
    recent = space.tickets.pick(ids[: -RECENT_TICKETS - 1 : -1])
    names = ("id", "code", "subject", "status", "created_at")
    return {
        **render_contact(space, row),
        "notes": row.notes,
        "recent_tickets": [brief(ticket, *names) for ticket in recent],
        "total_tickets": len(ids),
        "updated_at": row.updated_at,
    }


def list_contacts(call: Call) -> Answer:
    query: ContactQuery = call.query
    space = call.space
    ids = None if query.company_id is None else space.contacts_by_company.ids(query.company_id)
    rows = space.contacts.listed(ids)
    if query.search is not None:
        needle = query.search.casefold()
        rows = [row for row in rows if needle in row.name.casefold() or needle in row.email.casefold()]
    return call.page(rows, lambda row: render_contact(space, row), query)


def create_contact(call: Call) -> Answer:
    body: ContactBody = call.body
    if call.space.contacts_by_email.ids(body.email.casefold()):
        raise call.conflict("email", "EMAIL_TAKEN")
    now = call.clock.stamp()
    row = model.Contact(
        id=new_id(),
        name=body.name,
        email=body.email,
        created_at=now,
        updated_at=now,
        phone=body.phone or None,
        company_id=_company(call, body.company_id or None, body.email),
        notes=body.notes or None,
    )
    with call.store.write() as transaction:
        transaction.put(call.space.contacts, row)
        fire(call, transaction, "contact.created", render_contact(call.space, row))
    return created(render_whole(call.space, row))


def _company(call: Call, company_id: str | None, email: str) -> str | None:
    """The company asked for, else the one that has the address's domain."""
    if company_id is not None:
        if call.space.companies.get(company_id) is None:
            raise invalid("company_id", "does not exist")
        return company_id
    return next(iter(call.space.companies_by_domain.ids(email.rpartition("@")[2].casefold())), None)


def get_contact(call: Call) -> Answer:
    return one(render_whole(call.space, found(call.space.contacts, call.args["id"], "contact")))


def patch_contact(call: Call) -> Answer:
    space = call.space
    row = found(space.contacts, call.args["id"], "contact")
    changes = call.body.changes()
    if "email" in changes:
        holders = space.contacts_by_email.ids(changes["email"].casefold())
        if any(holder != row.id for holder in holders):
            raise call.conflict("email", "EMAIL_TAKEN")
    if changes.get("company_id") is not None and space.companies.get(changes["company_id"]) is None:
        raise invalid("company_id", "does not exist")
    changed = replace(row, **changes, updated_at=call.clock.stamp())
    with call.store.write() as transaction:
        transaction.put(space.contacts, changed)
        fire(call, transaction, "contact.updated", render_contact(space, changed))
    return one(render_whole(space, changed))


def delete_contact(call: Call) -> Answer:
    space = call.space
    row = found(space.contacts, call.args["id"], "contact")
    if space.tickets_by_contact.ids(row.id):
        raise ApiError(422, "CONTACT_HAS_TICKETS", "the contact has tickets and cannot be deleted")
    with call.store.write() as transaction:
        transaction.remove(space.contacts, row.id)
        fire(call, transaction, "contact.deleted", render_contact(space, row))
    return no_content()


ROUTES = (
    Route("GET", "/contacts", Right.READ, list_contacts, query=ContactQuery),
    Route("POST", "/contacts", Right.WRITE, create_contact, body=ContactBody),
    Route("GET", "/contacts/:id", Right.READ, get_contact),
    Route("PATCH", "/contacts/:id", Right.WRITE, patch_contact, body=ContactPatch),
    Route("DELETE", "/contacts/:id", Right.WRITE, delete_contact),
)
