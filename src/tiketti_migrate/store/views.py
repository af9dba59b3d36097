"""What the ledger can tell: counts, forecasts, lists for people. Reads only."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tiketti_migrate.api import Recalled
from tiketti_migrate.records import KINDS, LinkNote, Message, Record, Ticket, parse_record
from tiketti_migrate.store import strangers
from tiketti_migrate.store.database import Database
from tiketti_migrate.store.schema import HIDDEN, SAME

__all__ = ["Changed", "Failure", "Mapped", "Preview", "Tally", "Views", "tickets_first"]

STATES = ("done", "failed", "pending", "in-flight", "skipped", "undone")


class Tally(NamedTuple):
    """Rows of one kind, for the final table. ``created`` + ``adopted`` = done."""

    kind: str
    created: int
    adopted: int
    skipped: int
    failed: int
    pending: int
    in_doubt: int


def tickets_first(tallies: Iterable[Tally]) -> list[Tally]:
    """Tickets are what the user came for."""
    return sorted(tallies, key=lambda tally: tally.kind != "ticket")


class Failure(NamedTuple):
    """One row that failed or is in doubt, with its record."""

    record: Record
    state: str
    code: str
    message: str
    hint: str | None


class Mapped(NamedTuple):
    """One line of id-map.csv."""

    kind: str
    source_id: str
    source_url: str | None
    target_id: str | None
    target_code: str | None
    created: bool
    ticket_source_id: str | None


@dataclass(frozen=True)
class Changed:
    """A record that the source tells otherwise now than it was written, or that is new there since."""

    kind: str
    source_id: str
    origin: str | None


class Preview(NamedTuple):
    """A ticket as it will be. ``text``: how its first message begins; ``messages``: how many there are."""

    source_id: str
    subject: str
    requester: str
    email: str | None
    status: str
    priority: str
    created_at: datetime | None
    labels: tuple[str, ...]
    messages: int
    text: str | None


class Views:
    """Queries over the whole ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by kind and state, every state named; kinds in the order of records.KINDS."""
        table: dict[str, dict[str, int]] = {}
        rows = self._database.all("SELECT kind, state, count(*) FROM row GROUP BY kind, state")
        found = {(row[0], row[1]): row[2] for row in rows}
        for kind in KINDS:
            if any((kind, state) in found for state in STATES):
                table[kind] = {state: found.get((kind, state), 0) for state in STATES}
        return table

    def recalled(self) -> Iterator[Recalled]:
        """All messages that are staged."""
        sql = (
            "SELECT m.source_id, m.lane, m.state = 'done' AND NOT EXISTS (SELECT 1 FROM row AS file"
            " WHERE file.kind = 'attachment' AND json_extract(file.record, '$.message_id') = m.source_id"
            " AND file.state <> 'done'), json_extract(t.record, '$.requester_id') FROM row AS m"
            " LEFT JOIN row AS t ON t.kind = 'ticket' AND t.source_id = m.lane WHERE m.kind = 'message'"
        )
        yield from (Recalled(row[0], row[1], bool(row[2]), row[3]) for row in self._database.all(sql))

    def tallies(self) -> list[Tally]:
        """For the final table, in the order of records.KINDS."""
        rows = self._database.all(
            "SELECT kind, sum(state = 'done' AND created), sum(state = 'done' AND NOT created),"
            " sum(state = 'skipped'), sum(state = 'failed'), sum(state = 'pending'),"
            " sum(state = 'in-flight') FROM row GROUP BY kind"
        )
        return sorted((Tally(*row) for row in rows), key=lambda tally: KINDS.index(tally.kind))

    def warnings(self, limit: int = 1000) -> list[tuple[str, str, str]]:
        """(kind, source id, warning) of the first warnings."""
        rows = self._database.all(
            "SELECT kind, source_id, w.value FROM row, json_each(row.warnings) AS w"
            " WHERE row.warnings <> '[]' ORDER BY row.id LIMIT ?",
            limit,
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def grouped_warnings(self, limit: int = 10_000) -> Counter[str]:
        """Equal warnings with their number, the most frequent ones."""
        rows = self._database.all(
            "SELECT w.value, count(*) FROM row, json_each(row.warnings) AS w WHERE row.warnings <> '[]'"
            " GROUP BY w.value ORDER BY count(*) DESC, w.value LIMIT ?",
            limit,
        )
        return Counter({row[0]: row[1] for row in rows})

    def warning_count(self) -> int:
        """How many warnings there are in all."""
        row = self._database.one("SELECT sum(json_array_length(warnings)) FROM row WHERE warnings <> '[]'")
        return (row[0] or 0) if row else 0

    def failures(self) -> Iterator[Failure]:
        """Rows that failed or are still in doubt."""
        for row in self._database.pages(
            "SELECT id, record, state, error_code, error, hint FROM row"
            " WHERE state IN ('failed', 'in-flight') AND id > ? ORDER BY id LIMIT ?"
        ):
            code = row["error_code"] or "IN_DOUBT"
            message = row["error"] or "sent, but whether it arrived could not be told"
            hint = row["hint"] or (None if row["error"] else "run the same command again")
            yield Failure(parse_record(row["record"]), row["state"], code, message, hint)

    def changed(self, limit: int = 1000) -> tuple[int, list[Changed]]:
        """How many records that are done the source tells otherwise now, and the first of them."""
        return self._listed(f"drifted <> {SAME} AND state = 'done'", limit)

    def strangers(self) -> int:
        """How many tickets that are done seem to be others in the source now, as their ids begin anew."""
        row = self._database.one(strangers.COUNTED)
        return strangers.count(*row) if row else 0

    def hidden(self, limit: int) -> tuple[int, list[Changed]]:
        """How many messages are public in the target but internal in the source now, and the first."""
        return self._listed(f"kind = 'message' AND drifted = {HIDDEN} AND state = 'done'", limit)

    def added(self, limit: int = 1000) -> tuple[int, list[Changed]]:
        """How many records wait that the source did not have at the last load, and the first of them.

        Tickets, and messages and time entries that come to tickets that are done.
        """
        loaded = self._database.one("SELECT value FROM meta WHERE key = 'loaded'")
        if loaded is None:
            return 0, []
        of_done = (
            "kind IN ('message', 'time_entry') AND EXISTS (SELECT 1 FROM row AS t"
            " WHERE t.kind = 'ticket' AND t.source_id = row.lane AND +t.state = 'done')"
        )
        is_new = f"id > {int(loaded[0])} AND state = 'pending'"
        # Notes on files that were fetched late are ours.
        is_new += " AND json_extract(record, '$.extra._files_of') IS NULL"
        return self._listed(f"{is_new} AND (kind = 'ticket' OR {of_done})", limit)

    def _listed(self, condition: str, limit: int) -> tuple[int, list[Changed]]:
        rows = self._database.all(
            f"SELECT kind, source_id, json_extract(record, '$.origin') FROM row WHERE {condition}"
            " ORDER BY kind <> 'ticket', id LIMIT ?",
            limit,
        )
        first = [Changed(*row) for row in rows]
        if len(first) < limit:
            return len(first), first
        count = self._database.one(f"SELECT count(*) FROM row WHERE {condition}")
        return (count[0] if count else 0), first

    def mapped(self) -> Iterator[Mapped]:
        """Every row that has its place in the target."""
        for row in self._database.pages(
            "SELECT id, kind, source_id, json_extract(record, '$.url') AS url, target_id, target_code,"
            " created, lane FROM row WHERE state = 'done' AND id > ? ORDER BY id LIMIT ?"
        ):
            yield Mapped(
                row["kind"],
                row["source_id"],
                row["url"],
                row["target_id"],
                row["target_code"],
                bool(row["created"]),
                row["lane"],
            )

    def written(self) -> Iterator[tuple[Record, str]]:
        """(record, target id) of every ticket that is done, for verification."""
        for row in self._database.pages(
            "SELECT id, record, target_id FROM row WHERE kind = 'ticket' AND state = 'done'"
            " AND id > ? ORDER BY id LIMIT ?"
        ):
            yield parse_record(row["record"]), row["target_id"]

    def lane_records(self, ticket: str) -> list[tuple[Record, str | None]]:
        """(record, target id) of what is done in one lane; a carried message has no id of its own.

        Of links only those whose codes were sent lead to a ticket.
        """
        rows = self._database.all(
            "SELECT record, target_id, unlinked FROM row"
            " WHERE lane = ? AND state = 'done' AND kind <> 'ticket' ORDER BY step, moment, id",
            ticket,
        )
        return [(_as_sent(parse_record(row[0]), row[2]), row[1]) for row in rows]

    def targets(self, kind: str, source_ids: list[str]) -> dict[str, str]:
        """Target ids by source id, of those that are done."""
        rows = self._database.all(
            "SELECT source_id, target_id FROM row WHERE kind = ? AND state = 'done'"
            " AND source_id IN (SELECT value FROM json_each(?))",
            kind,
            json.dumps(source_ids),
        )
        return {row[0]: row[1] for row in rows}

    def probes(self, count: int) -> tuple[Ticket, ...]:
        """The first unwritten tickets in load order: if they bear our token, we were here before."""
        rows = self._database.all(
            "SELECT row.record FROM lane JOIN row ON row.kind = 'ticket' AND row.source_id = lane.ticket"
            " WHERE row.state = 'pending' AND row.attempts = 0 ORDER BY lane.position LIMIT ?",
            count,
        )
        return tuple(Ticket.model_validate_json(row[0]) for row in rows)

    def ticket_span(self) -> tuple[datetime | None, datetime | None]:
        """When the first and the last ticket were made in the source."""
        row = self._database.one("SELECT min(moment), max(moment) FROM lane")
        first, last = (row[0], row[1]) if row else (None, None)
        return _moment(first), _moment(last)

    def preview(self, count: int) -> list[Preview]:
        """The first tickets of the source as they will be."""
        rows = self._database.all(
            "SELECT t.source_id, json_extract(t.record, '$.subject'),"
            " coalesce(json_extract(c.record, '$.name'), json_extract(t.record, '$.requester_id')),"
            " json_extract(c.record, '$.email'),"
            " json_extract(o.record, '$.status'), json_extract(t.record, '$.priority'), t.moment,"
            " json_extract(t.record, '$.label_ids'),"
            " (SELECT count(*) FROM row m WHERE m.lane = t.source_id AND m.kind = 'message'),"
            " (SELECT substr(json_extract(m.record, '$.body'), 1, 200) FROM row m WHERE m.lane = t.source_id"
            "  AND m.kind = 'message' ORDER BY m.step, m.moment, m.id LIMIT 1)"
            " FROM row t LEFT JOIN row c ON c.kind = 'contact'"
            " AND c.source_id = json_extract(t.record, '$.requester_id')"
            " LEFT JOIN row o ON o.kind = 'outcome' AND o.source_id = t.source_id"
            " WHERE t.kind = 'ticket' ORDER BY t.id LIMIT ?",
            count,
        )
        return [_preview(*row) for row in rows]

    def events(self, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """The audit log: what was written to the target, oldest first."""
        rows = self._database.all(
            "SELECT event.id, at, kind, source_id, action, result, event.target_id, detail FROM event"
            " JOIN row ON row.id = event.row_id WHERE event.id > ? ORDER BY event.id LIMIT ?",
            after,
            limit,
        )
        return [dict(row) for row in rows]


def _as_sent(record: Record, unlinked: str | None) -> Record:
    left = frozenset(json.loads(unlinked or "[]"))
    if isinstance(record, Message) and left:
        # An address that was left as it is still is one, and no part of another.
        links = {address: "" if ticket in left else ticket for address, ticket in record.links.items()}
        return record.model_copy(update={"links": links})
    if isinstance(record, LinkNote) and left:
        told = tuple(ticket for ticket in record.ticket_ids if ticket not in left)
        return record.model_copy(update={"ticket_ids": told})
    return record


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None


def _preview(*columns: Any) -> Preview:
    source_id, subject, requester, email, status, priority, moment, labels, messages, text = columns
    names = tuple(json.loads(labels)) if labels else ()
    return Preview(
        source_id,
        subject,
        requester,
        email,
        status or "open",
        priority,
        _moment(moment),
        names,
        messages,
        text,
    )
