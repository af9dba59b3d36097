"""The fields that a column of a table can stand for, by kind of table: the names used in a mapping file."""

from typing import Literal, get_args

__all__ = ["EXTRA", "FIELDS", "IGNORE", "TABLE_KINDS", "TableKind"]

TableKind = Literal["ticket", "contact", "company", "message", "time_entry", "label"]
TABLE_KINDS: tuple[TableKind, ...] = get_args(TableKind)

# Not fields but what becomes of a column that has none: kept beside the record, or left out on purpose.
EXTRA = "extra"
IGNORE = "ignore"

FIELDS: dict[TableKind, tuple[str, ...]] = {
    "ticket": (
        "id", "url", "subject", "description", "status", "priority", "labels", "created_at", "updated_at",
        # A person in one cell ("Jane <jane@x>", a name, an address), or in cells of their own.
        "requester", "requester_id", "requester_name", "requester_email", "requester_phone",
        "company", "company_id", "assignee", "assignee_id", "assignee_email", "time_spent",
        # One more message beside the description: several rows a ticket have one each.
        "comment", "comment_author", "comment_created_at", "comment_internal",
        # An internal note in a column of its own.
        "note",
    ),
    "contact": (
        "id", "name", "first_name", "last_name", "email", "phone", "company", "company_id", "notes",
    ),
    "company": ("id", "name", "domains", "hourly_rate", "currency", "ticket_prefix", "notes"),
    "message": (
        "id", "ticket_id", "author", "author_id", "author_name", "author_email", "body", "internal",
        "public", "created_at",
    ),
    "time_entry": (
        "id", "ticket_id", "duration", "description", "date", "billable", "rate", "agent", "agent_id",
    ),
    "label": ("id", "name", "color", "description"),
}  # fmt: skip
