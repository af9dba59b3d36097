"""Where the rows of a ticket go: into one internal note, into labels, or nowhere (``--extras``)."""

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.extra_row import Row
from tiketti_migrate_zendesk.links import page_of_ticket

__all__ = ["fields_note", "fitting", "is_fields_note", "short"]

_SUFFIX = "-fields"
# One row, and all of them, in characters. What is longer stays beside the ticket.
_LONGEST_ROW = 20_000
_LONGEST_NOTE = 60_000
_LONGEST_LABEL = 100
_LONGEST_KNOWN = 200


def fitting(rows: Iterable[Row]) -> list[Row]:
    """The rows that a note has room for."""
    found: list[Row] = []
    left = _LONGEST_NOTE
    for row in rows:
        size = len(row.title) + len(row.text) + sum(map(len, row.tickets))
        if size <= min(left, _LONGEST_ROW):
            found.append(row)
            left -= size
    return found


def short(rows: Iterable[Row]) -> list[Row]:
    """The rows that labels can stand for."""
    return [row for row in rows if row.labels and all(len(label) <= _LONGEST_LABEL for label in row.labels)]


def fields_note(
    rows: Sequence[Row], ticket_id: str, where: str, when: datetime | None, host: str | None
) -> RecordFields:
    """The note. ``when``: so that it comes last; ``host``: the account's, for links to tickets."""
    links: dict[str, str] = {}
    lines = [
        _line(row.title, row.text) if not row.tickets else _line_of_tickets(row, host, links) for row in rows
    ]
    note: RecordFields = {
        "kind": "message",
        "source_id": f"{ticket_id}{_SUFFIX}",
        "origin": where,
        "ticket_id": ticket_id,
        "author_name": "Zendesk",
        "body": f"<p>Fields of the ticket in Zendesk</p>\n<ul>\n{''.join(lines)}</ul>",
        "body_format": "html",
        "is_internal": True,
        "created_at": when,
    }
    if links:
        note["links"] = links
    return note


def is_fields_note(record: Mapping[str, Any]) -> bool:
    """Whether the fields of a record are those of such a note, so that they can be counted."""
    if record.get("kind") != "message" or not record["source_id"].endswith(_SUFFIX):
        return False
    return bool(record["source_id"] == f"{record['ticket_id']}{_SUFFIX}")


def _line(title: str, words: str) -> str:
    return _escaped_line(title, words) if len(words) > _LONGEST_KNOWN else _known_line(title, words)


def _escaped_line(title: str, words: str) -> str:
    return f"<li><b>{_escaped(title)}:</b> {_escaped(words)}</li>\n"


# Types, groups and options are few, and each stands in thousands of tickets.
_known_line = lru_cache(maxsize=2000)(_escaped_line)


def _line_of_tickets(row: Row, host: str | None, links: dict[str, str]) -> str:
    found = []
    for ticket_id in row.tickets:
        page = page_of_ticket(ticket_id, host)
        if page is None:
            found.append(_escaped(f"ticket {ticket_id}"))
        else:
            links[page] = ticket_id
            found.append(f'<a href="{_escaped(page)}">{_escaped(page)}</a>')
    return f"<li><b>{_escaped(row.title)}:</b> {', '.join(found)}</li>\n"


def _escaped(words: str) -> str:
    return html.escape(words).replace("\n", "<br>")
