"""Staging: what a source yields becomes rows. Reading a source again is harmless: equal records change
nothing, and a record that changed replaces its row as long as that was not written.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence

from tiketti_migrate.api import Problem
from tiketti_migrate.records import Agent, Contact, Outcome, Record, Ticket
from tiketti_migrate.store.database import Database

__all__ = ["Staging", "reopen_outcomes", "stage"]

_UPSERT = """
INSERT INTO row (kind, source_id, lane, step, moment, natural_key, record, fingerprint, warnings)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, source_id) DO UPDATE SET
    lane = excluded.lane, step = excluded.step, moment = excluded.moment,
    natural_key = excluded.natural_key, record = excluded.record, fingerprint = excluded.fingerprint,
    before_remedy = NULL, key_before_remedy = NULL,
    state = CASE WHEN state = 'failed' THEN 'pending'
                 WHEN state = 'done' AND kind = 'outcome' THEN 'pending' ELSE state END,
    drifted = state = 'done' AND kind <> 'outcome'
WHERE excluded.fingerprint <> row.fingerprint AND row.state <> 'in-flight' AND row.lane IS excluded.lane
"""

_LANE = """
INSERT INTO lane (ticket, moment, seq) VALUES (?, ?, (SELECT coalesce(max(seq), 0) + 1 FROM lane))
ON CONFLICT (ticket) DO UPDATE SET moment = excluded.moment
"""

_SOLVED = ("resolved", "closed")


def stage(connection: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Insert or update rows inside a transaction of the caller."""
    connection.executemany(_UPSERT, [_columns(record) for record in records])


class Staging:
    """Writes what was extracted, batch by batch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, records: Sequence[Record], problems: Sequence[Problem] = (), cursor: str | None = None
    ) -> None:
        """One batch with the checkpoint that follows it, in one transaction."""
        with self._database.transaction() as connection:
            stage(connection, records)
            found = [*problems, *_misplaced(connection, records)]
            lanes = [(r.source_id, _seconds(r)) for r in records if isinstance(r, Ticket)]
            connection.executemany(_LANE, lanes)
            connection.executemany(
                "UPDATE lane SET rank = ? WHERE ticket = ?",
                [(int(r.status in _SOLVED), r.source_id) for r in records if isinstance(r, Outcome)],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO problem (code, place, message) VALUES (?, ?, ?)",
                [(problem.code, problem.where, problem.message) for problem in found],
            )
            if cursor is not None:
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('cursor', ?)", (cursor,))

    def finish(self, kinds: Iterable[str]) -> None:
        """Close the gaps that show only when everything is staged. ``kinds``: what the sink writes."""
        with self._database.transaction() as connection:
            # Whether a parent is still missing or failed shows when the load comes to them again.
            connection.execute(
                "UPDATE row SET state = 'pending', error_code = NULL, error = NULL, hint = NULL WHERE"
                " state = 'failed' AND error_code IN ('PARENT_FAILED', 'MISSING_PARENT', 'MISSING_TICKET')"
            )
            for contact in _missing_requesters(connection):
                stage(connection, [contact])
            connection.execute(
                "UPDATE row SET state = 'failed', error_code = 'MISSING_TICKET', error ="
                " 'the source has no ticket ' || lane, hint = 'import the ticket, then run retry'"
                " WHERE state = 'pending' AND lane IS NOT NULL AND kind <> 'ticket' AND NOT EXISTS"
                " (SELECT 1 FROM row t WHERE t.kind = 'ticket' AND t.source_id = row.lane)"
            )
            connection.execute(
                "UPDATE row SET state = 'skipped', error = 'the target has no such kind'"
                " WHERE state = 'pending' AND kind NOT IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(kinds)),),
            )
            reopen_outcomes(connection)
            connection.execute(
                "UPDATE lane SET open = 1 WHERE open = 0 AND EXISTS (SELECT 1 FROM row"
                " WHERE row.lane = lane.ticket AND row.state IN ('pending', 'in-flight'))"
            )


def reopen_outcomes(connection: sqlite3.Connection) -> None:
    """A public reply written later moves the ticket's status, so the outcome has to be set again after it."""
    # By the lane, whatever SQLite thinks: it would search all waiting messages for each ticket.
    connection.execute(
        "UPDATE row SET state = 'pending' WHERE kind = 'outcome' AND state = 'done' AND EXISTS"
        " (SELECT 1 FROM row AS m INDEXED BY row_lane WHERE m.lane = row.lane AND m.kind = 'message'"
        " AND m.state = 'pending' AND NOT coalesce(json_extract(m.record, '$.is_internal'), 0))"
    )


