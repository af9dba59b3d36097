"""Rows that wait or failed, and that a corrected source has no longer.

Many tables name their rows by what they say: a corrected cell then is another record, and the one of the
mistake would fail for ever. What was written stays as it is.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from tiketti_migrate.api import Problem, Remade
from tiketti_migrate.store.packing import Packed
from tiketti_migrate.store.problems import note
from tiketti_migrate.store.schema import ANY_KIND

__all__ = ["begin", "saw", "settle"]

# A file of some more tickets, or of the corrected rows alone, says nothing of the rest.
_MOST = 0.5
_OF_TICKETS = ("message", "time_entry", "attachment", "outcome", "link_note")
_SKIPPED = f"{ANY_KIND} AND state = 'skipped'"


def begin(connection: sqlite3.Connection) -> None:
    """The source is read from its start: what waits is looked out for."""
    connection.execute("DELETE FROM unseen")
    connection.execute(
        "INSERT INTO unseen SELECT kind, source_id FROM row WHERE kind <> 'agent' AND"
        " (state IN ('pending', 'failed') OR state = 'skipped' AND error_code = 'GONE')"
    )
    # Also those that were written, where something of theirs waits.
    connection.execute(
        "INSERT OR IGNORE INTO unseen SELECT 'ticket', row.lane FROM unseen JOIN row"
        " ON row.kind = unseen.kind AND row.source_id = unseen.source_id WHERE row.lane IS NOT NULL"
    )
    written = connection.execute(
        "SELECT 1 FROM row WHERE kind = 'ticket' AND state = 'done' LIMIT 1"
    ).fetchone()
    reading = {"known": _tickets(connection), "read": 0, "met": written is None}
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('reading', ?)", (json.dumps(reading),))


def saw(connection: sqlite3.Connection, batch: Packed) -> None:
    """These are still in the source."""
    connection.execute(
        "UPDATE meta SET value = json_set(value, '$.read', json_extract(value, '$.read') + ?)"
        " WHERE key = 'reading'",
        (len(batch.tickets),),
    )
    _meet(connection, batch)
    if connection.execute("SELECT 1 FROM unseen LIMIT 1").fetchone() is not None:
        connection.executemany(
            "DELETE FROM unseen WHERE kind = ? AND source_id = ?", [row[:2] for row in batch.rows]
        )


def _meet(connection: sqlite3.Connection, batch: Packed) -> None:
    """Whether a ticket that was written is there again: one is enough."""
    if (
        not _reading(connection).get("met", True)
        and connection.execute(
            "SELECT 1 FROM row WHERE kind = 'ticket' AND +state = 'done' AND source_id IN"
            " (SELECT value FROM json_each(?)) LIMIT 1",
            (json.dumps([ticket for ticket, _ in batch.tickets]),),
        ).fetchone()
    ):
        connection.execute("UPDATE meta SET value = json_set(value, '$.met', 1) WHERE key = 'reading'")


def settle(connection: sqlite3.Connection, remade: Remade | None) -> None:
    """The source was read to its end. What came back waits again; what is gone is skipped.

    Whoever cannot say what is ``remade`` has ids that stay.
    """
    connection.execute(
        "UPDATE row SET state = 'pending', error_code = NULL, error = NULL, hint = NULL"
        f" WHERE {_SKIPPED} AND error_code = 'GONE' AND NOT EXISTS (SELECT 1 FROM unseen"
        " WHERE unseen.kind = row.kind AND unseen.source_id = row.source_id)"
    )
    is_wide = remade is not None and _is_wide(connection, remade.parts)
    if remade is not None and is_wide and _is_whole(connection):
        _skip(connection, remade.kinds)
    if remade is not None and "ticket" in remade.kinds:
        _tell_that_all_are_new(connection)
    connection.execute("DELETE FROM unseen")
    gone = connection.execute(
        f"SELECT kind, count(*) FROM row WHERE {_SKIPPED} AND error_code = 'GONE' GROUP BY kind"
    ).fetchall()
    words = "was not written yet, or had failed, and is no longer in the source: skipped"
    note(connection, [Problem("GONE", f"{count:,} x {kind} {words}", "", lost=0) for kind, count in gone])


def _skip(connection: sqlite3.Connection, kinds: AbstractSet[str]) -> None:
    """A contact for whom a ticket asks is no row of the source alone: it stays. What hangs on a ticket is
    gone with it, or where the ticket came again without it: of one that was not read nothing is known.
    """
    gone = (
        "UPDATE row SET state = 'skipped', error_code = 'GONE', hint = NULL,"
        " error = 'the source has it no longer' WHERE state IN ('pending', 'failed') AND id IN"
        " (SELECT r.id FROM unseen AS u JOIN row AS r ON r.kind = u.kind AND r.source_id = u.source_id"
        "  WHERE u.kind IN (SELECT value FROM json_each(?)))"
    )
    first = {kind for kind in kinds if kind not in _OF_TICKETS}
    connection.execute(gone, (json.dumps(sorted(first)),))
    connection.execute(
        f"{gone} AND (NOT EXISTS (SELECT 1 FROM unseen AS u WHERE u.kind = 'ticket' AND u.source_id = lane)"
        " OR EXISTS (SELECT 1 FROM row AS t WHERE t.kind = 'ticket' AND t.source_id = row.lane"
        "  AND t.state = 'skipped' AND t.error_code = 'GONE')"
        " OR NOT EXISTS (SELECT 1 FROM row AS t WHERE t.kind = 'ticket' AND t.source_id = row.lane))",
        (json.dumps(sorted(kinds - first)),),
    )
    connection.execute(
        "UPDATE row SET state = 'pending', error_code = NULL, error = NULL WHERE kind = 'contact'"
        " AND state = 'skipped' AND error_code = 'GONE' AND source_id IN"
        " (SELECT json_extract(t.record, '$.requester_id') FROM row AS t WHERE t.kind = 'ticket'"
        "  AND t.state IN ('pending', 'failed', 'in-flight'))"
    )


def _tell_that_all_are_new(connection: sqlite3.Connection) -> None:
    """Rows that are named by what they say, and of which not one says what it did."""
    reading = _reading(connection)
    if reading.get("met", True) or not reading["read"]:
        return
    written = connection.execute(
        "SELECT count(*) FROM row WHERE kind = 'ticket' AND state = 'done'"
    ).fetchone()[0]
    words = (
        f"none of the {written:,} tickets that were imported is in the source now, which has"
        f" {reading['read']:,}: if these are the same, written in another way, each is made a second time"
    )
    note(connection, [Problem("ALL_NEW", words, "", lost=0)])


def _is_whole(connection: sqlite3.Connection) -> bool:
    """Whether most of the tickets that were known came again."""
    reading = _reading(connection)
    if not reading:
        return False
    again = reading["read"] - (_tickets(connection) - reading["known"])
    return bool(again >= _MOST * reading["known"])


def _reading(connection: sqlite3.Connection) -> dict[str, Any]:
    row = connection.execute("SELECT value FROM meta WHERE key = 'reading'").fetchone()
    return json.loads(row[0]) if row else {}


def _is_wide(connection: sqlite3.Connection, parts: Sequence[str]) -> bool:
    """Whether every part that was ever read was read now, too."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'parts'").fetchone()
    known: Counter[str] = Counter(json.loads(row[0]) if row else ())
    now = Counter(parts)
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('parts', ?)", (json.dumps(sorted((known | now).elements())),)
    )
    return known <= now


def _tickets(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM lane").fetchone()[0])
