"""Columns of who may read a text: words and yes or no. What they leave open is internal, never public."""

from collections.abc import Iterable, Sequence
from typing import Any

from tiketti_migrate_csv.cell_errors import ERROR_WORDS
from tiketti_migrate_csv.columns import Oddities, Oddity
from tiketti_migrate_csv.plain import shown
from tiketti_migrate_csv.status_words import truth_of
from tiketti_migrate_csv.visibility import is_internal, said_by

__all__ = ["FlagEvidence", "FlagReader"]

_MOST_WORDS = 1000


class FlagEvidence:
    """What a column says where it says something, because an empty cell says the other thing."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._words: set[str] = set()

    def add(self, cells: Iterable[str]) -> None:
        """More cells of the column."""
        if len(self._words) < _MOST_WORDS:
            self._words.update(cells)

    def reader(self, empties: frozenset[str]) -> "FlagReader":
        """How the column is read."""
        told = {word: is_internal(word, yes=self._field != "public") for word in self._words - empties}
        # Where others say "public" it is missed; a "no" under "Internal" is not.
        missed = [word for word, said in told.items() if said is False]
        if self._field != "public":
            missed = [word for word in missed if truth_of(word) is None]
        return FlagReader(self._field, empties, nothing=bool(missed), unclear=True in told.values())

    def tells(self, empties: frozenset[str]) -> bool:
        """Whether a cell says for sure that something is internal or that it is public, or is taken as
        internal because it says nothing: kinds of messages ("Customer", "Agent") do not."""
        return any(map(_is_telling, self._words - empties)) or not ERROR_WORDS.isdisjoint(self._words)


def _is_telling(word: str) -> bool:
    said = said_by(word)
    return truth_of(word) is not None or said is None or said.sure or said.internal


class FlagReader:
    """Reads one such column as what its field says. ``nothing``: whether an empty cell is internal, and
    ``unclear`` whether that is to be said of it."""

    def __init__(self, field: str, empties: frozenset[str], *, nothing: bool, unclear: bool) -> None:
        self._is_public = field == "public"
        self._empties = empties
        self._nothing = nothing
        self._unclear = unclear

    def values(self, field: str, cells: Sequence[str], oddities: Oddities) -> list[Any]:
        """True, False, or None for a cell that says nothing."""
        known: dict[str, bool | None] = {}
        found: list[Any] = []
        for place, cell in enumerate(cells):
            if cell not in known:
                known[cell] = self._internal(cell)
            if known[cell] is not None:
                found.append(known[cell] != self._is_public)
                continue
            oddity = self._oddity(field, cell)
            if oddity is not None:
                oddities.setdefault(place, []).append(oddity)
            is_missed = cell not in self._empties or cell in ERROR_WORDS or self._nothing
            found.append(not self._is_public if is_missed else None)
        return found

    def _internal(self, cell: str) -> bool | None:
        return None if cell in self._empties else is_internal(cell, yes=not self._is_public)

    def _oddity(self, field: str, cell: str) -> Oddity | None:
        if cell not in self._empties or cell in ERROR_WORDS:
            return Oddity(field, cell, f"{shown(cell)} does not say who may read it: taken as internal")
        if self._nothing and self._unclear:
            return Oddity(field, cell, "the cell does not say who may read it: taken as internal", kept=False)
        return None
