"""What the options of a load leave out of what is staged: contacts without an address, labels, the unused.

Rows that one run leaves out come back when the next one does not (see Ledger.unskip).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from tiketti_migrate.store.database import Database
from tiketti_migrate.store.schema import ANY_KIND

__all__ = ["LEFT_BY_CHOICE", "Choices", "LabelPrice", "LeftByChoice"]

NO_EMAIL, NOT_CHOSEN, UNUSED = "NO_EMAIL", "NOT_CHOSEN", "UNUSED"
LEFT_BY_CHOICE = f"('{NO_EMAIL}', '{NOT_CHOSEN}', '{UNUSED}')"

# A write that may still turn up in the target is not given up.
_UNWRITTEN = "state IN ('pending', 'failed') AND doubt_mark IS NULL"
# A contact whose address the target has refused has one.
_WITHOUT_EMAIL = "natural_key IS NULL AND key_before_remedy IS NULL"
# In this order, whatever SQLite thinks: each ticket once, and its labels by their ids.
_LABELS_OF_TICKETS = (
    "row AS t CROSS JOIN json_each(t.record, '$.label_ids') AS j"
    " CROSS JOIN row AS l ON l.kind = 'label' AND l.source_id = j.value"
)
_USES = (
    "SELECT l.natural_key AS name, count(*) AS uses, sum(t.state = 'pending') AS waiting"
    f" FROM {_LABELS_OF_TICKETS} WHERE t.kind = 'ticket' AND t.state IN ('pending', 'in-flight', 'done')"
    " AND l.state <> 'skipped' GROUP BY l.natural_key"
)
_MOST_USED = "ORDER BY uses DESC, name"


@dataclass(frozen=True)
class LeftByChoice:
    """``count`` records of a kind that an option leaves out, and ``reason``."""

    kind: str
    code: str
    reason: str
    count: int


@dataclass(frozen=True)
class LabelPrice:
    """The ``requests`` that the labels most in use take; ``uses``: how often tickets lack others."""

    requests: int
    uses: int


class Choices:
    """Leaves out, and counts it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def skip_without_email(self, option: str) -> None:
        """Contacts without an address that are not in the target, and the tickets they asked."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE row SET state = 'skipped', error_code = ?, error = ?, hint = NULL"
                f" WHERE kind = 'contact' AND {_UNWRITTEN} AND {_WITHOUT_EMAIL}",
                (NO_EMAIL, f"has no e-mail address: left out by {option}"),
            )
            connection.execute(
                "UPDATE row SET state = 'skipped', error_code = ?1, error = ?2, hint = NULL"
                f" WHERE {_UNWRITTEN} AND id IN (SELECT r.id FROM row AS t"
                "  JOIN row AS c ON c.kind = 'contact'"
                "  AND c.source_id = json_extract(t.record, '$.requester_id')"
                "  JOIN row AS r INDEXED BY row_lane ON r.lane = t.source_id"
                "  WHERE t.kind = 'ticket' AND t.state IN ('pending', 'failed')"
                "  AND +c.state = 'skipped' AND c.error_code = ?1)",
                (NO_EMAIL, f"its requester has no e-mail address: left out by {option}"),
            )

    def keep_labels(self, option: str, *, top: int | None = None, names: Iterable[str] = ()) -> None:
        """Of labels that are not in the target only the ``top`` most used ones, else those of ``names``
        (case-folded).
        """
        kept = (
            "SELECT value FROM json_each(?3)"
            if top is None
            else f"SELECT name FROM ({_USES} {_MOST_USED} LIMIT ?3)"
        )
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE row SET state = 'skipped', error_code = ?1, error = ?2, hint = NULL"
                f" WHERE kind = 'label' AND {_UNWRITTEN} AND natural_key NOT IN ({kept})",
                (NOT_CHOSEN, f"left out by {option}", json.dumps(list(names)) if top is None else top),
            )

    def skip_unused(self, kinds: Iterable[str]) -> None:
        """Shared rows that no ticket needed, once all tickets are written."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE row SET state = 'skipped', error_code = ?, error = 'no ticket needs it'"
                " WHERE state = 'pending' AND kind IN (SELECT value FROM json_each(?))",
                (UNUSED, json.dumps(list(kinds))),
            )

    def left_out(self) -> list[LeftByChoice]:
        """Everything that is left out so, by kind and reason; the largest first."""
        rows = self._database.all(
            f"SELECT kind, error_code, error, count(*) FROM row WHERE {ANY_KIND} AND state = 'skipped'"
            f" AND error_code IN {LEFT_BY_CHOICE} GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2"
        )
        return [LeftByChoice(*row) for row in rows]

    def label_uses_left_out(self) -> int:
        """How often tickets that are to be written bear labels that are left out."""
        return self._number(
            f"SELECT count(*) FROM {_LABELS_OF_TICKETS} WHERE t.kind = 'ticket' AND t.state = 'pending'"
            f" AND l.state = 'skipped' AND l.error_code = '{NOT_CHOSEN}'"
        )

    def label_price(self, most: int) -> LabelPrice:
        """Of keeping the ``most`` used ones; by many more than there are: of all that are used."""
        row = self._database.one(
            f"WITH uses AS ({_USES}), known AS (SELECT natural_key AS name, max(state = 'pending')"
            " AND NOT max(state = 'done') AS is_new FROM row WHERE kind = 'label' AND state <> 'skipped'"
            " GROUP BY natural_key), ranked AS (SELECT waiting, is_new, row_number() OVER"
            f" ({_MOST_USED}) AS place FROM uses JOIN known USING (name))"
            " SELECT coalesce(sum(is_new) FILTER (WHERE place <= ?1), 0),"
            " coalesce(sum(waiting) FILTER (WHERE is_new AND place > ?1), 0) FROM ranked",
            most,
        )
        return LabelPrice(*row) if row else LabelPrice(0, 0)

    def tickets_without_email(self) -> int:
        """Tickets to be written that somebody without an address asked."""
        return self._number(
            "SELECT count(*) FROM row AS t JOIN row AS c ON c.kind = 'contact'"
            " AND c.source_id = json_extract(t.record, '$.requester_id') WHERE t.kind = 'ticket'"
            " AND t.state = 'pending' AND +c.state = 'pending' AND c.natural_key IS NULL"
            " AND c.key_before_remedy IS NULL"
        )

    def _number(self, sql: str) -> int:
        row = self._database.one(sql)
        return int(row[0]) if row else 0
