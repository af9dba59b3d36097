"""The fields that a column of a table can stand for, by kind of table: the names used in a mapping file."""

from collections.abc import Mapping

from tiketti_migrate.mapping import EXTRA, IGNORE
from tiketti_migrate.mapping import MAPPED_KINDS as TABLE_KINDS
from tiketti_migrate.mapping import MappedKind as TableKind

__all__ = [
    "DATES",
    "DURATIONS",
    "EXTRA",
    "FIELDS",
    "FLAGS",
    "IGNORE",
    "TABLE_KINDS",
    "VISIBILITY",
    "TableKind",
]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "ticket": (
        "id", "url", "subject", "description", "status", "priority", "labels", "created_at", "updated_at",
        # A person in one cell ("Jane <jane@x>", a name, an address), or in cells of their own.
        "requester", "requester_id", "requester_name", "requester_first_name", "requester_last_name",
        "requester_email", "requester_phone",
        "company", "company_id", "assignee", "assignee_id", "assignee_email", "time_spent",
        # One more message beside the description: several rows a ticket have one each.
        "comment", "comment_author", "comment_created_at", "comment_internal",
        # Whether what a row says may be read by agents alone.
        "internal", "public",
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

# What the cells of a field are, whatever the table.
DATES = frozenset({"created_at", "updated_at", "comment_created_at", "date"})
DURATIONS = frozenset({"time_spent", "duration"})
# Who may read a text: what cannot be read there is internal.
VISIBILITY = frozenset({"internal", "public", "comment_internal"})
FLAGS = VISIBILITY | {"billable"}
