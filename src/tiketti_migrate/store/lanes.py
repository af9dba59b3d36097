"""Lanes: the writes of one ticket, in order. What a load asks to know what comes next."""

from typing import Literal

from tiketti_migrate.api import Person
from tiketti_migrate.records import Message
from tiketti_migrate.store.database import Database
from tiketti_migrate.store.rows import COLUMNS, Row

__all__ = ["LaneOrder", "Lanes", "Shape"]

LaneOrder = Literal["default", "oldest", "newest", "source"]

# Unsolved tickets first, then oldest first: the order of creation is the only date order left in the target.
_ORDERS: dict[LaneOrder, str] = {
    "default": "rank, moment IS NULL, moment, seq",
    "oldest": "moment IS NULL, moment, seq",
    "newest": "moment IS NULL, moment DESC, seq DESC",
    "source": "seq",
}


# Without statistics SQLite takes a search by kind for as good as one by lane, and reads every message.
_BY_LANE = "row INDEXED BY row_lane"
_MESSAGES = ("message", "link_note")


class Shape:
    """What a lane already holds in the target."""

    def __init__(self, status: str | None, public_replies: int) -> None:
        self.status = status
        self.public_replies = public_replies


class Lanes:
    """Reads lanes in the order they are to be written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def arrange(self, order: LaneOrder) -> None:
        """Number the lanes. Those already begun keep the front, so that a limit means the same tickets, and
        those that are left out come last.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE lane SET position = p.position FROM (SELECT ticket AS t, row_number() OVER"
                " (ORDER BY (SELECT CASE WHEN state IN ('done', 'in-flight') THEN 0"
                "  WHEN state = 'skipped' THEN 2 ELSE 1 END"
                "  FROM row WHERE kind = 'ticket' AND source_id = ticket),"
                f" {_ORDERS[order]}) AS position FROM lane) AS p"
                " WHERE p.t = lane.ticket"
            )

    def count(self, limit: int | None = None) -> tuple[int, int]:
        """(lanes still open, lanes in all) among the first ``limit``."""
        row = self._database.one(
            "SELECT coalesce(sum(open), 0), count(*) FROM lane WHERE position <= ?", _limit(limit)
        )
        return (row[0], row[1]) if row else (0, 0)

    def after(self, position: int, size: int, limit: int | None = None) -> list[tuple[int, str]]:
        """The next open lanes as (position, ticket)."""
        rows = self._database.all(
            "SELECT position, ticket FROM lane WHERE open = 1 AND position > ? AND position <= ?"
            " ORDER BY position LIMIT ?",
            position,
            _limit(limit),
            size,
        )
        return [(row[0], row[1]) for row in rows]

    def close(self, tickets: list[str]) -> None:
        """Nothing is left to write in these lanes."""
        with self._database.transaction() as connection:
            connection.executemany("UPDATE lane SET open = 0 WHERE ticket = ?", [(t,) for t in tickets])

    def next_row(self, ticket: str) -> Row | None:
        """The first row of the lane that is not settled; its closing note comes after all lanes."""
        found = self._database.one(
            f"SELECT {COLUMNS} FROM row WHERE lane = ? AND state IN ('pending', 'in-flight')"
            " AND kind <> 'link_note' ORDER BY step, moment, id LIMIT 1",
            ticket,
        )
        return Row.of(found) if found else None

    def first_message(self, ticket: str) -> tuple[int, Message] | None:
        """The oldest message when it is public and unwritten: it becomes the ticket's description."""
        found = self._database.one(
            f"SELECT id, record, state FROM {_BY_LANE} WHERE lane = ? AND kind = 'message'"
            " ORDER BY moment, id LIMIT 1",
            ticket,
        )
        if found is None or found["state"] != "pending":
            return None
        message = Message.model_validate_json(found["record"])
        return None if message.is_internal else (found["id"], message)

    def carried(self, row: int) -> Message:
        """The message that a ticket already in flight took along."""
        found = self._database.one("SELECT record FROM row WHERE id = ?", row)
        assert found is not None  # a foreign key within one file
        return Message.model_validate_json(found["record"])

    def leftovers(self, kind: str, after: int, size: int) -> list[Row]:
        """Rows outside all lanes that no ticket needed."""
        rows = self._database.all(
            f"SELECT {COLUMNS} FROM row WHERE kind = ? AND state IN ('pending', 'in-flight')"
            " AND lane IS NULL AND id > ? ORDER BY id LIMIT ?",
            kind,
            after,
            size,
        )
        return [Row.of(row) for row in rows]

    def shape(self, ticket: str) -> Shape:
        """The status that we gave the ticket last, and the public replies since then."""
        found = self._database.one(
            "SELECT coalesce((SELECT o.target_status FROM row o WHERE o.kind = 'outcome'"
            " AND o.source_id = ?1), target_status), (SELECT count(*) FROM row AS m INDEXED BY row_lane"
            " WHERE m.lane = ?1 AND m.kind = 'message' AND m.state = 'done' AND m.carried = 0 AND"
            " NOT coalesce(json_extract(m.record, '$.is_internal'), 0) AND m.settled_no >"
            " coalesce((SELECT o.settled_no FROM row o WHERE o.kind = 'outcome' AND o.source_id = ?1"
            " AND o.target_status IS NOT NULL), 0))"
            " FROM row WHERE kind = 'ticket' AND source_id = ?1",
            ticket,
        )
        return Shape(found[0], found[1]) if found else Shape(None, 0)

    def known(self, kind: str, lane: str | None) -> frozenset[str]:
        """Target ids of this kind that the ledger holds under the same parent; a link note is a message."""
        source, condition = ("row", "lane IS ?") if lane is None else (_BY_LANE, "lane = ?")
        kinds = _MESSAGES if kind in _MESSAGES else (kind, kind)
        rows = self._database.all(
            f"SELECT target_id FROM {source} WHERE kind IN (?, ?) AND {condition} AND state = 'done'"
            " AND target_id IS NOT NULL",
            *kinds,
            lane,
        )
        return frozenset(row[0] for row in rows)

    def known_tickets(self, requester: str, since: float) -> frozenset[str]:
        """Target ids of the tickets marked at or after ``since`` for one contact (target id)."""
        rows = self._database.all(
            "SELECT t.target_id FROM row t JOIN row c ON c.kind = 'contact' AND"
            " c.source_id = json_extract(t.record, '$.requester_id') WHERE t.kind = 'ticket'"
            " AND t.state = 'done' AND t.target_id IS NOT NULL AND t.mark >= ? AND c.target_id = ?",
            since,
            requester,
        )
        return frozenset(row[0] for row in rows)

    def people(self, source_ids: list[str]) -> dict[str, Person]:
        """Names behind source ids; an agent's record wins over a contact's."""
        rows = self._database.all(
            "SELECT kind, source_id, json_extract(record, '$.name') AS name,"
            " json_extract(record, '$.email') AS email FROM row WHERE kind IN ('contact', 'agent')"
            f" AND source_id IN ({', '.join('?' * len(source_ids))}) ORDER BY kind DESC",
            *source_ids,
        )
        return {r["source_id"]: Person(r["name"], r["email"], r["kind"] == "agent") for r in rows}


def _limit(limit: int | None) -> int:
    return limit if limit is not None else 2**62
