"""``/time-entries`` and the time entries of a ticket (API page: time entries)."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from . import model
from .answers import Answer, created, no_content, one
from .auth import Right
from .bodies import altered_text
from .call import Call, Route, brief, found, new_id
from .events import fire
from .validation import Body, DateText, Flag, Id, Minutes, Notes, Paging, Patch, Rate

__all__ = ["ROUTES"]


class EntryQuery(Paging):
    ticket_id: Id | None = None
    user_id: Id | None = None
    company_id: Id | None = None
    billable: Flag | None = None
    date_from: DateText | None = None
    date_to: DateText | None = None


class EntryBody(Body):
    duration_minutes: Minutes
    description: Notes = ""
    billable: bool = True
    date: DateText = ""
    rate: Rate = -1.0


class EntryPatch(Patch):
    duration_minutes: Minutes = 1
    description: Notes | None = None
    billable: bool = True
    date: DateText = ""
    rate: Rate | None = None


def render_entry(call: Call, row: model.TimeEntry) -> dict[str, Any]:
    rate, currency = _price(call, row)
    return {
        "id": row.id,
        "ticket": brief(call.space.tickets.get(row.ticket_id), "id", "code", "subject"),
        "user": brief(call.store.users.get(row.user_id), "id", "name"),
        "duration_minutes": row.duration_minutes,
        "description": row.description,
        "billable": row.billable,
        "rate": rate,
        "currency": currency,
        "amount": float(_amount(rate, row.duration_minutes)) if row.billable else 0.0,
        "date": row.date,
        "created_at": row.created_at,
    }


def _company(call: Call, row: model.TimeEntry) -> model.Company | None:
    ticket = call.space.tickets[row.ticket_id]
    return call.space.companies.get(call.space.contacts[ticket.contact_id].company_id)


def _price(call: Call, row: model.TimeEntry) -> tuple[float, str]:
    """The entry's own rate, else the company's, the member's, the organization's; and the currency."""
    organization = call.store.organizations[call.space.id]
    company = _company(call, row)
    user = call.store.users[row.user_id]
    rates = (row.rate, company.hourly_rate if company else None, user.hourly_rate)
    rate = next((rate for rate in rates if rate is not None), organization.hourly_rate)
    return rate, (company.currency if company else None) or organization.currency


def _amount(rate: float, minutes: int) -> Decimal:
    return (Decimal(str(rate)) * minutes / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)


def list_entries(call: Call) -> Answer:
    """Both dates are included."""
    query: EntryQuery = call.query
    space = call.space
    ids = None if query.ticket_id is None else space.entries_by_ticket.ids(query.ticket_id)
    rows = [row for row in space.time_entries.listed(ids) if _wanted(call, row, query)]

    def totals(shown: list[model.TimeEntry]) -> dict[str, Any]:
        billed = (_amount(_price(call, row)[0], row.duration_minutes) for row in shown if row.billable)
        minutes = sum(row.duration_minutes for row in shown)
        return {"duration_minutes": minutes, "billable_amount": float(sum(billed, Decimal(0)))}

    return call.page(rows, lambda row: render_entry(call, row), query, totals)


def _wanted(call: Call, row: model.TimeEntry, query: EntryQuery) -> bool:
    if query.user_id is not None and row.user_id != query.user_id:
        return False
    if query.billable is not None and row.billable != (query.billable == "true"):
        return False
    if query.company_id is not None:
        company = _company(call, row)
        if company is None or company.id != query.company_id:
            return False
    return (query.date_from or row.date) <= row.date <= (query.date_to or row.date)


def create_entry(call: Call) -> Answer:
    body: EntryBody = call.body
    ticket = found(call.space.tickets, call.args["ticket_id"], "ticket")
    description = body.description
    if description and call.has("alter-body"):
        description = altered_text(description)
    row = model.TimeEntry(
        id=new_id(),
        ticket_id=ticket.id,
        user_id=call.user.id,
        duration_minutes=body.duration_minutes,
        date=body.date or call.clock.today().isoformat(),
        created_at=call.clock.stamp(),
        description=description or None,
        billable=body.billable,
        rate=body.rate if "rate" in body.model_fields_set else None,
    )
    with call.store.write() as transaction:
        transaction.put(call.space.time_entries, row)
        fire(call, transaction, "time_entry.created", render_entry(call, row))
    return created(render_entry(call, row))


def get_entry(call: Call) -> Answer:
    return one(render_entry(call, found(call.space.time_entries, call.args["id"], "time entry")))


def patch_entry(call: Call) -> Answer:
    row = found(call.space.time_entries, call.args["id"], "time entry")
    changed = replace(row, **call.body.changes())
    with call.store.write() as transaction:
        transaction.put(call.space.time_entries, changed)
        fire(call, transaction, "time_entry.updated", render_entry(call, changed))
    return one(render_entry(call, changed))


def delete_entry(call: Call) -> Answer:
    row = found(call.space.time_entries, call.args["id"], "time entry")
    with call.store.write() as transaction:
        transaction.remove(call.space.time_entries, row.id)
        fire(call, transaction, "time_entry.deleted", render_entry(call, row))
    return no_content()


ROUTES = (
    Route("GET", "/time-entries", Right.READ, list_entries, query=EntryQuery),
    Route("POST", "/tickets/:ticket_id/time-entries", Right.WRITE, create_entry, body=EntryBody),
    Route("GET", "/time-entries/:id", Right.READ, get_entry),
    Route("PATCH", "/time-entries/:id", Right.WRITE, patch_entry, body=EntryPatch),
    Route("DELETE", "/time-entries/:id", Right.WRITE, delete_entry),
)
