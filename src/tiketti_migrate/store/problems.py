"""What the last reading of the source could not make a record of, or noticed on the way."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate.store.database import Database

__all__ = ["Listed", "Problems", "forget", "note"]

# One problem stands for many records: its message counts them.
_TELLING = (
    *("LEFT_OUT", "UNKNOWN_COLUMN", "UNKNOWN_TABLE", "UNKNOWN_WORD", "GONE", "ALL_NEW", "NOTICE", "OURS"),
    *(
        "ALREADY_THERE",
        "BEFORE",
        "BOUNCES",
        "COPIES",
        "DATES",
        "DELETED",
        "DELETED_MEANWHILE",
        "DRAFTS",
        "FOLDER_LEFT_OUT",
        "FROM",
        "FROM_UNSURE",
        "SINCE",
        "UNDATED",
    ),
)


class Listed(NamedTuple):
    """A problem as it is listed."""

    code: str
    place: str
    message: str


def note(connection: sqlite3.Connection, problems: Iterable[Problem]) -> None:
    """List them; the same one again changes nothing."""
    connection.executemany(
        "INSERT OR IGNORE INTO problem (code, place, message, lost) VALUES (?, ?, ?, ?)",
        [(problem.code, problem.where, problem.message, problem.lost) for problem in problems],
    )


def forget(connection: sqlite3.Connection, *codes: str) -> None:
    """Those of some codes, or all: what is corrected in the source is no problem any more."""
    if codes:
        connection.execute(
            "DELETE FROM problem WHERE code IN (SELECT value FROM json_each(?))", (json.dumps(codes),)
        )
    else:
        connection.execute("DELETE FROM problem")


class Problems:
    """Queries over them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> Counter[str]:
        """Problems by code; what ``rule_notes`` tells is none of it."""
        return self._counted("true")

    def losing(self) -> Counter[str]:
        """Those by code because of which something stays behind."""
        return self._counted("lost > 0")

    @property
    def lost(self) -> int:
        """How many records of the source stay behind."""
        row = self._database.one("SELECT coalesce(sum(lost), 0) FROM problem")
        return int(row[0]) if row else 0

    def rule_notes(self) -> list[str]:
        """What the user's rules leave out or ask for in vain, how tables were read where that can be wrong,
        and what the source has no longer: each tells itself.
        """
        rows = self._database.all(
            "SELECT place, message FROM problem WHERE code IN (SELECT value FROM json_each(?))"
            " ORDER BY code, place",
            json.dumps(_TELLING),
        )
        return [f"{place}: {message}" if place else message for place, message in rows]

    def listing(self, limit: int = 1000) -> list[Listed]:
        """The first problems, those with a loss before the others."""
        rows = self._database.all(
            "SELECT code, place, message FROM problem ORDER BY lost = 0, code, place LIMIT ?", limit
        )
        return [Listed(*row) for row in rows]

    def losses(self) -> Iterator[Listed]:
        """All of those because of which something stays behind. The table has no number: pages go by key."""
        last = ("", "", "")
        while rows := self._database.all(
            "SELECT code, place, message FROM problem WHERE lost > 0 AND (code, place, message) > (?, ?, ?)"
            " ORDER BY code, place, message LIMIT 500",
            *last,
        ):
            yield from (Listed(*row) for row in rows)
            last = tuple(rows[-1])

    def _counted(self, condition: str) -> Counter[str]:
        rows = self._database.all(
            f"SELECT code, count(*) FROM problem WHERE {condition}"
            " AND code NOT IN (SELECT value FROM json_each(?)) GROUP BY code",
            json.dumps(_TELLING),
        )
        return Counter({row[0]: row[1] for row in rows})
