"""A ticket line with its comments becomes a ticket, messages, time and an outcome."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from tiketti_migrate.records import Attachment, Message, Outcome, Record, Ticket, TimeEntry
from tiketti_migrate_zendesk.files import Line
from tiketti_migrate_zendesk.values import identifier, items, leftovers, moment, text
from tiketti_migrate_zendesk.words import priority_of, status_of

__all__ = ["NOBODY", "records_of"]

# Stands for the requester of a ticket that names nobody.
NOBODY = "unknown-requester"
_EXTRAS = (
    "type", "group_id", "collaborator_ids", "follower_ids", "email_cc_ids", "custom_fields", "due_at",
    "problem_id", "via", "via_followup_source_id", "followup_ids", "satisfaction_rating", "brand_id",
    "external_id", "custom_status_id",
)  # fmt: skip


def records_of(line: Line, ticket_id: str, time_fields: frozenset[str]) -> Iterator[Record]:
    """Everything in one ticket line. ``time_fields``: ids of the field with the total time in seconds."""
    data = line.data
    ticket = _ticket(line, ticket_id)
    yield ticket
    yield from _messages(line, ticket)
    entry = _time(data, ticket, time_fields)
    if entry is not None:
        yield entry
    status, warning = status_of(data.get("status"))
    yield Outcome(
        source_id=ticket_id, origin=line.place, status=status, warnings=(warning,) if warning else ()
    )


def _ticket(line: Line, ticket_id: str) -> Ticket:
    data = line.data
    priority, warning = priority_of(data.get("priority"))
    first = text(data.get("description")).strip().partition("\n")[0][:200]
    subject = text(data.get("subject")).strip() or text(data.get("raw_subject")).strip() or first
    tags = dict.fromkeys(text(tag).strip().casefold() for tag in items(data.get("tags")))
    return Ticket(
        source_id=ticket_id,
        origin=line.place,
        url=_page(data.get("url"), ticket_id),
        subject=subject or "(no subject)",
        requester_id=identifier(data.get("requester_id")) or identifier(data.get("submitter_id")) or NOBODY,
        assignee_id=identifier(data.get("assignee_id")),
        label_ids=tuple(tag for tag in tags if tag),
        priority=priority,
        created_at=moment(data.get("created_at")),
        updated_at=moment(data.get("updated_at")),
        extra=leftovers(data, _EXTRAS),
        warnings=(warning,) if warning else (),
    )


def _page(api_url: Any, ticket_id: str) -> str | None:
    """The address at which people saw the ticket, from that of the API."""
    host = urlsplit(text(api_url)).hostname if text(api_url).startswith("https://") else None
    return f"https://{host}/agent/tickets/{ticket_id}" if host else None


def _messages(line: Line, ticket: Ticket) -> Iterator[Record]:
    comments = [comment for comment in items(line.data.get("comments")) if isinstance(comment, dict)]
    if not comments:
        description = text(line.data.get("description"))
        if description.strip():
            yield Message(
                source_id=f"{ticket.source_id}-description",
                origin=line.place,
                ticket_id=ticket.source_id,
                author_id=ticket.requester_id,
                body=description,
                created_at=ticket.created_at,
            )
        return
    seen: Counter[str] = Counter()
    last = ticket.created_at
    for number, comment in enumerate(comments, start=1):
        message = _message(line, ticket, comment, number, seen, last)
        last = message.created_at
        yield message
        yield from _attachments(line, message, comment)


def _message(
    line: Line,
    ticket: Ticket,
    comment: dict[str, Any],
    number: int,
    seen: Counter[str],
    last: datetime | None,
) -> Message:
    warnings = []
    source_id = identifier(comment.get("id")) or f"{ticket.source_id}-{number}"
    seen[source_id] += 1
    if seen[source_id] > 1:
        warnings.append(f"comment id {source_id} stands in the ticket {seen[source_id]} times")
        source_id = f"{source_id}-{seen[source_id]}"
    when = moment(comment.get("created_at"))
    if when is None:
        warnings.append("has no readable date; that of the text before it is taken")
    author = identifier(comment.get("author_id"))
    system = author in (None, "-1")
    html = text(comment.get("html_body"))
    body = html or text(comment.get("plain_body")) or text(comment.get("body"))
    return Message(
        source_id=source_id,
        origin=f"{line.place} comment {number}",
        ticket_id=ticket.source_id,
        author_id=None if system else author,
        author_name="System" if system else None,
        body=body,
        body_format="html" if html else "text",
        is_internal=comment.get("public") is False or (system and comment.get("public") is not True),
        created_at=when or last,
        warnings=tuple(warnings),
    )


def _attachments(line: Line, message: Message, comment: dict[str, Any]) -> Iterator[Attachment]:
    for number, file in enumerate(items(comment.get("attachments")), start=1):
        if not isinstance(file, dict):
            continue
        size = file.get("size")
        yield Attachment(
            source_id=f"{message.source_id}/{identifier(file.get('id')) or number}",
            origin=line.place,
            message_id=message.source_id,
            filename=text(file.get("file_name")).strip() or "attachment",
            content_type=text(file.get("content_type")) or None,
            size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
            content_url=text(file.get("content_url")) or None,
            inline=file.get("inline") is True,
        )


def _time(data: Any, ticket: Ticket, time_fields: frozenset[str]) -> TimeEntry | None:
    """The Time Tracking app's total as one entry; minutes rounded up, so that no work vanishes."""
    for field in [*items(data.get("custom_fields")), *items(data.get("fields"))]:
        if not isinstance(field, dict) or identifier(field.get("id")) not in time_fields:
            continue
        words = text(field.get("value")).strip()
        seconds = int(words) if words.isdecimal() and len(words) < 12 else 0
        if seconds <= 0:
            continue
        when = ticket.updated_at or ticket.created_at or datetime(1970, 1, 1, tzinfo=UTC)
        return TimeEntry(
            source_id=f"{ticket.source_id}-time",
            origin=ticket.origin,
            ticket_id=ticket.source_id,
            duration_minutes=-(-seconds // 60),
            description=f"Total time spent: {seconds} s",
            date=when.date(),
            agent_id=ticket.assignee_id,
        )
    return None
