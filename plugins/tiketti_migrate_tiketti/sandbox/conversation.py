"""What a message is and does, wherever it comes from."""

from typing import Any

from . import model
from .bodies import altered, rendered
from .call import Call, new_id
from .events import fire
from .store import Transaction

__all__ = ["put_message", "render_message"]


def render_message(call: Call, row: model.Message) -> dict[str, Any]:
    ids = call.space.attachments_by_message.ids(row.id)
    return {
        "id": row.id,
        "body": row.body,
        "body_html": row.body_html,
        "is_internal": row.is_internal,
        "direction": row.direction,
        "sender": {"name": row.sender_name, "email": row.sender_email},
        "attachments": [render_attachment(call, item) for item in call.space.attachments.pick(ids)],
        "created_at": row.created_at,
    }


def render_attachment(call: Call, row: model.Attachment) -> dict[str, Any]:
    return {
        "id": row.id,
        "filename": row.filename,
        "content_type": row.content_type,
        "size": row.size,
        "url": f"{call.files_url}/{row.id}",
    }


def put_message(
    call: Call,
    transaction: Transaction,
    ticket: model.Ticket,
    body: str,
    sender: model.Contact | model.User,
    *,
    inbound: bool = False,
    internal: bool = False,
) -> model.Message:
    """Add a message; what it does to its ticket and whether it is e-mailed is the caller's business."""
    text, text_html = rendered(body)
    if "alter-body" in call.decision.data:
        text, text_html = altered(text, text_html)
    row = model.Message(
        id=new_id(),
        ticket_id=ticket.id,
        body=text,
        body_html=text_html,
        is_internal=internal,
        direction="inbound" if inbound else "outbound",
        sender_name=sender.name,
        sender_email=sender.email,
        created_at=call.clock.stamp(),
    )
    transaction.put(call.space.messages, row)
    fire(call, transaction, "message.created", {"ticket_id": ticket.id, **render_message(call, row)})
    return row
