"""How many writes are left, by kind: the part of the plan that only the ledger knows."""

import json
from typing import NamedTuple

from tiketti_migrate.records import KINDS, Record, parse_record
from tiketti_migrate.store.database import Database

__all__ = ["Forecast", "forecast", "wanted"]

# Lanes whose ticket can still be written: children of a failed one fail without a request.
_CHOSEN = """
WITH chosen AS (
    SELECT lane.ticket, t.state, t.record, coalesce(o.target_status, t.target_status, 'open') AS status,
        CASE WHEN o.target_status IS NOT NULL THEN o.settled_at ELSE 0 END AS set_at
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
        (m.state = 'done' AND m.settled_at > chosen.set_at))
    AND {_PUBLIC.format("m")} AND NOT {_CARRIED.format("m")})"""
_IMPLIED = f"json_extract(r.record, '$.status') = chosen.status AND NOT {_ANSWERED}"
_LANES = f"""{_CHOSEN}
SELECT {", ".join(f"count(*) FILTER (WHERE r.kind = '{kind}')" for kind in KINDS)},
    count(*) FILTER (WHERE r.kind = 'outcome' AND chosen.state <> 'pending')
FROM chosen JOIN row AS r INDEXED BY row_lane ON r.lane = chosen.ticket WHERE r.state = 'pending'
    AND NOT (r.kind = 'message' AND {_CARRIED.format("r")}) AND NOT (r.kind = 'outcome' AND {_IMPLIED})
"""

# Of several contacts with one address the first is written, so its company is needed, too.
_NEEDED = f"""{_CHOSEN},
tickets AS (SELECT record AS ticket FROM chosen WHERE state = 'pending'),
contacts AS (SELECT * FROM row WHERE kind = 'contact'
    AND source_id IN (SELECT json_extract(ticket, '$.requester_id') FROM tickets)),
labels AS (SELECT * FROM row WHERE kind = 'label'
    AND source_id IN (SELECT j.value FROM tickets, json_each(ticket, '$.label_ids') AS j)),
firsts AS (SELECT * FROM row WHERE id IN (SELECT min(d.id) FROM contacts JOIN row d ON d.kind = 'contact'
    AND d.natural_key = contacts.natural_key AND d.state = 'pending' GROUP BY d.natural_key)),
companies AS (SELECT * FROM row WHERE kind = 'company' AND source_id IN (SELECT json_extract(record,
    '$.company_id') FROM (SELECT * FROM contacts UNION SELECT * FROM firsts) WHERE state = 'pending')),
shared AS (SELECT id, kind, natural_key, state, record FROM contacts
    UNION ALL SELECT id, kind, natural_key, state, record FROM labels
    UNION ALL SELECT id, kind, natural_key, state, record FROM companies)
"""

_ALL = """
WITH shared AS (SELECT id, kind, natural_key, state, record FROM row
    WHERE kind IN (SELECT value FROM json_each(:kinds)))
"""

# Several rows of one natural key become one object, and none where one of them is in the target already.
_NEW = """
 FROM shared WHERE state = 'pending' AND NOT EXISTS (SELECT 1 FROM row d WHERE d.kind = shared.kind
    AND d.natural_key = shared.natural_key AND d.state = 'done')
"""
_COUNT = f"SELECT kind, count(DISTINCT coalesce(natural_key, id)) {_NEW} GROUP BY kind"
_RECORDS = f"SELECT record {_NEW} AND kind = :kind GROUP BY coalesce(natural_key, id) ORDER BY min(id)"


def wanted(database: Database, kind: str, limit: int | None, everything: bool) -> list[Record]:
    """The shared records of one kind that `forecast` counts, one for each natural key."""
    parameters = {"limit": _limit(limit), "kind": kind, "kinds": json.dumps([kind])}
    rows = database.named(f"{_ALL if everything else _NEEDED} {_RECORDS}", parameters)
    return [parse_record(row[0]) for row in rows]


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
    parameters = {"limit": _limit(limit), "kinds": json.dumps(all_of)}
    *lanes, revisited = database.named(_LANES, parameters)[0]
    shared = database.named(f"{_NEEDED} {_COUNT}", parameters)
    unused = database.named(f"{_ALL} {_COUNT}", parameters) if all_of else []
    counted = [*zip(KINDS, lanes, strict=True), *shared, *unused]
    return Forecast({kind: count for kind, count in counted if count}, revisited)


def _limit(limit: int | None) -> int:
    return limit if limit is not None else 2**62
