"""Rows by id with their indexes, so that no call has to scan what it does not return."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["AnyTable", "Index", "Row", "Table", "TimeIndex"]


class Row(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=Row)


class Index(Generic[R]):
    """The ids of the rows that have a key, in the order in which they got it."""

    def __init__(self, keys: Callable[[R], Iterable[str]]) -> None:
        self._keys = keys
        self._ids: dict[str, dict[str, None]] = {}

    def ids(self, key: str) -> dict[str, None]:
        """A dict without values is used as an ordered set."""
        return self._ids.get(key, {})

    def move(self, old: R | None, new: R | None) -> None:
        before = set(self._keys(old)) if old is not None else set()
        after = set(self._keys(new)) if new is not None else set()
        for key in before - after:
            holders = self._ids[key]
            if old is not None:
                del holders[old.id]
            if not holders:
                del self._ids[key]
        for key in after - before:
            if new is not None:
                self._ids.setdefault(key, {})[new.id] = None


class TimeIndex(Generic[R]):
    """The ids of the rows by the time of a stamp that never changes."""

    def __init__(self, stamp: Callable[[R], str]) -> None:
        self._stamp = stamp
        self._entries: list[tuple[str, str]] = []

    def between(self, after: str | None, before: str | None) -> list[str]:
        """The ids whose time lies between both stamps, the bounds themselves left out."""
        # "~" sorts behind every id, so that rows at the bound itself are passed over.
        first = 0 if after is None else bisect_left(self._entries, (after, "~"))
        last = len(self._entries) if before is None else bisect_left(self._entries, (before, ""))
        return [row_id for _, row_id in self._entries[first:last]]

    def move(self, old: R | None, new: R | None) -> None:
        if old is None and new is not None:
            insort(self._entries, (self._stamp(new), new.id))
        elif old is not None and new is None:
            del self._entries[bisect_left(self._entries, (self._stamp(old), old.id))]


class Table(Generic[R]):
    """Rows of one kind in one organization; ``organization`` is "" for what all share."""

    def __init__(self, name: str, make: Callable[..., R], organization: str = "") -> None:
        self.name = name
        self.make = make
        self.organization = organization
        self.indexes: list[Index[R] | TimeIndex[R]] = []
        self._rows: dict[str, R] = {}
        self._order: list[str] = []

    def index(self, keys: Callable[[R], Iterable[str]]) -> Index[R]:
        """Add an index; the table must still be empty."""
        index = Index(keys)
        self.indexes.append(index)
        return index

    def time_index(self, stamp: Callable[[R], str]) -> TimeIndex[R]:
        index = TimeIndex(stamp)
        self.indexes.append(index)
        return index

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[R]:
        """In the order in which the rows were made."""
        return iter(self._rows.values())

    def get(self, row_id: str | None) -> R | None:
        return self._rows.get(row_id) if row_id is not None else None

    def __getitem__(self, row_id: str) -> R:
        return self._rows[row_id]

    def pick(self, ids: Iterable[str]) -> list[R]:
        return [self._rows[row_id] for row_id in ids]

    def listed(self, ids: Iterable[str] | None = None) -> list[R]:
        """All rows, or those of ``ids``, by id: as ids are random, an order that says nothing."""
        return [self._rows[row_id] for row_id in (self._order if ids is None else sorted(ids))]

    def put(self, row: R) -> None:
        old = self._rows.get(row.id)
        if old is None:
            insort(self._order, row.id)
        self._rows[row.id] = row
        for index in self.indexes:
            index.move(old, row)

    def remove(self, row_id: str) -> None:
        old = self._rows.pop(row_id, None)
        if old is not None:
            del self._order[bisect_left(self._order, row_id)]
            for index in self.indexes:
                index.move(old, None)


AnyTable = Table[Any]
