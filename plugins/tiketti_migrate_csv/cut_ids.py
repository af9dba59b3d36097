"""Ids of which a spreadsheet kept the leading digits alone: rows of one such id may be different tickets."""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from tiketti_migrate_csv.numbers import is_cut
from tiketti_migrate_csv.seen import Seen

__all__ = ["CutIds", "Torn"]


class Torn(NamedTuple):
    """An id as it stands in the table, and the lines of two rows that are different tickets."""

    id: str
    first: int
    other: int


class CutIds:
    """Notes what the rows of cut ids say, in some forty bytes an id. ``torn``: the first that differ."""

    def __init__(self) -> None:
        self._ids = Seen()
        # In step with the ids.
        self._said = array("q")
        self._lines = array("q")
        self.torn: Torn | None = None

    def add(self, lines: Sequence[int], ids: Sequence[str], *columns: Sequence[str]) -> None:
        """More rows, with the columns in which two rows of one ticket say the same."""
        for line, cell, *said in zip(lines, ids, *columns, strict=True):
            if self.torn is None and is_cut(cell):
                self._look(line, cell, hash(tuple(said)))

    def _look(self, line: int, cell: str, said: int) -> None:
        number = self._ids.number(cell)
        if number is None:
            self._ids.add(cell)
            self._said.append(said)
            self._lines.append(line)
        elif self._said[number] != said:
            self.torn = Torn(cell, self._lines[number], line)
