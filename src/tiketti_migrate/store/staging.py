"""Staging: what a source yields becomes rows. Reading a source again is harmless: equal records change
nothing, and a record that changed replaces its row as long as that was not written.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple, TypeVar

import orjson
from pydantic import JsonValue

from tiketti_migrate.api import Problem, Remade
from tiketti_migrate.records import KINDS, Agent, Contact, Message, Outcome, Record, Ticket
from tiketti_migrate.store import gone, problems, renamed, strangers
from tiketti_migrate.store.columns import COLUMNS, Row
from tiketti_migrate.store.database import Database
from tiketti_migrate.store.packing import Packed, rows_of
from tiketti_migrate.store.schema import ANOTHERS, ANY_KIND, DRIFTED, HIDDEN, SAME, STRANGER

__all__ = ["Staging", "reopen_outcomes", "stage"]

_Item = TypeVar("_Item")

# SQLite works without the interpreter's lock, so that the source goes on meanwhile: some rows a statement are
# better than one. With many more, what it works on leaves the processor's cache: 1,024 rows take half as long
# again. Each size is compiled and kept, so that there should be few.
_ROWS_A_STATEMENT = (128, 16, 4, 1)


def _differs(field: str) -> str:
    return f"json_extract(excluded.record, '$.{field}') <> json_extract(row.record, '$.{field}')"


def _unless_written(*columns: str) -> str:
    keep = "CASE WHEN {0} THEN row.{1} ELSE excluded.{1} END"
    return ", ".join(f"{column} = {keep.format(_IS_WRITTEN, column)}" for column in columns)


_STAND_IN = "_stand_in"
_WAITING = "state = 'pending', error_code = NULL, error = NULL, hint = NULL"
# A row that is done holds what was written, so that it can be compared; that the source says otherwise now is
# noted, and where it does. The status can still follow the source, and agents are never written.
_IS_WRITTEN = "row.state = 'done' AND row.kind NOT IN ('outcome', 'agent')"
_IS_OTHER = "excluded.fingerprint <> row.fingerprint"
# A ticket with another subject and another day: a correction seldom changes both. Without dates who asked
# tells it.
_IS_STRANGER = (
    f"row.kind = 'ticket' AND {_differs('subject')}"
    f" AND coalesce(abs(excluded.moment - row.moment) > 86400, {_differs('requester_id')})"
)
_IS_HIDDEN = (
    "row.kind = 'message' AND coalesce(json_extract(excluded.record, '$.is_internal'), 0)"
    " > coalesce(json_extract(row.record, '$.is_internal'), 0)"
)
_UPSERT = f"""
INSERT INTO row ({{columns}}) VALUES {{values}}
ON CONFLICT (kind, source_id) DO UPDATE SET
    drifted = CASE WHEN NOT ({_IS_WRITTEN} AND {_IS_OTHER}) THEN {SAME} WHEN {_IS_STRANGER}
              THEN CASE WHEN {_differs("requester_id")} THEN {ANOTHERS} ELSE {STRANGER} END
              WHEN {_IS_HIDDEN} THEN {HIDDEN} ELSE {DRIFTED} END,
    {_unless_written("lane", "step", "moment", "natural_key", "fingerprint", "warnings")},
    record = CASE WHEN {_IS_WRITTEN}
             THEN json_set(row.record, '$.origin', json_extract(excluded.record, '$.origin'))
             ELSE excluded.record END,
    before_remedy = NULL, key_before_remedy = NULL,
    state = CASE WHEN {_IS_OTHER} AND (state = 'failed' OR state = 'done' AND kind = 'outcome')
                 THEN 'pending' ELSE state END
WHERE ({_IS_OTHER} OR row.drifted OR row.state = 'pending' AND excluded.warnings <> row.warnings)
    AND row.state <> 'in-flight' AND row.lane IS excluded.lane
"""


_LANES = """
INSERT INTO lane (ticket, moment, seq, rank) VALUES {values}
ON CONFLICT (ticket) DO UPDATE SET moment = excluded.moment
"""

_RANKS = """
UPDATE lane SET rank = new.value FROM json_each(?) AS new WHERE ticket = new.key AND rank <> new.value
"""


def stage(connection: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Insert or update rows inside a transaction of the caller."""
    _upsert(connection, rows_of(list(records)))


