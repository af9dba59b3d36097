"""``/labels`` and the labels of a ticket (API page: labels)."""

from dataclasses import replace
from typing import Any

from . import model
from .answers import Answer, created, invalid, no_content, one
from .auth import Right
from .call import Call, Route, first_missing, found, new_id
from .events import fire
from .store import Space
from .tickets import render_ticket
from .validation import Body, Color, Id, LabelName, Notes, Patch

__all__ = ["ROUTES", "render_label"]


class LabelBody(Body):
    name: LabelName
    color: Color
    description: Notes = ""


class LabelPatch(Patch):
    name: LabelName = ""
    color: Color = ""
    description: Notes | None = None


class LabelIdsBody(Body):
    label_ids: list[Id]


def render_label(space: Space, row: model.Label) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "color": row.color,
        "description": row.description,
        "ticket_count": len(space.tickets_by_label.ids(row.id)),
        "created_at": row.created_at,
    }


def list_labels(call: Call) -> Answer:
    return call.whole(call.space.labels.listed(), lambda row: render_label(call.space, row))


def create_label(call: Call) -> Answer:
    body: LabelBody = call.body
    if call.space.labels_by_name.ids(body.name.casefold()):
        raise call.conflict("name", "LABEL_NAME_TAKEN")
    row = model.Label(new_id(), body.name, body.color, call.clock.stamp(), body.description or None)
    with call.store.write() as transaction:
        transaction.put(call.space.labels, row)
    return created(render_label(call.space, row))


def get_label(call: Call) -> Answer:
    return one(render_label(call.space, found(call.space.labels, call.args["id"], "label")))


def patch_label(call: Call) -> Answer:
    row = found(call.space.labels, call.args["id"], "label")
    changes = call.body.changes()
    holders = call.space.labels_by_name.ids(changes.get("name", row.name).casefold())
    if any(holder != row.id for holder in holders):
        raise call.conflict("name", "LABEL_NAME_TAKEN")
    changed = replace(row, **changes)
    with call.store.write() as transaction:
        transaction.put(call.space.labels, changed)
    return one(render_label(call.space, changed))


def delete_label(call: Call) -> Answer:
    space = call.space
    row = found(space.labels, call.args["id"], "label")
    with call.store.write() as transaction:
        transaction.remove(space.labels, row.id)
        for ticket in space.tickets.pick(space.tickets_by_label.ids(row.id)):
            kept = [label_id for label_id in ticket.label_ids if label_id != row.id]
            transaction.put(space.tickets, replace(ticket, label_ids=kept))
    return no_content()


def add_labels(call: Call) -> Answer:
    body: LabelIdsBody = call.body
    ticket = _set_labels(call, lambda old: [*old, *body.label_ids])
    return one(render_ticket(call, ticket))


def remove_labels(call: Call) -> Answer:
    body: LabelIdsBody = call.body
    _set_labels(call, lambda old: [label_id for label_id in old if label_id not in body.label_ids])
    return no_content()


def _set_labels(call: Call, change: Any) -> model.Ticket:
    body: LabelIdsBody = call.body
    ticket = found(call.space.tickets, call.args["ticket_id"], "ticket")
    if first_missing(call.space.labels, body.label_ids) is not None:
        raise invalid("label_ids", "a label does not exist")
    changed = replace(ticket, label_ids=list(dict.fromkeys(change(ticket.label_ids))))
    with call.store.write() as transaction:
        transaction.put(call.space.tickets, changed)
        fire(call, transaction, "ticket.updated", render_ticket(call, changed))
    return changed


ROUTES = (
    Route("GET", "/labels", Right.READ, list_labels),
    Route("POST", "/labels", Right.MANAGE_LABELS, create_label, body=LabelBody),
    Route("GET", "/labels/:id", Right.READ, get_label),
    Route("PATCH", "/labels/:id", Right.MANAGE_LABELS, patch_label, body=LabelPatch),
    Route("DELETE", "/labels/:id", Right.MANAGE_LABELS, delete_label),
    Route("POST", "/tickets/:ticket_id/labels", Right.WRITE, add_labels, body=LabelIdsBody),
    Route("DELETE", "/tickets/:ticket_id/labels", Right.WRITE, remove_labels, body=LabelIdsBody),
)
