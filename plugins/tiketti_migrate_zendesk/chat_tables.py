"""Chats from the tables of a pipeline, as the history of a ticket tells them (see chats.py)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tiketti_migrate_zendesk.account import Known
from tiketti_migrate_zendesk.values import identifier, number, text
from tiketti_migrate_zendesk.who_reads import FOR_AGENTS, FOR_CUSTOMERS

__all__ = ["chat_audits"]

_AGENT = "agent:"
_MACHINE = "__"
_FILE = ("filename", "url", "size", "mime_type")
_READERS = ("type", *FOR_CUSTOMERS, *FOR_AGENTS)
_LAST = 2**53


def chat_audits(
    chats: Iterable[Mapping[str, Any]],
    events: Callable[[str], Sequence[Mapping[str, Any]]],
    person: Callable[[str], Known | None],
) -> list[dict[str, Any]]:
    """One audit for each of a ticket's ``chats``, with what was said in it. ``events``: those of a chat."""
    found = []
    for chat_id in dict.fromkeys(filter(None, (identifier(chat.get("chat_id")) for chat in chats))):
        # A table that was exported twice tells each event twice.
        rows = {_order(row): row for row in events(chat_id)}
        history = [_said(rows[key], person) for key in sorted(rows)]
        if history:
            event = {
                "type": "ChatStartedEvent",
                "id": chat_id,
                "value": {"chat_id": chat_id, "history": history},
            }
            found.append({"created_at": history[0]["timestamp"], "events": [event]})
    return found


def _order(row: Mapping[str, Any]) -> tuple[int, str, str]:
    place = number(row.get("chat_index"))
    return _LAST if place is None else place, text(row.get("created_at")), text(row.get("message"))


def _said(row: Mapping[str, Any], person: Callable[[str], Known | None]) -> dict[str, Any]:
    name, kind = _actor(text(row.get("actor_id")).strip(), person)
    said = {key: row[key] for key in ("message", *_FILE, *_READERS) if key in row}
    return {"timestamp": row.get("created_at"), "actor_name": name, "actor_type": kind, **said}


def _actor(actor: str, person: Callable[[str], Known | None]) -> tuple[str, str]:
    """The name and the kind of who said it."""
    if actor.startswith(_MACHINE):
        return actor.strip("_").capitalize(), "system"
    user_id = identifier(actor.removeprefix(_AGENT))
    known = person(user_id) if user_id is not None else None
    if actor.startswith(_AGENT) or (known is not None and known.is_agent):
        return known.name if known is not None else "Agent", "agent"
    if user_id is None:
        return "", ""
    return known.name if known is not None else "Visitor", "end-user"
