"""How many writes are left, by kind: the part of the plan that only the ledger knows."""

from tiketti_migrate.store.database import Database

__all__ = ["forecast"]

# A message that the ticket takes along as its description costs no request of its own.
_LANES = """
WITH chosen AS (SELECT ticket FROM lane WHERE open = 1 AND position <= :limit),
ranked AS (
    SELECT r.lane, r.kind, r.state, r.record,
        coalesce(json_extract(r.record, '$.is_internal'), 0) AS internal,
        row_number() OVER (PARTITION BY r.lane, r.kind ORDER BY r.moment, r.id) AS place
    FROM chosen JOIN row r ON r.lane = chosen.ticket
),
unwritten AS (SELECT lane FROM ranked WHERE kind = 'ticket' AND state = 'pending'),
work AS (
    SELECT *, kind = 'message' AND place = 1 AND NOT internal AND state = 'pending'
        AND lane IN (SELECT lane FROM unwritten) AS carried
    FROM ranked
),
answered AS (SELECT DISTINCT lane FROM work WHERE kind = 'message' AND NOT carried AND NOT internal)
SELECT kind, count(*) AS writes FROM work
WHERE state = 'pending' AND NOT carried AND NOT (
    kind = 'outcome' AND json_extract(record, '$.status') = 'open'
    AND lane NOT IN (SELECT lane FROM answered)
) GROUP BY kind
"""

_NEEDED = """
WITH chosen AS (SELECT ticket FROM lane WHERE open = 1 AND position <= :limit),
tickets AS (SELECT r.record AS ticket FROM chosen
    JOIN row r ON r.kind = 'ticket' AND r.source_id = chosen.ticket
    WHERE r.state = 'pending'),
contacts AS (SELECT DISTINCT c.id, c.natural_key, c.state, json_extract(c.record, '$.company_id') AS company
    FROM tickets JOIN row c ON c.kind = 'contact' AND c.source_id = json_extract(ticket, '$.requester_id')),
labels AS (SELECT DISTINCT l.id, l.natural_key, l.state FROM tickets, json_each(ticket, '$.label_ids') AS j
    JOIN row l ON l.kind = 'label' AND l.source_id = j.value),
companies AS (SELECT DISTINCT k.id, k.natural_key, k.state FROM contacts
    JOIN row k ON k.kind = 'company' AND k.source_id = contacts.company WHERE contacts.state = 'pending')
SELECT 'contact', count(DISTINCT coalesce(natural_key, id)) FROM contacts WHERE state = 'pending'
UNION ALL SELECT 'label', count(DISTINCT coalesce(natural_key, id)) FROM labels WHERE state = 'pending'
UNION ALL SELECT 'company', count(DISTINCT coalesce(natural_key, id)) FROM companies WHERE state = 'pending'
"""

_ALL = """
SELECT kind, count(DISTINCT coalesce(natural_key, id)) FROM row
WHERE kind IN (SELECT value FROM json_each(:kinds)) AND state = 'pending' GROUP BY kind
"""


def forecast(database: Database, limit: int | None, all_of: tuple[str, ...]) -> dict[str, int]:
    """Writes still to be made, by kind, for the first ``limit`` tickets and what they need.

    ``all_of``: the shared kinds of which also those that no ticket needs are written.
    """
    parameters = {"limit": limit if limit is not None else 2**62}
    writes: dict[str, int] = {}
    for sql in (_LANES, _NEEDED):
        for row in database.named(sql, parameters):
            writes[row[0]] = row[1]
    if all_of:
        kinds = "[" + ",".join(f'"{kind}"' for kind in all_of) + "]"
        for row in database.named(_ALL, {"kinds": kinds}):
            writes[row[0]] = row[1]
    return {kind: count for kind, count in writes.items() if count}