class Staging:
    """Writes what was extracted, batch by batch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self) -> None:
        """The source is read from its start: its problems are found anew, and what is no longer there."""
        with self._database.transaction() as connection:
            problems.forget(connection)
            strangers.release(connection)
            gone.begin(connection)

    def forget_unwritten(self) -> None:
        """Where nothing was ever written, nothing is staged either."""
        with self._database.transaction() as connection:
            if connection.execute("SELECT 1 FROM event LIMIT 1").fetchone() is None:
                for table in ("told", "row", "lane", "left_out", "unseen"):
                    connection.execute(f"DELETE FROM {table}")

    def forget_rules(self) -> None:
        """The mapping file is another one: what is left out is found anew."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM left_out")

    def add(
        self, records: Sequence[Record], noticed: Sequence[Problem] = (), cursor: str | None = None
    ) -> None:
        """One batch with the checkpoint that follows it, in one transaction."""
        batch = Packed(problems=list(noticed))
        batch.add(records)
        self.write(batch, cursor)

    def write(self, batch: Packed, cursor: str | None = None) -> None:
        """The same of a batch that was packed already."""
        with self._database.transaction() as connection:
            changed = _upsert(connection, batch.rows)
            # Whatever stands in another ticket was not changed.
            misplaced = _misplaced(connection, batch) if changed < len(batch.rows) else []
            _add_lanes(connection, batch)
            _note_left_out(connection, batch)
            gone.saw(connection, batch)
            problems.note(connection, [*batch.problems, *misplaced])
            if cursor is not None:
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('cursor', ?)", (cursor,))

    def finish(self, kinds: Iterable[str], remade: Remade | None = None) -> None:
        """Close the gaps that show only when everything is staged. ``kinds``: what the sink writes."""
        with self._database.transaction() as connection:
            _try_again(connection)
            problems.forget(connection, "GONE", "LEFT_OUT")
            for contact in _missing_requesters(connection):
                stage(connection, [contact])
            stage(connection, _missing_assignees(connection))
            _leave_out(connection)
            gone.settle(connection, remade)
            renamed.settle(connection)
            connection.execute(
                "UPDATE row SET state = 'failed', error_code = 'MISSING_TICKET', error ="
                " 'the source has no ticket ' || lane, hint = 'import the ticket, then run retry'"
                " WHERE state = 'pending' AND lane IN (SELECT lane FROM (SELECT DISTINCT lane FROM row"
                " INDEXED BY row_lane WHERE lane IS NOT NULL) WHERE NOT EXISTS"
                " (SELECT 1 FROM lane AS known WHERE known.ticket = lane))"
            )
            connection.execute(
                # Attachments are no kind of a target: whether they are fetched is decided later.
                "UPDATE row SET state = 'skipped', error = 'the target has no such kind'"
                " WHERE state = 'pending' AND kind IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted({*KINDS} - {*kinds} - {"attachment"})),),
            )
            strangers.hold(connection)
            reopen_outcomes(connection)
            connection.execute(
                "UPDATE lane SET open = 1 WHERE open = 0 AND EXISTS (SELECT 1 FROM row"
                " WHERE row.lane = lane.ticket AND row.state IN ('pending', 'in-flight')"
                " AND row.kind <> 'link_note')"
            )


def _try_again(connection: sqlite3.Connection) -> None:
    """Whether a parent is still missing or failed shows when the load comes to them again.

    A ticket that failed by itself failed with its first message, and what hangs on it failed with it: what
    waits in its lane is new or corrected.
    """
    connection.execute(
        f"UPDATE row SET {_WAITING} WHERE state = 'failed' AND kind = 'ticket' AND EXISTS (SELECT 1 FROM row"
        " AS m INDEXED BY row_lane WHERE m.lane = row.lane AND m.kind = 'message' AND m.state = 'pending')"
    )
    of_parents = "state = 'failed' AND error_code IN ('PARENT_FAILED', 'MISSING_PARENT', 'MISSING_TICKET')"
    connection.execute(
        f"UPDATE row SET {_WAITING} WHERE {of_parents} AND {ANY_KIND} AND (kind = 'ticket' OR lane IS NULL)"
    )
    connection.execute(
        f"UPDATE row SET {_WAITING} WHERE {of_parents} AND {ANY_KIND} AND NOT EXISTS (SELECT 1 FROM row AS t"
        " WHERE t.kind = 'ticket' AND t.source_id = row.lane AND t.state = 'failed')"
    )


def _note_left_out(connection: sqlite3.Connection, batch: Packed) -> None:
    """What came through now is left out no more, as after a correction in the source."""
    if connection.execute("SELECT 1 FROM left_out LIMIT 1").fetchone() is not None:
        connection.executemany(
            "DELETE FROM left_out WHERE kind = ? AND source_id = ?",
            [row[:2] for row in batch.rows],
        )
    connection.executemany(
        "INSERT OR REPLACE INTO left_out VALUES (?, ?, ?)",
        [(one.kind, one.source_id, one.by) for one in batch.left_out],
    )


