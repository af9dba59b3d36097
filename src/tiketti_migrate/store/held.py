"""Attachments whose bytes the source itself holds: they came with it, and no server has them.

    pending -> done (they lie in the workspace) | failed (they do not: the source has to be read again)
             | skipped (the source was read without them)

Their record has a SHA-256 before anything is fetched.
"""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tiketti_migrate.store.database import Database
from tiketti_migrate.store.files import OF_WRITTEN, FilesTally

__all__ = ["Held", "HeldFile"]

_MISSING, _NOT_KEPT = "FILE_MISSING", "NOT_KEPT"


class HeldFile(NamedTuple):
    """An attachment that waits and has a SHA-256. ``has_address``: it can be fetched from there, too."""

    row: int
    sha256: str
    has_address: bool


class Held:
    """Moves them from state to state; it is the caller who looks what lies in the workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reopen(self) -> None:
        """failed -> pending for what was missing: it may lie there by now."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE row SET state = 'pending', error_code = NULL, error = NULL, hint = NULL"
                " WHERE kind = 'attachment' AND state = 'failed' AND error_code = ?",
                (_MISSING,),
            )

    def waiting(self) -> Iterator[HeldFile]:
        """Those that wait."""
        for row in self._database.pages(
            "SELECT id, json_extract(record, '$.sha256') AS sha256,"
            " coalesce(json_extract(record, '$.content_url') LIKE 'https://%', 0) AS has_address"
            " FROM row WHERE kind = 'attachment' AND state = 'pending'"
            " AND json_extract(record, '$.sha256') IS NOT NULL AND id > ? ORDER BY id LIMIT ?"
        ):
            yield HeldFile(row["id"], row["sha256"], bool(row["has_address"]))

    def kept(self, rows: Sequence[tuple[int, int | None]]) -> None:
        """pending -> done. Ledger id and size of each, as far as it is known."""
        now = time.time()
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE row SET state = 'done', error_code = NULL, error = NULL, hint = NULL,"
                " settled_at = ?, record = json_set(record, '$.size',"
                " coalesce(json_extract(record, '$.size'), ?)) WHERE id = ? AND state = 'pending'",
                [(now, size, row) for row, size in rows],
            )

    def missing(self, rows: Sequence[int], hint: str) -> None:
        """pending -> failed. ``hint`` says how they come back."""
        words = "its bytes are not in the workspace, and only the source has them"
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE row SET state = 'failed', error_code = ?, error = ?, hint = ?, settled_at = ?"
                " WHERE id = ? AND state = 'pending'",
                [(_MISSING, words, hint, time.time(), row) for row in rows],
            )

    def not_kept(self, rows: Sequence[int]) -> None:
        """pending -> skipped, until the source is read again."""
        words = "the source was read without its files"
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE row SET state = 'skipped', error_code = ?, error = ?"
                " WHERE id = ? AND state = 'pending'",
                [(_NOT_KEPT, words, row) for row in rows],
            )

    def tally(self) -> FilesTally:
        """How many are in the workspace, or wait to be looked for there."""
        row = self._database.one(
            "SELECT count(*), coalesce(sum(json_extract(record, '$.size')), 0) FROM row"
            " WHERE kind = 'attachment' AND state IN ('pending', 'done')"
            " AND json_extract(record, '$.sha256') IS NOT NULL"
            " AND coalesce(json_extract(record, '$.content_url'), '') NOT LIKE 'https://%'"
        )
        return FilesTally(row[0], int(row[1])) if row else FilesTally()

    def count_not_kept(self) -> tuple[int, int]:
        """How many are left out by that: of messages that are not written yet, and of others."""
        row = self._database.one(
            f"SELECT count(*) FILTER (WHERE NOT {OF_WRITTEN}), count(*) FILTER (WHERE {OF_WRITTEN})"
            f" FROM row WHERE kind = 'attachment' AND state = 'skipped' AND error_code = '{_NOT_KEPT}'"
        )
        return (row[0], row[1]) if row else (0, 0)
