"""A ticket with all that hangs on it: messages, attachments, time and its outcome."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from tiketti_migrate.api import Problem
from tiketti_migrate.records import Attachment, Message, Outcome, Record, Ticket
from tiketti_migrate_zendesk.comments import Asked, comments_in_audits, conversation, from_description
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.people import NOBODY, page_of
from tiketti_migrate_zendesk.time_tracking import FieldTitles, time_entries
from tiketti_migrate_zendesk.values import identifier, items, number, text
from tiketti_migrate_zendesk.words import priority_of, status_of

__all__ = ["tags_of", "ticket_records"]

_LONGEST_SUBJECT = 200
_LONGEST_TAG = 1000
# Zendesk's own bookkeeping: repeats other fields or means nothing outside of it.
_BOOKKEEPING = (
    "id", "_id", "fields", "generated_timestamp", "result_type", "encoded_id", "has_incidents", "is_public",
    "allow_channelback", "allow_attachments", "from_messaging_channel", "sharing_agreement_ids", "count",
)  # fmt: skip


def ticket_records(
    fields: Fields, ticket_id: str, where: str, host: str | None, titles: FieldTitles
) -> Iterator[Record | Problem]:
    """The ticket first, its outcome last. ``titles``: those of the account's ticket fields."""
    fields.drop(*_BOOKKEEPING)
    audits = fields.items("audits")
    if audits:
        fields.warn("of its history only comments and time are taken")
    status_word = fields.raw.get("status")
    status = status_of(status_word)
    fields.drop("status")
    requester_id = _requester(fields)
    asked = Asked(ticket_id, requester_id, fields.moment("created_at"), where)
    talk = list(_talk(fields, audits, asked))
    values = _field_values(fields)
    ticket = _ticket(fields, asked, host, talk)
    entries = time_entries(fields, values, audits, ticket, titles)
    custom = [
        {"id": field_id, "title": titles.titles.get(field_id), "value": value}
        for field_id, value in values.items()
        if value not in (None, "", [], False) and not _is_time(field_id, value, titles)
    ]
    yield ticket.model_copy(
        update={"extra": fields.extra(custom_fields=custom), "warnings": tuple(fields.warnings)}
    )
    yield from talk
    yield from entries
    # Tiketti has fewer words: what the ticket was in Zendesk stays known.
    kept: dict[str, JsonValue] = (
        {"status": text(status_word)} if text(status_word).lower() not in ("open", "closed", "") else {}
    )
    warnings = (status.warning,) if status.warning else ()
    yield Outcome(source_id=ticket_id, origin=where, status=status.status, extra=kept, warnings=warnings)


def tags_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """Tags by the id of their label: the case-folded tag, since labels are unique so."""
    found: dict[str, str] = {}
    for word in _tag_words(raw):
        tag = " ".join(text(word).split())
        if _is_tag(tag):
            found.setdefault(tag.casefold(), tag)
    return found


def _tag_words(raw: Mapping[str, Any]) -> list[Any]:
    """Old exports join tags by blanks."""
    value = raw.get("tags")
    return value.split() if isinstance(value, str) else items(value)


def _is_tag(tag: str) -> bool:
    return len(tag) > 0 and len(tag.casefold()) <= _LONGEST_TAG


def _ticket(fields: Fields, asked: Asked, host: str | None, talk: list[Any]) -> Ticket:
    priority = priority_of(fields.raw.get("priority"))
    fields.warn(priority.warning)
    if priority.warning is None:
        fields.drop("priority")
    tags = tags_of(fields.raw)
    if all(_is_tag(" ".join(text(word).split())) for word in _tag_words(fields.raw)):
        fields.drop("tags")
    else:
        fields.warn("some tags are no words: kept as extra")
    if asked.created_at is None:
        fields.warn("has no readable date of its own: that of its first comment is taken")
    first = next((message.created_at for message in talk if isinstance(message, Message)), None)
    assignee_id = fields.identifier("assignee_id")
    return Ticket(
        source_id=asked.ticket_id,
        origin=asked.where,
        url=page_of(fields, "tickets", asked.ticket_id, host),
        subject=_subject(fields),
        requester_id=asked.requester_id,
        assignee_id=assignee_id,
        label_ids=tuple(tags),
        priority=priority.priority,
        created_at=asked.created_at or first,
        updated_at=fields.moment("updated_at"),
    )


def _subject(fields: Fields) -> str:
    subject, raw_subject = fields.line("subject"), fields.line("raw_subject")
    first_line = text(fields.raw.get("description")).strip().partition("\n")[0].strip()
    return subject or raw_subject or first_line[:_LONGEST_SUBJECT] or "(no subject)"


def _requester(fields: Fields) -> str:
    requester_id = fields.identifier("requester_id")
    if requester_id is not None:
        if identifier(fields.raw.get("submitter_id")) == requester_id:
            fields.drop("submitter_id")
        return requester_id
    submitter_id = fields.identifier("submitter_id")
    if submitter_id is not None:
        fields.warn("names no requester: whoever submitted it is taken")
        return submitter_id
    fields.warn("names neither requester nor submitter")
    return NOBODY


def _talk(fields: Fields, audits: list[Any], asked: Asked) -> Iterator[Message | Attachment | Problem]:
    comments = fields.items("comments") or comments_in_audits(audits)
    found = list(conversation(comments, asked))
    messages = [one for one in found if isinstance(one, Message)]
    description = fields.text("description")
    if description is not None and not messages:
        yield from_description(description, asked)
    elif description is not None and not _is_told(description, comments):
        fields.warn("its description is not among its comments: kept as extra")
        fields.keep("description")
    if not messages and description is None:
        fields.warn("has no comments")
    yield from found


def _is_told(description: str, comments: list[Any]) -> bool:
    """The description repeats the first comment; only blanks may differ."""
    wanted = "".join(description.split())
    bodies = (
        "".join(text(comment.get(key)).split())
        for comment in comments
        if isinstance(comment, Mapping)
        for key in ("body", "plain_body", "html_body")
    )
    return any(wanted in body for body in bodies)


def _field_values(fields: Fields) -> dict[str, Any]:
    """Values of the custom fields by field id; newer exports call them custom_fields, older ones fields."""
    found: dict[str, Any] = {}
    for key in ("fields", "custom_fields"):
        value = fields.raw.get(key)
        pairs = value.items() if isinstance(value, Mapping) else _pairs(fields.items(key))
        for field_id, one in pairs:
            if (known := identifier(field_id)) is not None:
                found[known] = one
    fields.drop("custom_fields")
    return found


def _pairs(values: list[Any]) -> Iterator[tuple[Any, Any]]:
    return ((one.get("id"), one.get("value")) for one in values if isinstance(one, Mapping))


def _is_time(field_id: str, value: Any, titles: FieldTitles) -> bool:
    is_kept = titles.is_total(field_id) or titles.is_update(field_id)
    return is_kept and number(value) is not None
