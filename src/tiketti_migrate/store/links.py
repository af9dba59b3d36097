"""Links between tickets: the codes a text can bear, those it was sent without, and the notes that tell them.

``unlinked`` of a row that was sent, or may have been: the linked tickets whose codes are not in its text. It
is NULL where nothing was known of links at that time: the source was read without them, or an earlier
release wrote the text. Such a text bears no code of what its ticket's note names and no message knows of.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from tiketti_migrate.store.database import Database
from tiketti_migrate.store.rows import COLUMNS, Row

__all__ = ["LinkedTicket", "Links", "count_notes"]

_UNSETTLED = "IN ('pending', 'in-flight')"
_BEGUN = "kind = 'link_note' AND state = 'in-flight'"
_READY = f"""kind = 'link_note' AND state {_UNSETTLED}
    AND source_id IN (SELECT ticket FROM lane WHERE position <= :limit)
    AND NOT EXISTS (SELECT 1 FROM row AS m INDEXED BY row_lane WHERE m.lane = row.lane AND m.id <> row.id
        AND m.state {_UNSETTLED})"""
_OF_LANE = "row AS m INDEXED BY row_lane ON m.lane ="
# What the note of a ticket lists as ``listed``, and a text of it was written without knowing of.
_UNKNOWN = """EXISTS (SELECT 1 FROM row AS m INDEXED BY row_lane WHERE m.lane = {0} AND m.kind = 'message'
        AND m.state IN ('done', 'in-flight') AND m.unlinked IS NULL)
    AND NOT EXISTS (SELECT 1 FROM row AS m INDEXED BY row_lane, json_each(m.record, '$.links') AS link
        WHERE m.lane = {0} AND m.kind = 'message' AND link.value = listed.value)"""


class LinkedTicket(NamedTuple):
    """A ticket that others link to. ``settled_no``: see schema; ``will_come``: a load still writes it."""

    source_id: str
    row: int
    position: int
    code: str | None
    settled_no: int
    will_come: bool


class Links:
    """What a load asks about links. Lanes without a note are never looked at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_settled(self) -> int:
        """The number of what was settled last: what has a higher one was settled since."""
        row = self._database.one("SELECT coalesce(max(id), 0) FROM event")
        return int(row[0]) if row else 0

    def position(self, ticket: str | None) -> int:
        """The place of a lane among all, as arranged last."""
        row = self._database.one("SELECT position FROM lane WHERE ticket = ?", ticket)
        return (row[0] or 0) if row else 0

    def tickets(self, source_ids: Iterable[str]) -> list[LinkedTicket]:
        """Those of the ids that are in the ledger; ``code`` of those that are done."""
        rows = self._database.all(
            "SELECT t.source_id, t.id, coalesce(lane.position, 0), CASE WHEN t.state = 'done'"
            " THEN coalesce(t.target_code, t.target_id) END, t.settled_no,"
            f" lane.open = 1 AND t.state {_UNSETTLED} FROM (SELECT DISTINCT value FROM json_each(?)) AS asked"
            " JOIN row AS t ON t.kind = 'ticket' AND t.source_id = asked.value"
            " JOIN lane ON lane.ticket = t.source_id",
            json.dumps(list(source_ids)),
        )
        return [LinkedTicket._make(row) for row in rows]

    def codes(self, source_ids: Iterable[str]) -> dict[str, str]:
        """By source id, of those that are done."""
        return {one.source_id: one.code for one in self.tickets(source_ids) if one.code is not None}

    def untold(self, ticket: str) -> set[str]:
        """Source ids of the tickets whose codes are missing in the texts of a ticket as they were sent."""
        rows = self._database.all(
            "SELECT value FROM row AS m INDEXED BY row_lane, json_each(m.unlinked)"
            " WHERE m.lane = ?1 AND m.kind = 'message' AND m.state = 'done' AND m.unlinked IS NOT NULL"
            " UNION SELECT listed.value FROM row AS n, json_each(n.record, '$.ticket_ids') AS listed"
            f" WHERE n.kind = 'link_note' AND n.source_id = ?1 AND {_UNKNOWN.format('?1')}",
            ticket,
        )
        return {row[0] for row in rows}

    def notes(self, after: int, size: int, limit: int | None, *, begun: bool = False) -> list[Row]:
        """Those that are not settled, of the first ``limit`` tickets, where all else of the ticket is.

        ``begun``: those on the way, of all tickets.
        """
        rows = self._database.named(
            f"SELECT {COLUMNS} FROM row WHERE {_BEGUN if begun else _READY} AND id > :after"
            " ORDER BY id LIMIT :size",
            {"after": after, "size": size, "limit": _limit(limit)},
        )
        return [Row.of(row) for row in rows]

    def count(self, limit: int | None, *, begun: bool = False) -> int:
        """How many `notes` there are."""
        rows = self._database.named(
            f"SELECT count(*) FROM row WHERE {_BEGUN if begun else _READY}", {"limit": _limit(limit)}
        )
        return int(rows[0][0])

    def skip_needless(self, limit: int | None) -> None:
        """pending -> skipped for notes of tickets that were written with all codes in their texts."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE row SET state = 'skipped', error = 'its ticket was written with the new numbers'"
                f" WHERE {_READY} AND state = 'pending' AND doubt_mark IS NULL"
                " AND EXISTS (SELECT 1 FROM row AS t WHERE t.kind = 'ticket' AND t.source_id = row.source_id"
                "  AND +t.state = 'done') AND NOT EXISTS (SELECT 1 FROM row AS m INDEXED BY row_lane,"
                "  json_each(m.unlinked) WHERE m.lane = row.lane AND m.id <> row.id) AND NOT EXISTS"
                "  (SELECT 1 FROM json_each(row.record, '$.ticket_ids') AS listed"
                f"  WHERE {_UNKNOWN.format('row.lane')})",
                {"limit": _limit(limit)},
            )


# A ticket is in the target when the load has ended if it is done, or one of those that it writes.
_WRITTEN = """({0}.state = 'done' OR lane_{0}.open = 1 AND lane_{0}.position <= :limit AND (
    {0}.state = 'in-flight' OR {0}.state = 'pending' AND EXISTS (SELECT 1 FROM row AS c
        WHERE c.kind = 'contact' AND c.source_id = json_extract({0}.record, '$.requester_id')
        AND +c.state IN ('pending', 'in-flight', 'done'))))"""
_LATER = f"(lane_o.open = 1 AND lane_o.position > :limit AND o.state {_UNSETTLED})"
_LINKED = """LEFT JOIN row AS o ON o.kind = 'ticket' AND o.source_id = {0}
    LEFT JOIN lane AS lane_o ON lane_o.ticket = {0}"""
# The text that a ticket took along in an attempt that may still turn up: the ticket's row knows of its links.
_TAKEN_ALONG = "(t.carries = m.id AND (t.state = 'in-flight' OR t.doubt_mark IS NOT NULL))"
_NOTES = f"""
WITH note AS (
    SELECT n.source_id AS ticket, n.record, lane_t.position, lane_t.open, t.id AS ticket_row
    FROM row AS n JOIN row AS t ON t.kind = 'ticket' AND t.source_id = n.source_id
    JOIN lane AS lane_t ON lane_t.ticket = n.source_id
    WHERE n.kind = 'link_note' AND n.state = 'pending' AND lane_t.position <= :limit
        AND {_WRITTEN.format("t")}
), untold AS (
    SELECT note.ticket, left_out.value AS id FROM note JOIN {_OF_LANE} note.ticket,
        json_each(m.unlinked) AS left_out WHERE m.unlinked IS NOT NULL AND m.kind <> 'link_note'
    UNION
    SELECT note.ticket, link.value FROM note JOIN row AS t ON t.id = note.ticket_row
        JOIN {_OF_LANE} note.ticket, json_each(m.record, '$.links') AS link {_LINKED.format("link.value")}
    WHERE note.open AND m.kind = 'message' AND m.state = 'pending' AND m.doubt_mark IS NULL
        AND link.value <> note.ticket AND NOT coalesce({_TAKEN_ALONG}, 0)
        AND NOT coalesce(o.state = 'done' OR lane_o.position < note.position AND {_WRITTEN.format("o")}, 0)
    UNION
    SELECT note.ticket, listed.value FROM note, json_each(note.record, '$.ticket_ids') AS listed
    WHERE {_UNKNOWN.format("note.ticket")}
    INTERSECT
    SELECT note.ticket, listed.value FROM note, json_each(note.record, '$.ticket_ids') AS listed
)
SELECT count(*) FROM (
    SELECT 1 FROM untold {_LINKED.format("untold.id")} GROUP BY untold.ticket
    HAVING max(coalesce({_LATER}, 0)) = 0 AND max(coalesce({_WRITTEN.format("o")}, 0)) = 1
)
"""


def count_notes(database: Database, limit: int | None) -> int:
    """How many closing notes a load of the first ``limit`` tickets will write."""
    if database.one("SELECT 1 FROM row WHERE kind = 'link_note' AND state = 'pending' LIMIT 1") is None:
        return 0
    return int(database.named(_NOTES, {"limit": _limit(limit)})[0][0])


def _limit(limit: int | None) -> int:
    return limit if limit is not None else 2**62
