"""Ids for rows that have none: made of what a row says, wherever its columns and the row itself stand.

Spreadsheets write dates and numbers otherwise when they save a table; what a column is taken for, and how its
cells are read, may be corrected. Neither makes another id.
"""

from collections.abc import Sequence

from tiketti_migrate_csv.digests import digest, written
from tiketti_migrate_csv.headers import key
from tiketti_migrate_csv.seen import Counted

__all__ = ["OwnIds"]

# A call takes longer than these looks at the first and the last character.
_BLANKS = frozenset(" \t\r\n\xa0")
_BEGINNINGS = _BLANKS | frozenset("0123456789")


class OwnIds:
    """Of the rows of one table. ``alike`` is shared by all tables, so that equal rows of two stay two."""

    def __init__(self, header: Sequence[str], alike: Counted) -> None:
        places = sorted(range(len(header)), key=lambda place: (key(header[place]), place))
        self._columns = [(place, f"{key(header[place])}=") for place in places]
        self._alike = alike

    def of(self, cells: Sequence[str]) -> str:
        """Equal rows are told apart by their number. Empty cells say nothing: a column of them may come."""
        told = []
        for place, mark in self._columns:
            cell = cells[place]
            if cell and (cell[0] in _BEGINNINGS or cell[-1] in _BLANKS):
                cell = written(cell)
            if cell:
                told.append(mark + cell)
        name = digest(*told)
        number = self._alike.number(name)
        return name if number == 1 else f"{name}-{number}"