def _leave_out(connection: sqlite3.Connection) -> None:
    """Unwritten rows that the rules leave out now are skipped, and those of earlier rules come back."""
    connection.execute(
        "UPDATE row SET state = 'pending', error_code = NULL, error = NULL WHERE state = 'skipped'"
        f" AND error_code = 'LEFT_OUT' AND {ANY_KIND}"
    )
    counted = connection.execute(
        "SELECT kind, place, count(*) FROM left_out WHERE place IS NOT NULL GROUP BY kind, place"
    ).fetchall()
    problems.note(
        connection,
        [
            Problem("LEFT_OUT", f"{count:,} x {kind} left out by where", place, lost=0)
            for kind, place, count in counted
        ],
    )
    connection.execute(
        "UPDATE row SET state = 'skipped', error_code = 'LEFT_OUT', hint = NULL,"
        " error = 'left out by the mapping file' WHERE state IN ('pending', 'failed') AND id IN ("
        " SELECT r.id FROM left_out AS o JOIN row AS r ON r.kind = o.kind AND r.source_id = o.source_id"
        " UNION SELECT r.id FROM left_out AS o JOIN row AS r INDEXED BY row_lane ON r.lane = o.source_id"
        " WHERE o.kind = 'ticket')"
    )


def reopen_outcomes(connection: sqlite3.Connection) -> None:
    """A public reply written later moves the ticket's status, so the outcome has to be set again after it."""
    # By the lane, whatever SQLite thinks: it would search all waiting messages for each ticket.
    connection.execute(
        "UPDATE row SET state = 'pending' WHERE kind = 'outcome' AND state = 'done' AND EXISTS"
        " (SELECT 1 FROM row AS m INDEXED BY row_lane WHERE m.lane = row.lane AND m.kind = 'message'"
        " AND m.state = 'pending' AND NOT coalesce(json_extract(m.record, '$.is_internal'), 0))"
    )


def _upsert(connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """How many rows are new or changed."""
    changed = 0
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row[0], []).append(row)
    for kind, alike in kinds.items():
        form = _FORMS.get(kind, _ANY)
        for part in _parts(alike):
            cells = list(chain.from_iterable(map(form.cells, part)))
            changed += connection.execute(_upsert_of(form, len(part)), cells).rowcount
    return changed


class _Form(NamedTuple):
    """How rows of a kind are written. ``values`` with {} for the number of each of ``cells``."""

    values: str
    cells: Callable[[Sequence[object]], tuple[object, ...]]


def _cells(*columns: str) -> Callable[[Sequence[object]], tuple[object, ...]]:
    return itemgetter(*map(COLUMNS.index, columns))


# Millions of rows are of these kinds, and every value that is not handed over saves its time.
_ANY = _Form(f"({', '.join(['?{}'] * len(COLUMNS))})", _cells(*COLUMNS))
_FORMS = {
    "ticket": _Form(
        f"('ticket', ?{{0}}, ?{{0}}, {Ticket.lane_step}, ?{{1}}, NULL, ?{{2}}, ?{{3}}, ?{{4}})",
        _cells("source_id", "moment", "record", "fingerprint", "warnings"),
    ),
    "message": _Form(
        f"('message', ?{{}}, ?{{}}, {Message.lane_step}, ?{{}}, NULL, ?{{}}, ?{{}}, ?{{}})",
        _cells("source_id", "lane", "moment", "record", "fingerprint", "warnings"),
    ),
    "outcome": _Form(
        f"('outcome', ?{{0}}, ?{{0}}, {Outcome.lane_step}, NULL, NULL, ?{{1}}, ?{{2}}, ?{{3}})",
        _cells("source_id", "record", "fingerprint", "warnings"),
    ),
}


@lru_cache(maxsize=(len(_FORMS) + 1) * len(_ROWS_A_STATEMENT))
def _upsert_of(form: _Form, rows: int) -> str:
    width = len(form.cells(COLUMNS))
    numbers = (range(1 + width * row, 1 + width * (row + 1)) for row in range(rows))
    values = ", ".join(form.values.format(*these) for these in numbers)
    return _UPSERT.format(columns=", ".join(COLUMNS), values=values)


@lru_cache(maxsize=len(_ROWS_A_STATEMENT))
def _lanes_of(rows: int) -> str:
    return _LANES.format(values=", ".join(["(?, ?, ?, ?)"] * rows))


