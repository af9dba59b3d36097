"""Rows and their transitions (design.md section 2). Each is a compare-and-set: a row that is not in the state
it should be in means that somebody else writes the ledger, and nothing may go on from there.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tiketti_migrate.errors import LedgerError
from tiketti_migrate.records import Record, parse_record
from tiketti_migrate.store.changes import Back, Change, Claim, Done, Doubt, Failed, Skipped, State
from tiketti_migrate.store.database import Database
from tiketti_migrate.store.files import tell, untell
from tiketti_migrate.store.staging import reopen_outcomes, stage

__all__ = ["Row", "Rows"]


class Row(NamedTuple):
    """One staged record and where its write stands. Times are Unix seconds of the target's clock."""

    id: int
    kind: str
    source_id: str
    lane: str | None
    state: State
    natural_key: str | None
    record_json: str
    mark: float | None
    doubt_mark: float | None
    doubt: str | None
    attempts: int
    carries: int | None
    target_id: str | None
    target_status: str | None
    settled_at: float | None
    unlinked_json: str | None

    @property
    def record(self) -> Record:
        """The record, parsed anew."""
        return parse_record(self.record_json)

    @property
    def unlinked(self) -> frozenset[str]:
        """See Claim."""
        return frozenset(json.loads(self.unlinked_json or "[]"))

    @classmethod
    def of(cls, row: sqlite3.Row) -> "Row":
        """From a SELECT of COLUMNS."""
        return cls._make(row)


COLUMNS = (
    "id, kind, source_id, lane, state, natural_key, record, mark, doubt_mark, doubt, attempts, carries,"
    " target_id, target_status, settled_at, unlinked"
)


# Of a text that misses no code: whether the source told of links at all.
_KNOWS_LINKS = (
    "CASE WHEN EXISTS (SELECT 1 FROM row AS n WHERE n.kind = 'link_note' AND n.source_id = row.lane)"
    " THEN '[]' END"
)