def _columns(record: Record) -> tuple[object, ...]:
    return (
        record.kind,
        record.source_id,
        record.lane,
        record.lane_step,
        _seconds(record),
        record.natural_key,
        record.model_dump_json(exclude_none=True),
        _fingerprint(record),
        json.dumps(record.warnings),
    )


def _fingerprint(record: Record) -> bytes:
    """Addresses and warnings of an unchanged object differ between two files of one source; what makes a
    record another one is its content.
    """
    content = record.model_dump_json(exclude_none=True, exclude={"origin", "warnings"})
    return hashlib.blake2b(content.encode(), digest_size=16).digest()


def _misplaced(connection: sqlite3.Connection, records: Iterable[Record]) -> list[Problem]:
    """Ids that stand in two tickets, as of tools that number per ticket: the first one stays.

    The very same record may stand elsewhere, because a person corrected its ticket.
    """
    asked = {(r.kind, r.source_id): r for r in records if r.lane is not None}
    rows = connection.execute(
        "SELECT row.kind, row.source_id, row.lane FROM json_each(?) AS asked JOIN row"
        " ON row.kind = json_extract(asked.value, '$[0]')"
        " AND row.source_id = json_extract(asked.value, '$[1]')"
        " WHERE row.lane IS NOT json_extract(asked.value, '$[2]')"
        " AND hex(row.fingerprint) <> json_extract(asked.value, '$[3]')",
        (json.dumps([(r.kind, r.source_id, r.lane, _fingerprint(r).hex().upper()) for r in asked.values()]),),
    ).fetchall()
    found = []
    for kind, source_id, lane in rows:
        where = asked[kind, source_id].origin or f"{kind} {source_id}"
        words = f"{kind} {source_id} stands in ticket {lane} already; this one was left out"
        found.append(Problem("REPEATED_ID", words, where))
    return found


def _seconds(record: Record) -> float | None:
    return record.moment.timestamp() if record.moment else None


def _missing_requesters(connection: sqlite3.Connection) -> list[Contact]:
    """Agents who asked themselves, and ids that the source names but does not hold."""
    rows = connection.execute(
        "SELECT DISTINCT json_extract(t.record, '$.requester_id') AS id, a.record AS agent FROM row t"
        " LEFT JOIN row c ON c.kind = 'contact' AND c.source_id = json_extract(t.record, '$.requester_id')"
        " LEFT JOIN row a ON a.kind = 'agent' AND a.source_id = json_extract(t.record, '$.requester_id')"
        " WHERE t.kind = 'ticket' AND c.id IS NULL"
    ).fetchall()
    return [_stand_in(str(row["id"]), row["agent"]) for row in rows]


def _stand_in(source_id: str, agent_json: str | None) -> Contact:
    if agent_json is not None:
        agent = Agent.model_validate_json(agent_json)
        warning = f"agent {agent.name} asked a ticket and becomes a contact too"
        return Contact(source_id=source_id, name=agent.name, email=agent.email, warnings=(warning,))
    warning = f"the source has no user {source_id}: a placeholder stands for the requester"
    return Contact(source_id=source_id, name=f"Unknown user {source_id}", warnings=(warning,))
