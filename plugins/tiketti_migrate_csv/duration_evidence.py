"""What a column says about its durations: whether their unit is known, and how decimals are written."""

import re
from collections import Counter
from collections.abc import Sequence

from tiketti_migrate_csv.durations import is_bare, names_days
from tiketti_migrate_csv.headers import DurationUnit
from tiketti_migrate_csv.numbers import DecimalSign, NumberEvidence
from tiketti_migrate_csv.plain import joined, shown

__all__ = ["DurationEvidence"]

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)+")
_MOST_SEEN = 10_000
_MOST_EXAMPLES = 3


class DurationEvidence:
    """Gathers it a chunk at a time, in bounded memory. ``days``: a cell names days or weeks."""

    def __init__(self) -> None:
        self.days = False
        self._seen: set[str] = {"", "0"}
        self._bare = 0
        self._others = 0
        self._examples: dict[str, int] = {}
        self._signs = NumberEvidence()

    def add(self, lines: Sequence[int], cells: Sequence[str]) -> None:
        """More cells of the column and, in parallel, the lines in which they stand."""
        for cell, count in Counter(cells).items():
            bare = is_bare(cell)
            if bare:
                self._bare += count
                if len(self._examples) < _MOST_EXAMPLES:
                    self._examples.setdefault(cell, lines[cells.index(cell)])
            elif cell:
                self._others += count
            if cell not in self._seen:
                self._look(cell)

    def _look(self, cell: str) -> None:
        if len(self._seen) < _MOST_SEEN:
            self._seen.add(cell)
        self._signs.add(_NUMBER.findall(cell))
        self.days = self.days or names_days(cell)

    @property
    def decimal_sign(self) -> DecimalSign | None:
        """The sign that the cells prove: then "1.500 min" is no doubt."""
        return self._signs.decimal_sign()

    @property
    def lacks_unit(self) -> bool:
        """Whether most cells are numbers alone."""
        return self._bare > self._others

    def question(self) -> str:
        """What to ask where nothing says the unit, such as follows "column 'Worked': "."""
        cells = [f"{shown(cell)} in line {line}" for cell, line in self._examples.items()]
        return f"its numbers name no unit, such as {joined(cells)}"

    def remark(self, unit: DurationUnit | None, day_hours: int) -> str | None:
        """How long a day is taken to be; None where no cell is in days."""
        if not self.days and unit != "days":
            return None
        week = " and weeks as 5 days" if day_hours < 24 else ""
        return f"days are taken as {day_hours} hours{week}"
