"""The ledger: one SQLite file, seen through the part of it that a verb needs."""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from tiketti_migrate.api import Existing
from tiketti_migrate.errors import UsageError
from tiketti_migrate.records import Record
from tiketti_migrate.store.choices import Choices
from tiketti_migrate.store.database import Database
from tiketti_migrate.store.files import Files
from tiketti_migrate.store.forecast import Forecast, Placeholders, forecast, needed, placeholders, wanted
from tiketti_migrate.store.held import Held
from tiketti_migrate.store.lanes import Lanes
from tiketti_migrate.store.links import Links
from tiketti_migrate.store.outlook import Outlook
from tiketti_migrate.store.problems import Problems
from tiketti_migrate.store.rows import Rows
from tiketti_migrate.store.schema import ANY_KIND, BY_THE_SOURCE
from tiketti_migrate.store.staff import Staff
from tiketti_migrate.store.staging import Staging
from tiketti_migrate.store.views import Views

__all__ = ["Ledger"]

# What the user's rules or the source leave out is for staging to bring back.
_BY_OPTION = (
    f"{ANY_KIND} AND state = 'skipped' AND coalesce(error_code, '') NOT IN {BY_THE_SOURCE}"
    " AND kind IN (SELECT value FROM json_each(?))"
)


class Ledger:
    """Opens or makes ``path``. See Database for the errors."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.staging = Staging(self._database)
        self.rows = Rows(self._database)
        self.lanes = Lanes(self._database)
        self.links = Links(self._database)
        self.views = Views(self._database)
        self.problems = Problems(self._database)
        self.outlook = Outlook(self._database)
        self.files = Files(self._database)
        self.held = Held(self._database)
        self.choices = Choices(self._database)
        self.staff = Staff(self._database)

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def transaction(self) -> AbstractContextManager[object]:
        """Everything inside is one commit, on the disk when the block ends."""
        return self._database.transaction()

    def bulk(self) -> AbstractContextManager[None]:
        """While a source is staged."""
        return self._database.bulk()

    def trial(self) -> AbstractContextManager[None]:
        """Everything inside is taken back at the end: what a plan finds out binds nobody."""
        return self._database.trial()

    def get(self, key: str) -> str | None:
        """A fact about the migration as a whole."""
        row = self._database.one("SELECT value FROM meta WHERE key = ?", key)
        return row[0] if row else None

    def put(self, key: str, value: str) -> None:
        """Keep a fact about the migration as a whole. Never a secret."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def note_loaded(self) -> None:
        """What is staged later is new since this load."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta SELECT 'loaded', coalesce(max(id), 0) FROM row")

    def count_requests(self, made: int) -> None:
        """Add to the number of requests made by all runs."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO meta VALUES ('requests', ?1) ON CONFLICT DO UPDATE SET value = value + ?1",
                (made,),
            )

    @property
    def source_address(self) -> str | None:
        """Where the source is, for people; None before it was chosen."""
        return self.get("source_address") or self.get("source")

    @property
    def requests(self) -> int:
        """Requests made by all runs that wrote."""
        return int(self.get("requests") or 0)

    @property
    def emails_sent(self) -> int:
        """Answers that said a customer was e-mailed."""
        return int(self.get("emails_sent") or 0)

    def pin(self, what: str, identity: str, hint: str) -> None:
        """The workspace belongs to one source and one target. Raises UsageError for another one."""
        pinned = self.get(what)
        if pinned is None:
            self.put(what, identity)
        elif pinned != identity:
            raise UsageError(f"this workspace belongs to the {what} {pinned}, not {identity}", hint=hint)

    def adopt(self, kind: str, existing: Iterable[Existing]) -> int:
        """pending -> done for rows whose natural key is in the target already. Returns how many."""
        pairs = [(e.target_id, kind, e.natural_key) for e in existing]
        with self._database.transaction() as connection:
            return connection.executemany(
                "UPDATE row SET state = 'done', target_id = ?, created = 0"
                " WHERE kind = ? AND natural_key = ? AND state = 'pending' AND attempts = 0",
                pairs,
            ).rowcount

    def unskip(self, kinds: Iterable[str]) -> None:
        """skipped -> pending: the user changed the rule, or another sink takes the kind."""
        with self._database.transaction() as connection:
            chosen = (json.dumps(list(kinds)),)
            in_lanes = connection.execute(
                f"SELECT 1 FROM row WHERE {_BY_OPTION} AND lane IS NOT NULL LIMIT 1", chosen
            ).fetchone()
            connection.execute(
                f"UPDATE row SET state = 'pending', error_code = NULL, error = NULL WHERE {_BY_OPTION}",
                chosen,
            )
            if in_lanes:
                connection.execute(
                    "UPDATE lane SET open = 1 WHERE open = 0 AND EXISTS (SELECT 1 FROM row"
                    " WHERE row.lane = lane.ticket AND row.state = 'pending')"
                )

    def forecast(self, limit: int | None, all_of: tuple[str, ...]) -> Forecast:
        """Writes still to be made (see store.forecast)."""
        return forecast(self._database, limit, all_of)

    def needed(self, kind: str) -> int:
        """How many of a shared kind tickets need (see store.forecast)."""
        return needed(self._database, kind)

    def placeholders(self, limit: int | None, *, everything: bool) -> Placeholders:
        """The contacts to be written that have no address (see store.forecast)."""
        return placeholders(self._database, limit, everything)

    def wanted(self, kind: str, limit: int | None, *, everything: bool) -> list[Record]:
        """The shared records of a kind that are to be written (see store.forecast)."""
        return wanted(self._database, kind, limit, everything)

    def close(self) -> None:
        """Close the file. Calling it twice is harmless."""
        self._database.close()
