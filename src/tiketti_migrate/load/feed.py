"""Which lanes come, one after the other: tickets in their order, then what no ticket needed; closing notes
when all of these have ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tiketti_migrate.load.options import LoadOptions
from tiketti_migrate.store import Ledger, Row

__all__ = ["Lane", "lanes_of", "notes_of"]

_PAGE = 200


@dataclass(frozen=True, order=True)
class Lane:
    """The writes of one ticket, or one row: a shared one, or a closing note. Sorts by its turn."""

    turn: int
    ticket: str | None = None
    row: int | None = None
    is_note: bool = False

    def next_row(self, ledger: Ledger) -> Row | None:
        """The first row that is not settled."""
        if self.ticket is not None:
            return ledger.lanes.next_row(self.ticket)
        row = ledger.rows.get(self.row or 0)
        return row if row.state in ("pending", "in-flight") else None


def lanes_of(ledger: Ledger, options: LoadOptions) -> Iterator[Lane]:
    """All open lanes, read page by page while they are being closed."""
    turn = 0
    position = 0
    while page := ledger.lanes.after(position, _PAGE, options.limit):
        for _, ticket in page:
            turn += 1
            yield Lane(turn, ticket=ticket)
        position = page[-1][0]
    for kind in options.leftovers:
        after = 0
        while rows := ledger.lanes.leftovers(kind, after, _PAGE):
            for row in rows:
                turn += 1
                yield Lane(turn, row=row.id)
            after = rows[-1].id


def notes_of(ledger: Ledger, options: LoadOptions, *, begun: bool = False) -> Iterator[Lane]:
    """The notes that are not settled where all else in their ticket is; ``begun``: those sent earlier."""
    after = 0
    while rows := ledger.links.notes(after, _PAGE, options.limit, begun=begun):
        for row in rows:
            yield Lane(row.id, row=row.id, is_note=True)
        after = rows[-1].id
