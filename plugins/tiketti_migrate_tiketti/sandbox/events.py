"""What the server would have sent to the outside: e-mails and webhook calls are recorded, never sent."""

import hashlib
import hmac
from typing import Any

import orjson

from . import model
from .call import Call, new_id
from .store import Transaction

__all__ = ["EVENTS", "fire"]

EVENTS = (
    "ticket.created",
    "ticket.updated",
    "ticket.deleted",
    "ticket.assigned",
    "ticket.status_changed",
    "message.created",
    "message.deleted",
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "time_entry.created",
    "time_entry.updated",
    "time_entry.deleted",
)


def fire(call: Call, transaction: Transaction, event: str, data: dict[str, Any]) -> None:
    """Record a delivery for every active webhook that wants the event."""
    for webhook in call.space.webhooks:
        if webhook.active and event in webhook.events:
            transaction.put(call.space.deliveries, _delivery(call, webhook, event, data))


def _delivery(call: Call, webhook: model.Webhook, event: str, data: dict[str, Any]) -> model.Delivery:
    stamp = call.clock.stamp()
    payload = {"event": event, "timestamp": stamp, "organization_id": call.space.id, "data": data}
    delivery_id = new_id()
    key = (webhook.secret or "").encode()
    headers = {
        "X-Tiketti-Event": event,
        "X-Tiketti-Delivery": delivery_id,
        "X-Tiketti-Timestamp": stamp,
        "X-Tiketti-Signature": hmac.new(key, orjson.dumps(payload), hashlib.sha256).hexdigest(),
    }
    return model.Delivery(delivery_id, webhook.id, webhook.url, headers, payload)
