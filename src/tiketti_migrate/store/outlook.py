"""What a load will make of what is staged, beyond its number of writes: merges, failures, losses."""

import json
from dataclasses import dataclass

from tiketti_migrate.store.choices import LEFT_BY_CHOICE
from tiketti_migrate.store.database import Database
from tiketti_migrate.store.schema import BY_THE_SOURCE

__all__ = ["Failing", "Loss", "Merge", "Outlook"]


@dataclass(frozen=True)
class Merge:
    """Records of the source that become one object, because the target keeps ``key`` once."""

    kind: str
    key: str
    source_ids: tuple[str, ...]


@dataclass(frozen=True)
class Failing:
    """``count`` records of a kind that cannot be written, for the same ``code``; ``message`` is one's."""

    kind: str
    code: str
    message: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Loss:
    """``count`` records of a kind that hold ``what``, for which the target has no place."""

    kind: str
    what: str
    count: int


class Outlook:
    """Queries over what is staged."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def merges(self, limit: int) -> tuple[int, list[Merge]]:
        """How many keys are shared by several records, and the first of them, the largest first."""
        grouped = (
            " FROM row WHERE kind IN ('contact', 'company', 'label') AND natural_key IS NOT NULL"
            " AND state IN ('pending', 'in-flight', 'done') GROUP BY kind, natural_key HAVING count(*) > 1"
        )
        total = self._database.one(f"SELECT count(*) FROM (SELECT 1 {grouped})")
        rows = self._database.all(
            f"SELECT kind, natural_key, json_group_array(source_id) {grouped}"
            " ORDER BY count(*) DESC, kind, natural_key LIMIT ?",
            limit,
        )
        merges = [Merge(row[0], row[1], tuple(json.loads(row[2]))) for row in rows]
        return (total[0] if total else 0), merges

    def failing(self) -> list[Failing]:
        """What failed already, and what will because its parent did; the most frequent first."""
        if not self._database.one("SELECT 1 FROM row WHERE state = 'failed'"):
            return []
        rows = self._database.all(
            "WITH lost AS (SELECT source_id FROM row WHERE kind = 'ticket' AND state = 'failed'"
            " UNION SELECT t.source_id FROM row t JOIN row c ON c.kind = 'contact' AND c.state = 'failed'"
            "  AND c.source_id = json_extract(t.record, '$.requester_id')"
            "  WHERE t.kind = 'ticket' AND t.state = 'pending'),"
            " failing AS (SELECT kind, error_code AS code, error AS words, source_id FROM row"
            "  WHERE state = 'failed'"
            " UNION ALL SELECT kind, 'PARENT_FAILED', CASE kind WHEN 'ticket' THEN 'its requester'"
            "  ELSE 'its ticket' END || ' is not imported', source_id FROM row"
            "  WHERE state = 'pending' AND lane IN (SELECT source_id FROM lost))"
            " SELECT kind, code, min(words), count(*), min(source_id), max(source_id) FROM failing"
            " GROUP BY kind, code ORDER BY count(*) DESC, kind, code"
        )
        return [
            Failing(kind, code, words, count, tuple(dict.fromkeys(examples)))
            for kind, code, words, count, *examples in map(tuple, rows)
        ]

    def losses(self) -> list[Loss]:
        """Fields without a home, and kinds the target does not take.

        Ours begin with an underscore; ``_noted`` lists those that a note of the source tells.
        """
        rows = self._database.all(
            "SELECT row.kind, e.key, count(*) FROM row, json_each(row.record, '$.extra') AS e"
            " WHERE row.state <> 'skipped' AND row.kind NOT IN ('agent', 'attachment')"
            " AND e.key NOT LIKE '\\_%' ESCAPE '\\'"
            " AND e.key NOT IN (SELECT value FROM json_each(row.record, '$.extra._noted'))"
            " GROUP BY row.kind, e.key"
            " UNION ALL SELECT kind, 'all of it', count(*) FROM row"
            f" WHERE state = 'skipped' AND coalesce(error_code, '') NOT IN {BY_THE_SOURCE}"
            f" AND coalesce(error_code, '') NOT IN {LEFT_BY_CHOICE}"
            " AND coalesce(error_code, '') <> 'LINKED' AND kind <> 'agent'"
            " GROUP BY kind ORDER BY 1, 3 DESC, 2"
        )
        return [Loss(row[0], row[1], row[2]) for row in rows]

    def unknown_authors(self, limit: int) -> list[tuple[str, int]]:
        """Ids of people whom the source does not have, nor a name for, with the number of messages that are
        theirs; the most first.
        """
        rows = self._database.all(
            "SELECT author, messages FROM (SELECT json_extract(record, '$.author_id') AS author,"
            " count(*) AS messages FROM row WHERE kind = 'message' AND state <> 'skipped' AND"
            " json_extract(record, '$.author_name') IS NULL GROUP BY 1) WHERE author IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM row WHERE kind IN ('contact', 'agent') AND source_id = author)"
            " ORDER BY messages DESC, author LIMIT ?",
            limit,
        )
        return [(row[0], row[1]) for row in rows]
