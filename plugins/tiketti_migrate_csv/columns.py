"""How the cells of each field become values; what cannot be read is said and kept, never lost."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from tiketti_migrate_csv.cell_errors import ERROR_WORDS
from tiketti_migrate_csv.chunks import Chunk

__all__ = ["Oddities", "Oddity", "Reader", "Readers", "Reads", "keep", "tell"]


class Oddity(NamedTuple):
    """A cell that could not be read, and why in words. ``kept``: as extra, because it is nowhere else."""

    field: str
    cell: str
    words: str
    kept: bool = True


# By the row's place in the chunk.
Oddities = dict[int, list[Oddity]]


class Reader(NamedTuple):
    """``empties``: the cells that mean nothing. ``read`` raises ValueError, with words for people."""

    empties: frozenset[str]
    read: Callable[[str], Any] | None = None

    def values(self, field: str, cells: Sequence[str], oddities: Oddities) -> list[Any]:
        """One value a cell, None for nothing."""
        empties, read = self.empties, self.read
        if not ERROR_WORDS.isdisjoint(empties):
            return [self._value(field, cell, place, oddities) for place, cell in enumerate(cells)]
        if read is None:
            return [None if cell in empties else cell for cell in cells]
        try:
            return [None if cell in empties else read(cell) for cell in cells]
        except ValueError:
            return [self._value(field, cell, place, oddities) for place, cell in enumerate(cells)]

    def _value(self, field: str, cell: str, place: int, oddities: Oddities) -> Any:
        if cell in self.empties:
            if cell in ERROR_WORDS:
                words = f"the cell holds the error {cell} instead of a value"
                oddities.setdefault(place, []).append(Oddity(field, cell, words))
            return None
        try:
            return self.read(cell) if self.read else cell
        except ValueError as error:
            oddities.setdefault(place, []).append(Oddity(field, cell, str(error)))
            return None


class Reads(Protocol):
    """What reads the cells of a column."""

    def values(self, field: str, cells: Sequence[str], oddities: Oddities) -> list[Any]:
        """One value a cell, None for nothing."""


class Readers:
    """The readers of one table by field."""

    def __init__(self, readers: Mapping[str, Reads]) -> None:
        self._readers = readers

    @property
    def names(self) -> list[str]:
        """The fields that there are."""
        return list(self._readers)

    def values(self, chunk: Chunk, field: str, oddities: Oddities) -> list[Any]:
        """The column of a field; nothing but None where the table has no such column."""
        reader = self._readers.get(field)
        return reader.values(field, chunk.raw(field), oddities) if reader else [None] * len(chunk)

    def each(self, chunk: Chunk, field: str, oddities: Oddities) -> list[list[Any]]:
        """The columns of a field that several may bear."""
        reader = self._readers.get(field)
        return [reader.values(field, cells, oddities) for cells in chunk.each(field)] if reader else []


def keep(extra: dict[str, Any], name: str, value: Any) -> None:
    """Beside what is kept already: a column without a home may bear the same name."""
    free, number = name, 1
    while free in extra and extra[free] != value:
        number += 1
        free = f"{name} ({number})"
    extra[free] = value


def tell(odd: Iterable[Oddity], extra: dict[str, Any], warnings: list[str]) -> None:
    """What could not be read is said, and kept."""
    for field, cell, words, kept in odd:
        if kept:
            keep(extra, field, cell)
        warnings.append(f"{field.replace('_', ' ')}: {words}{'; kept as extra' if kept else ''}")
