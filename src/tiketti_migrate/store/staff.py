"""Agents: never written, but matched with those who are in the target already.

A row that is done has the target's id of its agent. What a mapping file said stands in ``error``, under the
code MAPPED, or UNASSIGNED where it leaves an agent without anybody on purpose: it is asked anew when the
file says something else.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tiketti_migrate.store.database import Database

__all__ = ["AgentLoad", "Staff", "StaffMember"]

MAPPED, UNASSIGNED = "MAPPED", "UNASSIGNED"
_COLUMNS = "id, source_id, json_extract(record, '$.name') AS name, json_extract(record, '$.email') AS email"


class StaffMember(NamedTuple):
    """One agent of the source."""

    source_id: str
    name: str
    email: str | None


class AgentLoad(NamedTuple):
    """One agent of the source, and how many tickets and time entries are theirs."""

    source_id: str
    name: str
    email: str | None
    tickets: int
    time_entries: int


class Staff:
    """The agents of the source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def members(self) -> Iterator[StaffMember]:
        """All of them."""
        for row in self._database.pages(
            f"SELECT {_COLUMNS} FROM row WHERE kind = 'agent' AND id > ? ORDER BY id LIMIT ?"
        ):
            yield StaffMember(row["source_id"], row["name"], row["email"])

    def unmatched(self, limit: int | None) -> list[StaffMember]:
        """Those nobody stands for yet, although unwritten ones of the first ``limit`` tickets are theirs."""
        rows = self._database.all(
            f"SELECT {_COLUMNS} FROM row WHERE kind = 'agent' AND target_id IS NULL"
            f" AND coalesce(error_code, '') <> '{UNASSIGNED}' AND source_id IN"
            " (SELECT json_extract(t.record, '$.assignee_id') FROM lane JOIN row AS t ON t.kind = 'ticket'"
            "  AND t.source_id = lane.ticket WHERE lane.open = 1 AND lane.position <= ?"
            "  AND t.state = 'pending') ORDER BY id",
            limit if limit is not None else 2**62,
        )
        return [StaffMember(row["source_id"], row["name"], row["email"]) for row in rows]

    def match(self, targets: Mapping[str, str], said: Mapping[str, str] | None = None) -> None:
        """Target ids by source id. ``said``: the words of the mapping file that led to them, if these did."""
        rows = [
            (target, MAPPED if said is not None else None, (said or {}).get(source_id), source_id)
            for source_id, target in targets.items()
        ]
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE row SET state = 'done', target_id = ?, created = 0, error_code = ?, error = ?"
                " WHERE kind = 'agent' AND source_id = ?",
                rows,
            )

    def leave(self, said: Mapping[str, str]) -> None:
        """Nobody stands for these, on purpose."""
        with self._database.transaction() as connection:
            connection.executemany(
                f"UPDATE row SET state = 'skipped', target_id = NULL, error_code = '{UNASSIGNED}', error = ?"
                " WHERE kind = 'agent' AND source_id = ?",
                [(words, source_id) for source_id, words in said.items()],
            )

    def forget(self, said: Mapping[str, str]) -> None:
        """Whoever the mapping file tells otherwise now than before is matched anew. ``said``: its words."""
        rows = self._database.all(
            "SELECT source_id, error_code, error FROM row WHERE kind = 'agent'"
            f" AND (target_id IS NOT NULL OR error_code = '{UNASSIGNED}')"
        )
        others = [
            (source_id,)
            for source_id, code, words in rows
            if said.get(source_id) != (words if code in (MAPPED, UNASSIGNED) else None)
        ]
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE row SET state = 'skipped', target_id = NULL, error_code = NULL, error = NULL"
                " WHERE kind = 'agent' AND source_id = ?",
                others,
            )

    def load(self) -> list[AgentLoad]:
        """All of them, the busiest first."""
        tickets = self._count("ticket", "assignee_id")
        entries = self._count("time_entry", "agent_id")
        found = [
            AgentLoad(*one, tickets.get(one.source_id, 0), entries.get(one.source_id, 0))
            for one in self.members()
        ]
        return sorted(found, key=lambda agent: (-agent.tickets, -agent.time_entries, agent.name))

    def unassigned(self, state: str) -> list[tuple[str, int]]:
        """Names of those for whom nobody was found, with the number of tickets that lose them as assignee, of
        tickets in this state; the busiest first.
        """
        rows = self._database.all(
            "SELECT json_extract(a.record, '$.name'), count(*) FROM row AS t"
            " JOIN row AS a ON a.kind = 'agent' AND a.source_id = json_extract(t.record, '$.assignee_id')"
            " WHERE t.kind = 'ticket' AND t.state = ?"
            " AND coalesce(json_extract(t.record, '$.extra._assignee'), a.target_id, '') = ''"
            f" AND coalesce(a.error_code, '') <> '{UNASSIGNED}' GROUP BY 1 ORDER BY 2 DESC, 1",
            state,
        )
        return [(row[0], row[1]) for row in rows]

    def _count(self, kind: str, field: str) -> dict[str, int]:
        rows = self._database.all(
            f"SELECT json_extract(record, '$.{field}'), count(*) FROM row WHERE kind = ? GROUP BY 1", kind
        )
        return {row[0]: row[1] for row in rows if row[0] is not None}
