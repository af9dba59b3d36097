"""Pieces of a source that lie scattered, on disk by the record they belong to, until that one is made.

For the time of one reading: the file is thrown away with the folder it lies in.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tiketti_migrate.errors import SourceError
from tiketti_migrate.scratch import ROOM

__all__ = ["Spool"]

_SCHEMA = """
CREATE TABLE newest (kind TEXT, id TEXT, stamp REAL, weight INTEGER, place INTEGER, copies INTEGER NOT NULL,
    PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE piece (owner TEXT, kind TEXT, number INTEGER, content BLOB,
    PRIMARY KEY (owner, kind, number)) WITHOUT ROWID;
"""
_SEEN = """
INSERT INTO newest VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (kind, id) DO UPDATE SET
    place = CASE WHEN (excluded.stamp, excluded.weight) >= (stamp, weight) THEN excluded.place ELSE place END,
    weight = CASE WHEN excluded.stamp > stamp THEN excluded.weight
        WHEN excluded.stamp = stamp THEN max(weight, excluded.weight) ELSE weight END,
    stamp = max(stamp, excluded.stamp),
    copies = copies + 1
"""
_AT_ONCE = 1000
_CACHE_KIB = 16_000


class Spool:
    """Used by one thread at a time. Every method raises SourceError where the disk is full.

    ``owner``, ``kind`` and ``id`` are any text; ``place``: the number of a copy in the order of reading.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: list[tuple[str, str, float, int, int]] = []
        self._pieces: list[tuple[str, str, int, bytes]] = []
        self._count = 0
        with self._room():
            # Whoever stops the reading closes it from outside of the thread that read.
            self._connection = sqlite3.connect(
                folder / "spool.db", isolation_level=None, check_same_thread=False
            )
            # Nobody goes on with it after a crash: it is made anew.
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._connection.executescript(_SCHEMA)
            self._connection.execute("BEGIN")

    def saw(self, kind: str, record_id: str, stamp: float, place: int, weight: int = 0) -> None:
        """A copy of a record; the one with the largest ``stamp`` counts, of equal ones that of the largest
        ``weight``, of those the last."""
        self._seen.append((kind, record_id, stamp, weight, place))
        if len(self._seen) >= _AT_ONCE:
            self._write()

    def add(self, owner: str, kind: str, content: bytes) -> None:
        """A piece of ``owner``, behind those that are there."""
        self._count += 1
        self._pieces.append((owner, kind, self._count, content))
        if len(self._pieces) >= _AT_ONCE or len(content) > 1_000_000:
            self._write()

    def place_of(self, kind: str, record_id: str) -> int | None:
        """Where the copy that counts stands; None when there is none."""
        found = self._one("SELECT place FROM newest WHERE kind = ? AND id = ?", kind, record_id)
        return None if found is None else int(found[0])

    def stamp_of(self, kind: str, record_id: str) -> float:
        """That of the copy that counts; 0 when there is none."""
        found = self._one("SELECT stamp FROM newest WHERE kind = ? AND id = ?", kind, record_id)
        return 0.0 if found is None else float(found[0])

    def holds(self, kind: str, record_id: str) -> bool:
        """Whether a copy was seen."""
        return self.place_of(kind, record_id) is not None

    def has_any(self, kind: str) -> bool:
        """Whether any record was seen."""
        return self._one("SELECT 1 FROM newest WHERE kind = ? LIMIT 1", kind) is not None

    def has_copies(self, kind: str) -> bool:
        """Whether any record was seen more than once."""
        return self._one("SELECT 1 FROM newest WHERE kind = ? AND copies > 1 LIMIT 1", kind) is not None

    def copies(self, kind: str) -> int:
        """How many copies do not count."""
        found = self._one("SELECT total(copies - 1) FROM newest WHERE kind = ?", kind)
        return int(found[0]) if found else 0

    def is_copied(self, kind: str, record_id: str) -> bool:
        """Whether this record was seen more than once."""
        sql = "SELECT 1 FROM newest WHERE kind = ? AND id = ? AND copies > 1"
        return self._one(sql, kind, record_id) is not None

    def pieces(self, owner: str) -> list[tuple[str, bytes]]:
        """(kind, content) of all pieces of ``owner``, in the order in which they came."""
        with self._room():
            self._write()
            sql = "SELECT kind, content FROM piece WHERE owner = ? ORDER BY number"
            return list(self._connection.execute(sql, (owner,)))

    def owners(self, kind: str) -> Iterator[tuple[str, int]]:
        """Everybody who has pieces of a kind, and how many."""
        after: str | None = None
        sql = (
            "SELECT owner, count(*) FROM piece WHERE kind = ?1 AND (owner > ?2 OR ?2 IS NULL)"
            " GROUP BY owner ORDER BY owner LIMIT ?3"
        )
        with self._room():
            self._write()
        while True:
            with self._room():
                rows = list(self._connection.execute(sql, (kind, after, _AT_ONCE)))
            if not rows:
                return
            yield from rows
            after = rows[-1][0]

    def close(self) -> None:
        """The file stays until its folder goes."""
        self._connection.close()

    def _one(self, sql: str, *parameters: str) -> tuple[Any, ...] | None:
        with self._room():
            self._write()
            found: tuple[Any, ...] | None = self._connection.execute(sql, parameters).fetchone()
        return found

    def _write(self) -> None:
        if self._seen:
            with self._room():
                self._connection.executemany(_SEEN, self._seen)
            self._seen.clear()
        if self._pieces:
            with self._room():
                self._connection.executemany("INSERT INTO piece VALUES (?, ?, ?, ?)", self._pieces)
            self._pieces.clear()

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            words = f"the folder for temporary files cannot be used: {error}"
            raise SourceError(words, where=str(self._folder.parent), hint=ROOM) from error
