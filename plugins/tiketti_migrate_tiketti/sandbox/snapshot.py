"""Everything that a sandbox holds, in the form in which the API shows it."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from .call import Call
from .contacts import render_whole
from .conversation import render_message
from .labels import render_label
from .service import Service
from .store import Space
from .tickets import render_ticket
from .time_entries import render_entry
from .webhooks import render_webhook

__all__ = ["take_snapshot"]


def take_snapshot(service: Service, organization: str | None = None) -> dict[str, Any]:
    """The data of one organization (name or id), or of all; rows in the order in which they were made.

    Keys: ``tickets``, ``messages`` (by ticket id), ``contacts``, ``companies``, ``labels``,
    ``time_entries``, ``webhooks``, ``emails``, ``deliveries``, and ``requests`` of all organizations.
    Raises KeyError for an organization that is not there.
    """
    with service.store.lock:
        if organization is None:
            spaces: Iterable[Space] = service.store.spaces.values()
        else:
            spaces = [service.store.space(service.organization(organization).id)]
        whole: dict[str, Any] = {}
        for space in spaces:
            for name, content in _space(service, space).items():
                if isinstance(content, dict):
                    whole.setdefault(name, {}).update(content)
                else:
                    whole.setdefault(name, []).extend(content)
        return {**whole, "requests": list(service.requests)}


def _space(service: Service, space: Space) -> dict[str, Any]:
    call: Call = service.call(space, next(iter(service.store.users)))
    return {
        "tickets": [render_ticket(call, row) for row in space.tickets],
        "messages": {
            ticket.id: [render_message(call, row) for row in space.messages_of(ticket.id)]
            for ticket in space.tickets
        },
        "contacts": [render_whole(space, row) for row in space.contacts],
        "companies": [asdict(row) for row in space.companies],
        "labels": [render_label(space, row) for row in space.labels],
        "time_entries": [render_entry(call, row) for row in space.time_entries],
        "webhooks": [render_webhook(row) for row in space.webhooks],
        "emails": [asdict(row) for row in space.emails],
        "deliveries": [asdict(row) for row in space.deliveries],
    }
