"""``/tickets/:ticket_id/messages`` (API page: messages)."""

from dataclasses import replace

from . import model
from .answers import Answer, created, no_content, not_found, one
from .auth import Right
from .call import Call, Route, found, new_id
from .conversation import put_message, render_message
from .events import fire
from .store import Transaction
from .tickets import change_ticket
from .validation import Body, Flag, MessageText, Query

__all__ = ["ROUTES"]

# A public reply leaves the ticket waiting for the customer.
STATUS_AFTER_REPLY = "pending"


class MessageQuery(Query):
    include_internal: Flag = "true"


class MessageBody(Body):
    body: MessageText
    is_internal: bool = False
    send_email: bool = True


def list_messages(call: Call) -> Answer:
    query: MessageQuery = call.query
    ticket = found(call.space.tickets, call.args["ticket_id"], "ticket")
    rows = call.space.messages.listed(call.space.messages_by_ticket.ids(ticket.id))
    if query.include_internal == "false":
        rows = [row for row in rows if not row.is_internal]
    return call.whole(rows, lambda row: render_message(call, row))


def create_message(call: Call) -> Answer:
    body: MessageBody = call.body
    ticket = found(call.space.tickets, call.args["ticket_id"], "ticket")
    emailed = not body.is_internal and (body.send_email or "email-anyway" in call.decision.data)
    with call.store.write() as transaction:
        row = put_message(call, transaction, ticket, body.body, call.user, internal=body.is_internal)
        if body.is_internal:
            transaction.put(call.space.tickets, replace(ticket, updated_at=row.created_at))
        else:
            moved = change_ticket(call, transaction, ticket, {"status": STATUS_AFTER_REPLY})
            transaction.put(call.space.tickets, replace(moved, updated_at=row.created_at))
        if emailed:
            _record_email(call, transaction, ticket, row)
    return created({**render_message(call, row), "email_sent": emailed})


def _record_email(call: Call, transaction: Transaction, ticket: model.Ticket, message: model.Message) -> None:
    transaction.put(
        call.space.emails,
        model.Email(
            id=new_id(),
            ticket_id=ticket.id,
            message_id=message.id,
            to=call.space.contacts[ticket.contact_id].email,
            subject=f"[{ticket.code}] {ticket.subject}",
            created_at=message.created_at,
        ),
    )


def _found(call: Call) -> model.Message:
    ticket = found(call.space.tickets, call.args["ticket_id"], "ticket")
    row = call.space.messages.get(call.args["id"])
    if row is None or row.ticket_id != ticket.id:
        raise not_found("message")
    return row


def get_message(call: Call) -> Answer:
    return one(render_message(call, _found(call)))


def delete_message(call: Call) -> Answer:
    row = _found(call)
    with call.store.write() as transaction:
        for attachment_id in call.space.attachments_by_message.ids(row.id):
            transaction.remove(call.space.attachments, attachment_id)
        transaction.remove(call.space.messages, row.id)
        fire(call, transaction, "message.deleted", {"id": row.id, "ticket_id": row.ticket_id})
    return no_content()


ROUTES = (
    Route("GET", "/tickets/:ticket_id/messages", Right.READ, list_messages, query=MessageQuery),
    Route("POST", "/tickets/:ticket_id/messages", Right.WRITE, create_message, body=MessageBody),
    Route("GET", "/tickets/:ticket_id/messages/:id", Right.READ, get_message),
    Route("DELETE", "/tickets/:ticket_id/messages/:id", Right.WRITE, delete_message),
)
