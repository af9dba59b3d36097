"""What the rows of one ticket tell each for itself: texts and work of events, not those of the ticket.

The ids of these are made of what they say, so that they stay when rows come before or between them. What
all rows of a ticket only repeat is the ticket's own: edited, it is the same text or time, and changed.
"""

from tiketti_migrate_csv.chunks import Chunk
from tiketti_migrate_csv.empties import empty_words
from tiketti_migrate_csv.layout import Layout

__all__ = ["BY_ROW", "ByRow"]

BY_ROW = ("description", "time_spent")
# Work is a row's own where anything tells it from that of other rows.
_ABOUT = {
    "description": ("description",),
    "time_spent": (
        "time_spent", "description", "comment", "comment_author", "comment_created_at", "created_at",
        "updated_at", "assignee", "assignee_id", "assignee_email",
    ),
}  # fmt: skip
_MOST_TICKETS = 10_000
_NOTHING = empty_words("text") | empty_words("number")


class ByRow:
    """Watches the first tickets of a table, wherever their rows stand."""

    def __init__(self, layout: Layout) -> None:
        self._first = {
            field: dict[str, int]()
            for field in BY_ROW
            if layout.kind == "ticket" and layout.has("id") and layout.has(field)
        }
        self.fields: set[str] = set()

    def add(self, chunk: Chunk, *, repeated: bool) -> None:
        """More rows. ``repeated``: some ticket has several by now."""
        for field, first in self._first.items():
            if not repeated and len(first) >= _MOST_TICKETS:
                continue
            if field not in self.fields and self._differs(field, first, chunk):
                self.fields.add(field)
                first.clear()

    def _differs(self, field: str, first: dict[str, int], chunk: Chunk) -> bool:
        ids = chunk.raw("id")
        if len(first) >= _MOST_TICKETS and first.keys().isdisjoint(ids):
            return False
        columns = [chunk.raw(name) for name in _ABOUT[field] if chunk.layout.has(name)]
        for number, cell, said in zip(ids, chunk.raw(field), zip(*columns, strict=True), strict=True):
            if number and cell not in _NOTHING:
                if number not in first and len(first) >= _MOST_TICKETS:
                    continue
                told = hash(said)
                if first.setdefault(number, told) != told:
                    return True
        return False