class Rows:
    """Reads rows one by one and moves them from state to state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, row: int) -> Row:
        """By ledger id. Raises LedgerError when there is none."""
        found = self._database.one(f"SELECT {COLUMNS} FROM row WHERE id = ?", row)
        if found is None:
            raise LedgerError(f"row {row} is gone from the ledger", where=str(self._database.path))
        return Row.of(found)

    def find(self, kind: str, source_id: str) -> Row | None:
        """By kind and source id."""
        found = self._database.one(
            f"SELECT {COLUMNS} FROM row WHERE kind = ? AND source_id = ?", kind, source_id
        )
        return Row.of(found) if found else None

    def first_of(self, kind: str, natural_key: str) -> Row | None:
        """The first row of a natural key that can still stand for the others."""
        found = self._database.one(
            f"SELECT {COLUMNS} FROM row WHERE kind = ? AND natural_key = ?"
            " AND state IN ('pending', 'in-flight', 'done') ORDER BY"
            " CASE state WHEN 'done' THEN 0 WHEN 'in-flight' THEN 1 ELSE 2 END, id LIMIT 1",
            kind,
            natural_key,
        )
        return Row.of(found) if found else None

    def claim(self, claims: Sequence[Claim], mark: float) -> None:
        """Mark rows as in-flight, on the disk, before their requests leave. ``mark``: server time."""
        with self._database.transaction() as connection:
            for claim in claims:
                cursor = connection.execute(
                    "UPDATE row SET state = 'in-flight', mark = ?, doubt = NULL, carries = ?,"
                    f" unlinked = coalesce(?, {_KNOWS_LINKS}), attempts = attempts + 1,"
                    " error_code = NULL, error = NULL, hint = NULL"
                    " WHERE id = ? AND state = 'pending'",
                    (mark, claim.carries, _listed(claim.unlinked), claim.row),
                )
                _expect_one(cursor.rowcount, claim.row, "pending")
                tell(connection, claim.row, claim.carries)

    def apply(self, changes: Iterable[Change], now: float) -> None:
        """All changes in one transaction, each with its event."""
        with self._database.transaction() as connection:
            for change in changes:
                _apply(connection, change, now)

    def retry(
        self, kinds: Sequence[str] = (), codes: Sequence[str] = (), only: Sequence[int] | None = None
    ) -> int:
        """failed -> pending, with the children that failed only because of their parent. Returns how many.

        ``only``: these rows, and what failed because of them.
        """
        with self._database.transaction() as connection:
            chosen = connection.execute(
                "UPDATE row SET state = 'pending', error_code = NULL, error = NULL, hint = NULL"
                " WHERE state = 'failed' AND error_code <> 'PARENT_FAILED'"
                " AND (?1 = '[]' OR kind IN (SELECT value FROM json_each(?1)))"
                " AND (?2 = '[]' OR error_code IN (SELECT value FROM json_each(?2)))"
                " AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))",
                (
                    json.dumps(list(kinds)),
                    json.dumps(list(codes)),
                    json.dumps(only) if only is not None else None,
                ),
            ).rowcount
            return chosen + _revive_children(connection)

    def correct(self, row: int, record: Record) -> None:
        """Another content for a failed row. It still counts as read from the source, so that reading the same
        source again does not bring the faulty content back, and a source that changed does replace it.
        """
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "UPDATE row SET record = ?, natural_key = ?, lane = ?, step = ?, moment = ?,"
                " before_remedy = NULL, key_before_remedy = NULL WHERE id = ? AND state = 'failed'",
                (
                    record.model_dump_json(exclude_none=True),
                    record.natural_key,
                    record.lane,
                    record.lane_step,
                    record.moment.timestamp() if record.moment else None,
                    row,
                ),
            )
            _expect_one(cursor.rowcount, row, "failed")
            connection.execute(
                "UPDATE lane SET moment = (SELECT moment FROM row WHERE id = ?1)"
                " WHERE ticket = (SELECT source_id FROM row WHERE id = ?1 AND kind = 'ticket')",
                (row,),
            )

    def unfail(self, rows: Sequence[int]) -> None:
        """failed -> pending for rows whose refusal says nothing about themselves (no access at all), and for
        what failed only because of them.
        """
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE row SET state = 'pending', error_code = NULL, error = NULL, hint = NULL"
                " WHERE state = 'failed' AND id = ?",
                [(row,) for row in rows],
            )
            _revive_children(connection)


# First the tickets of requesters that are tried again, then what belongs to tickets.
_CHILDREN = (
    "kind = 'ticket' AND (SELECT c.state FROM row c WHERE c.kind = 'contact'"
    " AND c.source_id = json_extract(row.record, '$.requester_id')) <> 'failed'",
    "kind <> 'ticket' AND (SELECT t.state FROM row t WHERE t.kind = 'ticket'"
    " AND t.source_id = row.lane) <> 'failed'",
)


def _revive_children(connection: sqlite3.Connection) -> int:
    revived = 0
    for condition in _CHILDREN:
        revived += connection.execute(
            "UPDATE row SET state = 'pending', error_code = NULL, error = NULL, hint = NULL"
            f" WHERE state = 'failed' AND error_code = 'PARENT_FAILED' AND {condition}"
        ).rowcount
    reopen_outcomes(connection)
    connection.execute(
        "UPDATE lane SET open = 1 WHERE ticket IN"
        " (SELECT lane FROM row WHERE state = 'pending' AND kind <> 'link_note')"
    )
    return revived


def _apply(connection: sqlite3.Connection, change: Change, now: float) -> None:
    match change:
        case Done():
            _done(connection, change, now)
        case Failed():
            cursor = connection.execute(
                "UPDATE row SET state = 'failed', error_code = ?, error = ?, hint = ?, settled_at = ?,"
                " doubt = NULL, doubt_mark = NULL, unlinked = NULL, record = coalesce(before_remedy, record),"
                " natural_key ="
                " CASE WHEN before_remedy IS NULL THEN natural_key ELSE key_before_remedy END,"
                " before_remedy = NULL, key_before_remedy = NULL WHERE id = ? AND state = ?",
                (change.code, change.message, change.hint, now, change.row, change.origin),
            )
            _expect_one(cursor.rowcount, change.row, change.origin)
            untell(connection, change.row)
            _event(connection, now, change.row, "create", "failed", f"{change.code}: {change.message}")
        case Back():
            _back(connection, change)
            _event(connection, now, change.row, "create", "pending", change.reason)
        case Doubt():
            cursor = connection.execute(
                "UPDATE row SET doubt = ?, doubt_mark = coalesce(doubt_mark, mark)"
                " WHERE id = ? AND state = 'in-flight'",
                (change.doubt, change.row),
            )
            _expect_one(cursor.rowcount, change.row, "in-flight")
            _event(connection, now, change.row, "create", "in-doubt", change.reason)
        case Skipped():
            cursor = connection.execute(
                "UPDATE row SET state = 'skipped', error = ? WHERE id = ? AND state = 'pending'",
                (change.reason, change.row),
            )
            _expect_one(cursor.rowcount, change.row, "pending")


def _done(connection: sqlite3.Connection, change: Done, now: float) -> None:
    settled = connection.execute(
        "UPDATE row SET state = 'done', target_id = ?, created = ?, target_code = ?, target_status = ?,"
        " settled_at = ?, settled_no = (SELECT coalesce(max(id), 0) + 1 FROM event), doubt = NULL,"
        " doubt_mark = NULL, carries = coalesce(?, carries), carried = max(carried, ?),"
        " unlinked = coalesce(?, unlinked) WHERE id = ? AND state = ? RETURNING carries",
        (
            change.target_id,
            change.created,
            change.code,
            change.status,
            now,
            change.carries,
            change.carried,
            None if change.unlinked is None else json.dumps(change.unlinked),
            change.row,
            change.origin,
        ),
    ).fetchall()
    _expect_one(len(settled), change.row, change.origin)
    if settled[0][0] is not None:
        connection.execute(
            "UPDATE row SET state = 'done', created = ?, carried = 1, settled_at = ?,"
            " unlinked = (SELECT t.unlinked FROM row AS t WHERE t.id = ?)"
            " WHERE id = ? AND state = 'pending'",
            (change.created, now, change.row, settled[0][0]),
        )
    if change.action == "adopt":
        tell(connection, change.row, change.carries)
    if change.noted:
        connection.execute(
            "UPDATE row SET record = json_patch(record, ?) WHERE id = ?",
            (json.dumps({"extra": dict(change.noted)}), change.row),
        )
    for warning in change.warnings:
        _warn(connection, change.row, warning)
    _event(connection, now, change.row, change.action, "done", None, change.target_id)


def _back(connection: sqlite3.Connection, change: Back) -> None:
    # An attempt that was never answered is remembered until the row is settled: if its object turns up
    # later, it is ours.
    cursor = connection.execute(
        "UPDATE row SET state = 'pending', doubt = NULL,"
        " doubt_mark = CASE WHEN ?1 THEN coalesce(doubt_mark, mark) ELSE doubt_mark END,"
        " unlinked = CASE WHEN ?1 OR doubt_mark IS NOT NULL THEN unlinked END"
        " WHERE id = ?2 AND state = 'in-flight'",
        (change.attempted, change.row),
    )
    _expect_one(cursor.rowcount, change.row, "in-flight")
    untell(connection, change.row)
    if change.record is not None:
        _remedy(connection, change, change.record)
    stage(connection, change.more)
    if change.warning:
        _warn(connection, change.row, change.warning)


def _remedy(connection: sqlite3.Connection, change: Back, record: Record) -> None:
    """The row, or the message that it carries, in another form.

    A form of several records cannot be taken back: the others stay.
    """
    if not change.more:
        connection.execute(
            "UPDATE row SET before_remedy = record, key_before_remedy = natural_key"
            " WHERE id = ? AND kind = ? AND before_remedy IS NULL",
            (change.row, record.kind),
        )
    connection.execute(
        "UPDATE row SET record = ?, natural_key = ? WHERE kind = ?"
        " AND id IN (?, (SELECT carries FROM row WHERE id = ?))",
        (
            record.model_dump_json(exclude_none=True),
            record.natural_key,
            record.kind,
            change.row,
            change.row,
        ),
    )


def _listed(source_ids: Sequence[str]) -> str | None:
    return json.dumps(source_ids) if source_ids else None


def _warn(connection: sqlite3.Connection, row: int, warning: str) -> None:
    connection.execute(
        "UPDATE row SET warnings = json_insert(warnings, '$[#]', ?) WHERE id = ?", (warning, row)
    )


def _event(
    connection: sqlite3.Connection,
    now: float,
    row: int,
    action: str,
    result: str,
    detail: str | None,
    target_id: str | None = None,
) -> None:
    connection.execute(
        "INSERT INTO event (at, row_id, action, result, target_id, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (now, row, action, result, target_id, detail),
    )


def _expect_one(changed: int, row: int, state: str) -> None:
    if changed != 1:
        raise LedgerError(
            f"row {row} is no longer {state}: another program changed the ledger",
            hint="run one tiketti-migrate at a time on a workspace",
        )
