"""One SQLite file, opened so that a commit survives a power cut, and never touched when it is not ours."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tiketti_migrate.errors import LedgerError, MigrationError, Stopped, UsageError
from tiketti_migrate.store.schema import APPLICATION_ID, MIGRATIONS

__all__ = ["Database"]

_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_QUICK_CHECK_LIMIT = 256 * 1024 * 1024
# In KiB, as SQLite takes it: what a large account would gain by more is not worth that it takes more.
_CACHE = -2000
_BULK_CACHE = -6000


class _TakenBack(Exception):
    """Ends a trial."""


class Database:
    """The connection and its transactions. Belongs to the thread that opened it.

    Raises LedgerError when the file is damaged, foreign or of a newer schema (it is then left as it is),
    UsageError when it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        is_there = _version_of(path) is not None
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
            self._connection.row_factory = sqlite3.Row
            self._prepare(is_there=is_there)
        except sqlite3.Error as error:
            raise _explained(error, path) from error

    def _prepare(self, *, is_there: bool) -> None:
        if is_there and self.path.stat().st_size <= _QUICK_CHECK_LIMIT:
            verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise LedgerError(f"the ledger is damaged: {verdict}", where=str(self.path), hint=_RESTORE)
        # A kill in the middle of a commit leaves a header that opening the file takes back.
        self._migrate(self._connection.execute("PRAGMA user_version").fetchone()[0])
        # FULL, not NORMAL: the in-flight mark must be on the disk before the request leaves.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(f"PRAGMA cache_size = {_CACHE}")

    def _migrate(self, version: int) -> None:
        if not version:
            # Staging millions of rows writes a third fewer pages of this size.
            self._connection.execute("PRAGMA page_size = 16384")
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number:d};"
                f" PRAGMA application_id = {APPLICATION_ID:d}; COMMIT;"
            )
            # The version is read from the file's header, so it must not wait in the WAL.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on the disk when the outermost block ends."""
        if self._connection.in_transaction:
            yield self._connection
        else:
            yield from self._outermost()

    def _outermost(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise _explained(error, self.path) from error

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """For writing much that is new: each page is then written once, not to the log of changes first.

        As safe as ever; where somebody else reads the file at this moment, it stays as it was.
        """
        with suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA journal_mode = TRUNCATE")
        self._connection.execute(f"PRAGMA cache_size = {_BULK_CACHE}")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute(f"PRAGMA cache_size = {_CACHE}")

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Everything inside is taken back at the end, also when it went well."""
        with suppress(_TakenBack), self.transaction():
            yield
            raise _TakenBack

    def all(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        """Every row of a query."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _explained(error, self.path) from error

    def named(self, sql: str, parameters: Mapping[str, object]) -> list[sqlite3.Row]:
        """Every row of a query with named parameters."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _explained(error, self.path) from error

    def one(self, sql: str, *parameters: object) -> sqlite3.Row | None:
        """The first row of a query."""
        try:
            found: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise _explained(error, self.path) from error
        return found

    def pages(self, sql: str, size: int = 500) -> Iterator[sqlite3.Row]:
        """Rows of a query that takes (after, limit) and orders by its column ``id``: flat memory."""
        after = 0
        while rows := self.all(sql, after, size):
            yield from rows
            after = rows[-1]["id"]

    def close(self) -> None:
        """Close the file. Calling it twice is harmless."""
        self._connection.close()


_RESTORE = "restore the workspace from a copy, or start a new one with --workspace"


def _version_of(path: Path) -> int | None:
    """The schema version in the file's header, None for a file that does not exist yet.

    Read as bytes, because opening a file with SQLite may already change what lies beside it.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read the ledger: {error.strerror}", where=str(path)) from error
    if not header:
        # A kill between creating the file and its first transaction leaves it empty.
        return None
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise LedgerError("the ledger is damaged: this is no SQLite file", where=str(path), hint=_RESTORE)
    version = int.from_bytes(header[60:64], "big")
    if version and int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise LedgerError("this SQLite file is not a ledger of tiketti-migrate", where=str(path))
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"the ledger was written by a newer tiketti-migrate (schema {version}, known: {len(MIGRATIONS)})",
            where=str(path),
            hint="upgrade tiketti-migrate; the file was not touched",
        )
    return version


def _explained(error: sqlite3.Error, path: Path) -> MigrationError:
    text, where = str(error), str(path)
    if "full" in text or "disk I/O" in text:
        return Stopped(f"the disk is full or failing: {text}", where=where, hint="free space, run again")
    if "readonly" in text or "unable to open" in text:
        return UsageError("the workspace cannot be written", where=where, hint="check its permissions")
    if "locked" in text or "busy" in text:
        return Stopped("the ledger is locked by another program", where=where, hint="close it, run again")
    if isinstance(error, sqlite3.IntegrityError):
        return LedgerError(f"the ledger refused a change: {text}", where=where)
    if isinstance(error, sqlite3.OperationalError):
        return LedgerError(f"the ledger cannot be used: {text}", where=where)
    return LedgerError(f"the ledger is damaged: {text}", where=where, hint=_RESTORE)
