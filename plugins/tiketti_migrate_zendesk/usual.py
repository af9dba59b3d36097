"""Comments as Zendesk itself writes them, converted without the care that odd ones need.

Most of an export's comments are such, and what costs a few microseconds each costs minutes in all. Both ways
come to the same message; a test holds them to it.
"""

from datetime import datetime
from typing import Any, NamedTuple

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.bodies import has_files, has_words
from tiketti_migrate_zendesk.dates import usual_moment
from tiketti_migrate_zendesk.links import links_in
from tiketti_migrate_zendesk.references import References
from tiketti_migrate_zendesk.values import text

__all__ = ["Asked", "usual_message"]

_KEYS = frozenset(
    ["id", "type", "author_id", "body", "html_body", "plain_body", "public", "attachments", "audit_id", "via",
     "metadata", "created_at", "ticket_id", "url"]
)  # fmt: skip
_LARGEST = 2**63
_TYPES = ("Comment", None)


class Asked(NamedTuple):
    """The ticket around a conversation: who asked it and when. ``hosts``: whose links are looked for.

    ``is_private``: the customer sees nothing of it, so what does not say that it is public is a note of
    whoever submitted it.
    """

    ticket_id: str
    requester_id: str
    created_at: datetime | None
    where: str
    references: References
    hosts: tuple[str, ...] = ()
    submitter_id: str | None = None
    is_private: bool = False


def usual_message(raw: Any, asked: Asked) -> RecordFields | None:
    """The message of a usual comment without files; None for every other."""
    if type(raw) is not dict or not raw.keys() <= _KEYS or not _is_usual(raw):
        return None
    html = raw.get("html_body")
    body = text(html or raw.get("plain_body") or raw.get("body") or "")
    created_at = usual_moment(raw.get("created_at"))
    author_id = str(raw["author_id"])
    if created_at is None or not body or body.isspace() or has_files(body, is_html=bool(html)):
        return None
    if html and not has_words(body):
        return None
    if asked.references.warning("author", "user", author_id) is not None:
        return None
    message: RecordFields = {
        "kind": "message",
        "source_id": str(raw["id"]),
        "origin": asked.where,
        "ticket_id": asked.ticket_id,
        "author_id": author_id,
        "body": body,
        "body_format": "html" if html else "text",
        "is_internal": not raw["public"],
        "created_at": created_at,
    }
    if links := links_in(body, asked.hosts, is_html=bool(html)):
        message["links"] = links
    return message


def _is_usual(raw: dict[str, Any]) -> bool:
    source_id, author_id, files = raw.get("id"), raw.get("author_id"), raw.get("attachments")
    return (
        type(source_id) is int
        and 0 <= source_id < _LARGEST
        and type(author_id) is int
        and 0 <= author_id < _LARGEST
        and type(raw.get("public")) is bool
        and raw.get("type") in _TYPES
        and (files is None or files == [])
        and _is_text(raw.get("html_body"))
        and _is_text(raw.get("plain_body"))
        and _is_text(raw.get("body"))
    )


def _is_text(value: Any) -> bool:
    """Nothing, or a text with more than control characters in it."""
    return value is None or (type(value) is str and value[:1].isprintable())
