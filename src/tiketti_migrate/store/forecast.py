"""How many writes are left, by kind: the part of the plan that only the ledger knows."""

from typing import NamedTuple

from tiketti_migrate.records import KINDS, Record, parse_record
from tiketti_migrate.store.database import Database
from tiketti_migrate.store.links import count_notes

__all__ = ["Forecast", "Placeholders", "forecast", "needed", "placeholders", "wanted"]

_EXAMPLES = 3

# Lanes whose ticket can still be written: children of a failed one fail without a request.
_CHOSEN = """
WITH chosen AS (
    SELECT lane.ticket, t.state, t.record, coalesce(o.target_status, t.target_status, 'open') AS status,
        CASE WHEN o.target_status IS NOT NULL THEN o.settled_no ELSE 0 END AS set_no
    FROM lane JOIN row t ON t.kind = 'ticket' AND t.source_id = lane.ticket
    LEFT JOIN row o ON o.kind = 'outcome' AND o.source_id = lane.ticket
    LEFT JOIN row c ON c.kind = 'contact' AND c.source_id = json_extract(t.record, '$.requester_id')
    WHERE lane.open = 1 AND lane.position <= :limit AND t.state IN ('pending', 'in-flight', 'done')
        AND (t.state <> 'pending' OR c.state IN ('pending', 'in-flight', 'done')))
"""

# A message that the ticket takes along as its description costs no request of its own, and neither does the
# outcome of a ticket that has its status already, unless a public reply may have moved it. Each lane is
# looked at by itself: kept together, the lanes of a large account would need memory.
_PUBLIC = "NOT coalesce(json_extract({0}.record, '$.is_internal'), 0)"
_FIRST = """(SELECT f.id FROM row AS f INDEXED BY row_lane WHERE f.lane = chosen.ticket AND f.kind = 'message'
    ORDER BY f.step, f.moment, f.id LIMIT 1)"""
_CARRIED = f"""({{0}}.carried OR
    (chosen.state = 'pending' AND {{0}}.state = 'pending' AND {_PUBLIC} AND {{0}}.id = {_FIRST}))"""
_ANSWERED = f"""EXISTS (SELECT 1 FROM row AS m INDEXED BY row_lane WHERE m.lane = chosen.ticket
    AND m.kind = 'message' AND (m.state IN ('pending', 'in-flight') OR
        (m.state = 'done' AND m.settled_no > chosen.set_no))
    AND {_PUBLIC.format("m")} AND NOT {_CARRIED.format("m")})"""
_IMPLIED = f"json_extract(r.record, '$.status') = chosen.status AND NOT {_ANSWERED}"
_LANES = f"""{_CHOSEN}
SELECT {", ".join(f"count(*) FILTER (WHERE r.kind = '{kind}')" for kind in KINDS)},
    count(*) FILTER (WHERE r.kind = 'outcome' AND chosen.state <> 'pending')
FROM chosen JOIN row AS r INDEXED BY row_lane ON r.lane = chosen.ticket WHERE r.state = 'pending'
    AND r.kind <> 'link_note' AND NOT (r.kind = 'message' AND {_CARRIED.format("r")})
    AND NOT (r.kind = 'outcome' AND {_IMPLIED})
"""

# Of several contacts with one address the first is written, so its company is needed, too.
_FIRST_CONTACT = """(SELECT min(d.id) FROM row d WHERE d.kind = 'contact' AND d.natural_key = c.natural_key
    AND +d.state = 'pending')"""
_BY_REQUESTER = "c.source_id = json_extract(chosen.record, '$.requester_id')"
_NEEDED = {
    "contact": f"JOIN row c ON c.kind = 'contact' AND {_BY_REQUESTER} JOIN row s ON s.id = c.id",
    # In this order: left to itself, SQLite reads all labels for each ticket.
    "label": "CROSS JOIN json_each(chosen.record, '$.label_ids') AS j"
    " CROSS JOIN row s ON s.kind = 'label' AND s.source_id = j.value",
    "company": f"JOIN row c ON c.kind = 'contact' AND {_BY_REQUESTER} AND c.state = 'pending'"
    f" JOIN row f ON f.id IN (c.id, {_FIRST_CONTACT})"
    " JOIN row s ON s.kind = 'company' AND s.source_id = json_extract(f.record, '$.company_id')",
}

# Several rows of one natural key become one object, and none where one of them is in the target already.
# The + keeps the search by key: one by state would read all that is pending for each ticket.
_NEW = """+s.state = 'pending' AND NOT EXISTS (SELECT 1 FROM row d
    WHERE d.kind = s.kind AND d.natural_key = s.natural_key AND d.state = 'done')"""
_COUNT = "SELECT count(DISTINCT coalesce(s.natural_key, s.id))"


def _shared(what: str, kind: str, everything: bool) -> str:
    """Asks ``what`` of the rows of a shared kind that are to be written."""
    if everything:
        return f"{what} FROM row s WHERE s.kind = '{kind}' AND {_NEW}"
    return f"{_CHOSEN} {what} FROM chosen {_NEEDED[kind]} WHERE chosen.state = 'pending' AND {_NEW}"


def needed(database: Database, kind: str) -> int:
    """How many of a shared kind are to be written that tickets need, whatever else is."""
    parameters = {"limit": _limit(None)}
    return int(database.named(_shared(_COUNT, kind, everything=False), parameters)[0][0])


def wanted(database: Database, kind: str, limit: int | None, everything: bool) -> list[Record]:
    """The shared records of one kind that `forecast` counts, one for each natural key."""
    first_ones = f"{_shared('SELECT min(s.id)', kind, everything)} GROUP BY coalesce(s.natural_key, s.id)"
    rows = database.named(
        f"SELECT record FROM row WHERE id IN ({first_ones}) ORDER BY id", {"limit": _limit(limit)}
    )
    return [parse_record(row[0]) for row in rows]


class Placeholders(NamedTuple):
    """How many contacts without an address are to be written, and the first of them."""

    number: int
    examples: list[Record]


def placeholders(database: Database, limit: int | None, everything: bool) -> Placeholders:
    """Of those that `forecast` counts."""
    nameless = f"{_shared('SELECT DISTINCT s.id AS id', 'contact', everything)} AND s.natural_key IS NULL"
    parameters = {"limit": _limit(limit), "most": _EXAMPLES}
    count = database.named(f"SELECT count(*) FROM ({nameless})", parameters)[0][0]
    rows = database.named(
        f"SELECT record FROM row WHERE id IN ({nameless}) ORDER BY id LIMIT :most", parameters
    )
    return Placeholders(count, [parse_record(row[0]) for row in rows])


class Forecast(NamedTuple):
    """Writes still to be made, by kind. ``revisited``: how many of the outcomes are of tickets that were
    written by an earlier run, and may have been changed by people since.
    """

    writes: dict[str, int]
    revisited: int


def forecast(database: Database, limit: int | None, all_of: tuple[str, ...]) -> Forecast:
    """For the first ``limit`` tickets and what they need.

    ``all_of``: the shared kinds of which also those that no ticket needs are written.
    """
    parameters = {"limit": _limit(limit)}
    *lanes, revisited = database.named(_LANES, parameters)[0]
    shared = {
        kind: database.named(_shared(_COUNT, kind, kind in all_of), parameters)[0][0] for kind in _NEEDED
    }
    notes = {"link_note": count_notes(database, limit)}
    writes: dict[str, int] = {**dict(zip(KINDS, lanes, strict=True)), **shared, **notes}
    return Forecast({kind: count for kind, count in writes.items() if count}, revisited)


def _limit(limit: int | None) -> int:
    return limit if limit is not None else 2**62
