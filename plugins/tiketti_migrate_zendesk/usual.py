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
    if not asked.references.account.holds("user", author_id):
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
    get = raw.get
    source_id, author_id = get("id"), get("author_id")
    if type(source_id) is not int or type(author_id) is not int or type(get("public")) is not bool:
        return False
    if not 0 <= source_id < _LARGEST or not 0 <= author_id < _LARGEST:
        return False
    files = get("attachments")
    if (files is not None and files != []) or get("type") not in _TYPES:
        return False
    for value in (get("html_body"), get("plain_body"), get("body")):
        # Nothing, or a text with more than control characters in it.
        if value is not None and (type(value) is not str or not value[:1].isprintable()):
            return False
    return True
