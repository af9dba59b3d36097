"""``/webhooks`` (API page: webhooks). Only admins see them; the secret is never shown again."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from . import model
from .answers import Answer, created, no_content, one
from .auth import Right
from .call import Call, Route, found, new_id
from .events import EVENTS
from .validation import Body, HttpsUrl, Notes, Paging, Patch

__all__ = ["ROUTES"]


def _check_event(value: str) -> str:
    if value not in EVENTS:
        raise ValueError(f"{value!r} is no event")
    return value


Event = Annotated[str, AfterValidator(_check_event)]
Events = Annotated[list[Event], Field(min_length=1)]


class WebhookBody(Body):
    url: HttpsUrl
    events: Events
    secret: Notes = ""
    active: bool = True


class WebhookPatch(Patch):
    url: HttpsUrl = ""
    events: Events = Field(default_factory=list)
    secret: Notes | None = None
    active: bool = True


def render_webhook(row: model.Webhook) -> dict[str, Any]:
    return {"id": row.id, "url": row.url, "events": row.events, "active": row.active}


def list_webhooks(call: Call) -> Answer:
    return call.page(call.space.webhooks.listed(), render_webhook, call.query)


def create_webhook(call: Call) -> Answer:
    body: WebhookBody = call.body
    row = model.Webhook(new_id(), body.url, body.events, body.active, body.secret or None)
    with call.store.write() as transaction:
        transaction.put(call.space.webhooks, row)
    return created(render_webhook(row))


def get_webhook(call: Call) -> Answer:
    return one(render_webhook(found(call.space.webhooks, call.args["id"], "webhook")))


def patch_webhook(call: Call) -> Answer:
    row = found(call.space.webhooks, call.args["id"], "webhook")
    changed = replace(row, **call.body.changes())
    with call.store.write() as transaction:
        transaction.put(call.space.webhooks, changed)
    return one(render_webhook(changed))


def delete_webhook(call: Call) -> Answer:
    row = found(call.space.webhooks, call.args["id"], "webhook")
    with call.store.write() as transaction:
        transaction.remove(call.space.webhooks, row.id)
    return no_content()


ROUTES = (
    Route("GET", "/webhooks", Right.SETTINGS, list_webhooks, query=Paging),
    Route("POST", "/webhooks", Right.SETTINGS, create_webhook, body=WebhookBody),
    Route("GET", "/webhooks/:id", Right.SETTINGS, get_webhook),
    Route("PATCH", "/webhooks/:id", Right.SETTINGS, patch_webhook, body=WebhookPatch),
    Route("DELETE", "/webhooks/:id", Right.SETTINGS, delete_webhook),
)
