"""Comments become messages, their files attachments (zendesk-format.md, "Fields that matter")."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate.records import Attachment, Message
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.values import identifier, items, number

__all__ = ["Asked", "comments_in_audits", "conversation", "from_description"]

SYSTEM = "-1"
_WEB = re.compile(r"https?://", re.IGNORECASE)


class Asked(NamedTuple):
    """The ticket around a conversation: who asked it, and when."""

    ticket_id: str
    requester_id: str
    created_at: datetime | None
    where: str


class _Draft(NamedTuple):
    """A message with its files, before it is sorted in."""

    message: Message
    attachments: tuple[Attachment, ...]


def conversation(comments: Sequence[Any], asked: Asked) -> Iterator[Message | Attachment | Problem]:
    """Messages oldest first, each followed by its attachments."""
    drafts: list[_Draft] = []
    originals: dict[str, list[Any]] = {}
    last = asked.created_at
    for number_, raw in enumerate(comments, start=1):
        where = f"{asked.where} comment {number_}"
        if not isinstance(raw, Mapping):
            yield Problem("BROKEN_COMMENT", f"is no JSON object but {type(raw).__name__}", where)
            continue
        source_id = identifier(raw.get("id")) or identifier(raw.get("_id")) or f"{asked.ticket_id}-{number_}"
        twins = originals.setdefault(source_id, [])
        if raw in twins:
            yield Problem(
                "REPEATED_COMMENT", f"comment {source_id} stands in the ticket twice", where, lost=0
            )
            continue
        twins.append(raw)
        draft = _draft(raw, _distinct(source_id, len(twins), originals), asked, last, first=not drafts)
        last = draft.message.created_at or last
        drafts.append(draft)
    # Sorting is stable, and what has no date anywhere stays in front, where it stood.
    for draft in sorted(
        drafts, key=lambda d: d.message.created_at.timestamp() if d.message.created_at else 0.0
    ):
        yield draft.message
        yield from draft.attachments


def from_description(description: str, asked: Asked) -> Message:
    """The first message of a ticket that came without comments."""
    return Message(
        source_id=f"{asked.ticket_id}-description",
        origin=asked.where,
        ticket_id=asked.ticket_id,
        author_id=asked.requester_id,
        body=description,
        created_at=asked.created_at,
    )


def comments_in_audits(audits: Sequence[Any]) -> list[Any]:
    """The comments that a ticket's history holds, with the author and date of their audit."""
    found: list[Any] = []
    for audit in audits:
        if isinstance(audit, Mapping):
            about = {"author_id": audit.get("author_id"), "created_at": audit.get("created_at")}
            events = [event for event in items(audit.get("events")) if isinstance(event, Mapping)]
            found += [
                {**about, **event} for event in events if event.get("type") in ("Comment", "VoiceComment")
            ]
    return found


def _distinct(source_id: str, count: int, taken: Mapping[str, Any]) -> str:
    if count == 1:
        return source_id
    candidate = f"{source_id}-{count}"
    return f"{candidate}-again" if candidate in taken else candidate


def _draft(
    raw: Mapping[str, Any], source_id: str, asked: Asked, last: datetime | None, *, first: bool
) -> _Draft:
    fields = Fields(raw)
    # Client addresses and browsers in the metadata are personal data that no helpdesk reads again.
    fields.drop("id", "_id", "ticket_id", "metadata", "audit_id")
    if identifier(raw.get("id")) not in (None, source_id):
        fields.warn(f"another comment of the ticket has the id {identifier(raw.get('id'))}, too")
    body, body_format = _body(fields)
    files = fields.items("attachments")
    attachments = tuple(_attachments(files, source_id, asked.where))
    if len(attachments) < len(files):
        fields.warn("some attachments are no JSON objects and are left out")
    if not body and not attachments:
        fields.warn("the comment has no text")
    created_at = fields.moment("created_at")
    if created_at is None:
        fields.warn("has no readable date: that of the comment before it is taken")
    author_id = fields.identifier("author_id")
    is_system = author_id == SYSTEM
    is_internal = _is_internal(fields, author_id, asked, first=first)
    if fields.raw.get("type") == "Comment":
        fields.drop("type")
    message = Message(
        source_id=source_id,
        origin=asked.where,
        ticket_id=asked.ticket_id,
        author_id=None if is_system else author_id,
        author_name="System" if is_system else _sender(raw) if author_id is None else None,
        body=body,
        body_format="html" if body_format == "html" else "text",
        is_internal=is_internal or is_system,
        created_at=created_at or last,
        extra=fields.extra(),
        warnings=tuple(fields.warnings),
    )
    return _Draft(message, attachments)


def _body(fields: Fields) -> tuple[str, str]:
    html, plain, body = fields.text("html_body"), fields.text("plain_body"), fields.text("body")
    if html is not None:
        return html, "html"
    # plain_body has the entities of body resolved.
    return plain or body or "", "text"


def _is_internal(fields: Fields, author_id: str | None, asked: Asked, *, first: bool) -> bool:
    """A comment that does not say so is public only where it must be: nobody else may read a note."""
    public = fields.flag("public")
    if public is not None:
        return not public
    if first or (author_id is not None and author_id == asked.requester_id):
        return False
    fields.warn("does not say whether it is public: taken as an internal note")
    return True


def _sender(raw: Mapping[str, Any]) -> str | None:
    """The name on the letter, of a comment whose author is not in the account."""
    via = raw.get("via")
    source = via.get("source") if isinstance(via, Mapping) else None
    sender = source.get("from") if isinstance(source, Mapping) else None
    return Fields(sender).line("name") if isinstance(sender, Mapping) else None


def _attachments(raw: list[Any], message_id: str, where: str) -> Iterator[Attachment]:
    used: set[str] = set()
    for position, one in enumerate(raw, start=1):
        if not isinstance(one, Mapping):
            continue
        fields = Fields(one)
        fields.drop("id", "url", "thumbnails", "mapped_content_url", "width", "height")
        own = identifier(one.get("id")) or str(position)
        own = f"{own}-{position}" if own in used else own
        used.add(own)
        yield _attachment(fields, f"{message_id}/{own}", message_id, position, where)


def _attachment(fields: Fields, source_id: str, message_id: str, position: int, where: str) -> Attachment:
    name = (fields.line("file_name") or fields.line("filename") or "").replace("\\", "/").rpartition("/")[2]
    size = number(fields.raw.get("size"))
    if size is not None and size >= 0:
        fields.drop("size")
    address = fields.line("content_url") or fields.line("mapped_content_url")
    if address is not None and not _WEB.match(address):
        fields.warn("its address leads nowhere in the web")
        address = None
    if fields.raw.get("deleted") is False:
        fields.drop("deleted")
    content_type = fields.line("content_type")
    inline = bool(fields.flag("inline"))
    return Attachment(
        source_id=source_id,
        origin=where,
        message_id=message_id,
        filename=name or f"attachment-{position}",
        content_type=content_type,
        size=size if size is not None and size >= 0 else None,
        content_url=address,
        inline=inline,
        extra=fields.extra(),
        warnings=tuple(fields.warnings),
    )
