"""Chats: what was said stands in the ticket's history alone, not among its comments."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.attached import plain_attachment
from tiketti_migrate_zendesk.audits import events_of
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.links import links_in
from tiketti_migrate_zendesk.usual import Asked
from tiketti_migrate_zendesk.values import identifier, items, number, text

__all__ = ["Transcript", "transcripts"]

_EVENTS = ("ChatStartedEvent", "ChatEndedEvent")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_CUSTOMERS = ("end-user", "end_user", "visitor")


class Transcript(NamedTuple):
    """A message with the words of a chat, and the files that were sent in it."""

    message: RecordFields
    files: list[RecordFields]


class _Line(NamedTuple):
    at: datetime | None
    name: str
    words: str
    is_customer: bool
    file: Mapping[str, Any] | None


def transcripts(audits: Sequence[Any], comments: Sequence[Any], asked: Asked) -> list[Transcript]:
    """One for each chat of the history that no comment tells already."""
    found: list[Transcript] = []
    told: list[str] | None = None
    seen: set[tuple[str, ...]] = set()
    for position, (audit, event) in enumerate(events_of(audits), start=1):
        lines = _lines(event) if event.get("type") in _EVENTS else []
        if not lines:
            continue
        words = tuple(line.words for line in lines)
        told = _bodies(comments) if told is None else told
        if words in seen or any(all(one in body for one in words) for body in told):
            continue
        seen.add(words)
        own = identifier(event.get("id")) or str(position)
        found.append(_transcript(lines, audit, f"{asked.ticket_id}-chat-{own}", asked))
    return found


def _transcript(lines: Sequence[_Line], audit: Mapping[str, Any], source_id: str, asked: Asked) -> Transcript:
    began = next((line.at for line in lines if line.at), None) or moment(audit.get("created_at")).at
    message: RecordFields = {
        "kind": "message",
        "source_id": source_id,
        "origin": asked.where,
        "ticket_id": asked.ticket_id,
        "author_name": "Chat",
        "body": _shown(lines),
        # A chat is between customer and agents; without a customer in it nobody knows who may read it.
        "is_internal": not any(line.is_customer for line in lines),
        "created_at": began,
    }
    if links := links_in(message["body"], asked.hosts, is_html=False):
        message["links"] = links
    sent = (line.file for line in lines if line.file is not None)
    files = [_file(Fields(one), source_id, number_, asked.where) for number_, one in enumerate(sent, start=1)]
    return Transcript(message, files)


def _lines(event: Mapping[str, Any]) -> list[_Line]:
    value = event.get("value")
    history = items(value.get("history")) if isinstance(value, Mapping) else items(event.get("history"))
    return [line for one in history if isinstance(one, Mapping) and (line := _line(one)) is not None]


def _line(one: Mapping[str, Any]) -> _Line | None:
    """None for what is no words and no file: who came and went, ratings, typing."""
    words = text(one.get("message") or one.get("msg")).strip()
    address = text(one.get("url")).strip()
    file = one if _WEB.match(address) else None
    if not words and file is None:
        return None
    kind = text(one.get("actor_type")).lower()
    name = " ".join(text(one.get("actor_name") or one.get("display_name")).split())
    shown = f"[file: {_name_of(one)}]" if file is not None else ""
    is_customer = kind in _CUSTOMERS
    words = " ".join(filter(None, (words, shown)))
    return _Line(moment(one.get("timestamp")).at, name or kind or "Somebody", words, is_customer, file)


def _shown(lines: Sequence[_Line]) -> str:
    """``12:30 Jane: Hello``, and the day where another one begins."""
    shown = ["Chat (times in UTC)"]
    day = None
    for line in lines:
        if line.at is not None and line.at.date() != day:
            day = line.at.date()
            shown.append(f"{day:%Y-%m-%d}")
        clock = f"{line.at:%H:%M} " if line.at is not None else ""
        shown.append(f"{clock}{line.name}: {line.words}")
    return "\n".join(shown)


def _file(fields: Fields, message_id: str, position: int, where: str) -> RecordFields:
    size = number(fields.raw.get("size"))
    return plain_attachment(
        f"{message_id}/{position}",
        message_id,
        where,
        filename=_name_of(fields.raw),
        content_type=fields.line("mime_type"),
        size=size if size is not None and 0 <= size < 2**63 else None,
        content_url=fields.line("url"),
    )


def _name_of(one: Mapping[str, Any]) -> str:
    name = " ".join(text(one.get("filename")).split()).replace("\\", "/").rpartition("/")[2]
    return name or "file"


def _bodies(comments: Sequence[Any]) -> list[str]:
    return [
        text(comment.get(key))
        for comment in comments
        if isinstance(comment, Mapping)
        for key in ("plain_body", "body", "html_body")
    ]
