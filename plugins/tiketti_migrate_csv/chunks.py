"""Some rows of a table by column, after the rules of the mapping file: what the readers of fields work on."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tiketti_migrate.mapping import BadCell, Rules
from tiketti_migrate_csv.layout import Layout

__all__ = ["Chunk", "Row", "Where", "left_out", "parts", "sifted"]

Row = tuple[int, list[str]]
Where = Callable[[Sequence[str]], bool]
_ROWS = 1000


class Chunk:
    """``lines`` in step with every column. ``bad``: rows, by position, to which a rule cannot be applied."""

    def __init__(self, layout: Layout, rows: Sequence[Row]) -> None:
        self.layout = layout
        self.lines = [line for line, _ in rows]
        self.rows = [cells for _, cells in rows]
        self.bad: dict[int, str] = {}
        self._columns = list(zip(*self.rows, strict=True))
        self._found: dict[str, Sequence[str]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def raw(self, field: str) -> Sequence[str]:
        """The cells of a field; "" where there is no such column."""
        found = self._found.get(field)
        if found is None:
            cells = self._changed(field, self._unchanged(field))
            found = self._found[field] = [cell.strip() for cell in cells]
        return found

    def each(self, field: str) -> list[Sequence[str]]:
        """The cells of a field that several columns may bear, by column."""
        columns = self.layout.columns.get(field, ())
        if field in self.layout.rules.templates or len(columns) < 2:
            return [self.raw(field)] if self.layout.has(field) else []
        changed = (self._changed(field, self.column(index)) for index in columns)
        return [[cell.strip() for cell in cells] for cells in changed]

    def column(self, index: int) -> Sequence[str]:
        """The cells of a column as they came."""
        return self._columns[index] if self._columns else ()

    def extras(self) -> list[dict[str, Any]]:
        """What each row holds in columns without a home, by their names."""
        columns = [(name, self.column(index)) for index, name in self.layout.extras]
        return [
            {name: cells[place] for name, cells in columns if cells[place].strip()}
            for place in range(len(self))
        ]

    def _unchanged(self, field: str) -> Sequence[str]:
        rules, names = self.layout.rules, self.layout.table.names
        if field in rules.templates:
            return self._every(rules.template(field, names), self.rows)
        columns = [self.column(index) for index in self.layout.columns.get(field, ())]
        if not columns:
            return [""] * len(self.rows)
        if len(columns) == 1:
            return columns[0]
        return [", ".join(filter(None, cells)) for cells in zip(*columns, strict=True)]

    def _changed(self, field: str, cells: Sequence[str]) -> Sequence[str]:
        change = _change(self.layout.rules, field)
        return cells if change is None else self._every(change, cells)

    def _every(self, change: Callable[..., str], cells: Sequence[object]) -> Sequence[str]:
        try:
            return [change(cell) for cell in cells]
        except BadCell:
            return [self._one(change, cell, place) for place, cell in enumerate(cells)]

    def _one(self, change: Callable[..., str], cell: object, place: int) -> str:
        try:
            return change(cell)
        except BadCell as error:
            self.bad[place] = str(error)
            return ""


def _change(rules: Rules, field: str) -> Callable[[str], str] | None:
    """What words for status and priority become is looked up later, because the ticket keeps its own."""
    return rules.replaces(field) if field in ("status", "priority") else rules.change(field)


def parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """What is worked on together should fit into the processor's cache."""
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))


def left_out(rows: Sequence[Row], where: Where | None) -> set[int]:
    """The places of the rows that do not pass the mapping's conditions. One that cannot be asked passes: what
    is wrong with it shows where its fields are filled.
    """
    if where is None:
        return set()
    left = set()
    for place, (_, cells) in enumerate(rows):
        try:
            if not where(cells):
                left.add(place)
        except BadCell:
            continue
    return left


def sifted(rows: Sequence[Row], where: Where | None) -> Sequence[Row]:
    """The rows that pass."""
    left = left_out(rows, where)
    return [row for place, row in enumerate(rows) if place not in left] if left else rows