def _parts(rows: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    start = 0
    for size in _ROWS_A_STATEMENT:
        while start + size <= len(rows):
            yield rows[start : start + size]
            start += size


def _add_lanes(connection: sqlite3.Connection, batch: Packed) -> None:
    """A lane for each new ticket, numbered as they come; and the rank of those whose outcome is known."""
    last = connection.execute("SELECT coalesce(max(seq), 0) FROM lane").fetchone()[0]
    ranks = batch.ranks
    lanes = [
        (ticket, moment, seq, ranks.get(ticket, 0))
        for seq, (ticket, moment) in enumerate(batch.tickets, last + 1)
    ]
    for part in _parts(lanes):
        connection.execute(_lanes_of(len(part)), list(chain.from_iterable(part)))
    connection.execute(_RANKS, (orjson.dumps(ranks).decode(),))


def _misplaced(connection: sqlite3.Connection, batch: Packed) -> list[Problem]:
    """Ids that stand in two tickets, as of tools that number per ticket: the first one stays.

    The very same record may stand elsewhere, because a person corrected its ticket.
    """
    asked = {
        (kind, source_id): (lane, record, fingerprint)
        for kind, source_id, lane, _, _, _, record, fingerprint, _ in batch.rows
        if lane is not None
    }
    rows = connection.execute(
        "SELECT row.kind, row.source_id, row.lane FROM json_each(?) AS asked JOIN row"
        " ON row.kind = json_extract(asked.value, '$[0]')"
        " AND row.source_id = json_extract(asked.value, '$[1]')"
        " WHERE row.lane IS NOT json_extract(asked.value, '$[2]')"
        " AND hex(row.fingerprint) <> json_extract(asked.value, '$[3]')",
        (json.dumps([(*key, lane, print_.hex().upper()) for key, (lane, _, print_) in asked.items()]),),
    ).fetchall()
    found = []
    for kind, source_id, lane in rows:
        where = json.loads(asked[kind, source_id][1]).get("origin") or f"{kind} {source_id}"
        words = f"{kind} {source_id} stands in ticket {lane} already; this one was left out"
        found.append(Problem("REPEATED_ID", words, where))
    return found


def _missing_requesters(connection: sqlite3.Connection) -> list[Contact]:
    """Agents who asked themselves, and ids that the source names but does not hold."""
    rows = connection.execute(
        "SELECT asked.id AS id, a.record AS agent FROM (SELECT DISTINCT"
        " json_extract(record, '$.requester_id') AS id FROM row WHERE kind = 'ticket') AS asked"
        " LEFT JOIN row c ON c.kind = 'contact' AND c.source_id = asked.id"
        " LEFT JOIN row a ON a.kind = 'agent' AND a.source_id = asked.id WHERE c.id IS NULL"
    ).fetchall()
    return [_stand_in(str(row["id"]), row["agent"]) for row in rows]


def _missing_assignees(connection: sqlite3.Connection) -> list[Agent]:
    """Those to whom tickets are assigned and who are no agents of the source (any more)."""
    # Meanwhile the source may tell more of them.
    connection.execute(
        "DELETE FROM row WHERE kind = 'agent' AND target_id IS NULL"
        f" AND json_extract(record, '$.extra.{_STAND_IN}')"
    )
    rows = connection.execute(
        "SELECT had.id AS id, json_extract(c.record, '$.name') AS name,"
        " json_extract(c.record, '$.email') AS email FROM (SELECT DISTINCT"
        " json_extract(record, '$.assignee_id') AS id FROM row WHERE kind = 'ticket') AS had"
        " LEFT JOIN row a ON a.kind = 'agent' AND a.source_id = had.id"
        " LEFT JOIN row c ON c.kind = 'contact' AND c.source_id = had.id WHERE a.id IS NULL AND had.id <> ''"
    ).fetchall()
    return [_former(str(row["id"]), row["name"], row["email"]) for row in rows]


def _former(source_id: str, name: str | None, email: str | None) -> Agent:
    warning = f"tickets are assigned to {name}, who is no agent in the source"
    if name is None:
        warning = f"tickets are assigned to {source_id}, whom the source does not have"
        # Tables and mapping files may have names for ids.
        is_name = " " in source_id or source_id.isalpha()
        name = source_id if is_name else f"Unknown user {source_id}"
    extra: dict[str, JsonValue] = {_STAND_IN: True}
    return Agent(source_id=source_id, name=name, email=email, extra=extra, warnings=(warning,))


def _stand_in(source_id: str, agent_json: str | None) -> Contact:
    if agent_json is not None:
        agent = Agent.model_validate_json(agent_json)
        warning = f"agent {agent.name} asked a ticket and becomes a contact too"
        return Contact(source_id=source_id, name=agent.name, email=agent.email, warnings=(warning,))
    warning = f"the source has no user {source_id}: a placeholder stands for the requester"
    return Contact(source_id=source_id, name=f"Unknown user {source_id}", warnings=(warning,))
