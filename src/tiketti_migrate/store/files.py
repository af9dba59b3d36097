"""Attachments: whether their bytes are kept, and what messages tell of them.

    pending -> done (kept, its SHA-256 in the record) | failed (listed, tried again by retry) | skipped

What a message tells of its files is fixed when the message is claimed (table ``told``), since messages cannot
be changed later: sent again or verified, it must read the same whatever has been fetched meanwhile.
"""

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from tiketti_migrate.api import AttachedFile
from tiketti_migrate.errors import LedgerError
from tiketti_migrate.file_names import published_url
from tiketti_migrate.records import Attachment, Message
from tiketti_migrate.store.database import Database
from tiketti_migrate.store.staging import stage

__all__ = ["BASE_URL", "OF_WRITTEN", "Files", "FilesTally", "Mode", "Waiting", "tell", "untell"]

Mode = Literal["download", "link", "skip"]

BASE_URL = "attachment_base_url"
# The + before a state keeps a search by id from becoming one through all that wait.
_MESSAGE = "json_extract({0}.record, '$.message_id')"
# An id that is known to be a text would be compared as one, for which the index is not made.
_OF_MESSAGE = f"a.kind = 'attachment' AND {_MESSAGE.format('a')} = +m.source_id"
# Why an attachment is not fetched although nothing failed.
_LINKED, _OFF, _NO_ADDRESS, _NO_HOSTS, _NO_MESSAGE = (
    "LINKED", "ATTACHMENTS_OFF", "NO_ADDRESS", "NO_HOSTS", "NO_MESSAGE",
)  # fmt: skip
_SHOWN = f"NOT (a.state = 'skipped' AND coalesce(a.error_code, '') IN ('{_OFF}', 'LEFT_OUT', 'GONE'))"
_IS_LINKED = f"a.state = 'skipped' AND a.error_code = '{_LINKED}'"
# Several paths give JSON in which a NUL is still one; a single one would be a text that ends there.
_AS_IT_IS = f"""json_object(
    'file', json_extract(a.record, '$.filename', '$.size', '$.sha256', '$.content_url'),
    'how', CASE WHEN a.state = 'done' THEN 'kept' WHEN {_IS_LINKED} THEN 'linked' ELSE 'missing' END,
    'base', (SELECT nullif(value, '') FROM meta WHERE key = '{BASE_URL}'),
    'missing', coalesce(a.error, 'it was not fetched'))"""
# Of what is fetched anew it is expected that it is the same.
_TOLD_WHOLE = """EXISTS (SELECT 1 FROM told WHERE attachment = a.id AND json_extract(file, '$.how') = 'kept'
    AND (a.state = 'pending' OR json_extract(file, '$.file[2]') = json_extract(a.record, '$.sha256')))"""
_TOLD_AT_ALL = """EXISTS (SELECT 1 FROM told WHERE attachment = a.id
    AND json_extract(file, '$.how') IN ('kept', 'linked'))"""
# Of a row: its message is in the target.
OF_WRITTEN = f"""EXISTS (SELECT 1 FROM row AS m WHERE m.kind = 'message' AND +m.state = 'done'
    AND m.source_id = {_MESSAGE.format("row")})"""
_TOLD_OF = "EXISTS (SELECT 1 FROM told WHERE attachment = row.id)"
_WITHIN = f"""(?1 IS NULL OR EXISTS (SELECT 1 FROM row AS m JOIN lane ON lane.ticket = m.lane
    WHERE m.kind = 'message' AND m.source_id = {_MESSAGE.format("a")} AND lane.position <= ?1))"""
_URL = "json_extract(a.record, '$.content_url')"
_PAGE = 200
# 2 to the 32nd by the golden ratio: its multiples lie as far from each other as can be.
_GOLDEN = 2_654_435_761


class Waiting(NamedTuple):
    """An attachment to be fetched: its ledger id, its record, and the runs that tried it in vain."""

    row: int
    record: Attachment
    attempts: int = 0


class FilesTally(NamedTuple):
    """Attachments in one state: their number, and their bytes as far as they are known."""

    files: int = 0
    bytes: int = 0


def tell(connection: sqlite3.Connection, row: int, carries: int | None) -> None:
    """The message that is claimed, or that a claimed ticket carries, tells of its files as they are now."""
    connection.execute(
        f"INSERT OR IGNORE INTO told (message, attachment, file) SELECT m.source_id, a.id, {_AS_IT_IS}"
        f" FROM row AS m CROSS JOIN row AS a INDEXED BY row_message ON {_OF_MESSAGE} AND {_SHOWN}"
        " WHERE m.id IN (?, ?) AND +m.kind = 'message'",
        (row, carries),
    )


def untell(connection: sqlite3.Connection, row: int) -> None:
    """It was not written, so that it may tell otherwise next time, unless an attempt may still turn up."""
    connection.execute(
        "DELETE FROM told WHERE late = 0 AND message IN (SELECT source_id FROM row WHERE +kind = 'message'"
        " AND id IN (?1, (SELECT carries FROM row WHERE id = ?1)))"
        " AND (SELECT doubt_mark FROM row WHERE id = ?1) IS NULL",
        (row,),
    )


class Files:
    """Moves attachments from state to state, and reads what messages tell of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def arrange(self, mode: Mode, *, has_hosts: bool) -> None:
        """Decide of each that is not kept whether it is to be fetched; another run may decide otherwise.

        ``has_hosts``: the source says from which hosts its files may come.
        """
        has_bytes = "json_extract(record, '$.sha256') IS NOT NULL"
        url = "json_extract(record, '$.content_url')"
        waits, unsettled = "state = 'pending'", "state IN ('pending', 'failed')"
        unwritten = f"(state = 'pending' OR state = 'failed' AND NOT {OF_WRITTEN})"
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE row SET state = 'pending', error_code = NULL, error = NULL WHERE kind = 'attachment'"
                " AND state = 'skipped'"
                " AND coalesce(error_code, '') NOT IN ('LEFT_OUT', 'GONE', 'OTHER_TICKET')"
                # What a message tells already stays, unless the file itself can still come.
                f" AND (? OR NOT {OF_WRITTEN} OR NOT {_TOLD_OF})",
                (mode == "download",),
            )
            orphans = (
                "NOT EXISTS (SELECT 1 FROM row AS m WHERE m.kind = 'message' AND +m.state <> 'skipped'"
                f" AND m.source_id = {_MESSAGE.format('row')})"
            )
            _skip(connection, f"{unsettled} AND {orphans}", _NO_MESSAGE, "its message is not imported")
            if mode == "skip":
                _skip(connection, unwritten, _OFF, "left out by --attachments skip")
                return
            no_address = f"{waits} AND NOT ({has_bytes}) AND coalesce({url}, '') NOT LIKE 'https://%'"
            _skip(connection, no_address, _NO_ADDRESS, "the source gives no https:// address of it")
            if mode == "link":
                linked = f"{unwritten} AND NOT ({has_bytes})"
                _skip(connection, linked, _LINKED, "linked by --attachments link")
            elif not has_hosts:
                words = "the source does not say from which hosts its files may come"
                _skip(connection, f"{waits} AND NOT ({has_bytes})", _NO_HOSTS, words)

    def waiting(self, limit: int | None = None) -> Iterator[Waiting]:
        """Each that is to be fetched, of the first ``limit`` lanes, once, in flat memory.

        What was tried least comes first, and neighbours far from each other: those that one trouble befell
        do not stand before all others.
        """
        with self._database.transaction() as connection:
            connection.execute("DROP TABLE IF EXISTS temp.queue")
            connection.execute("CREATE TEMP TABLE queue (id INTEGER PRIMARY KEY, row INTEGER NOT NULL)")
            connection.execute(
                "INSERT INTO temp.queue (row) SELECT a.id FROM row AS a WHERE a.kind = 'attachment'"
                f" AND a.state = 'pending' AND {_WITHIN}"
                f" ORDER BY a.attempts, row_number() OVER (ORDER BY a.id) * {_GOLDEN} & 4294967295, a.id",
                (limit,),
            )
        pages = self._database.pages(
            "SELECT q.id, a.id AS row, a.record, a.attempts FROM temp.queue AS q"
            " CROSS JOIN row AS a ON a.id = q.row WHERE q.id > ? ORDER BY q.id LIMIT ?",
            _PAGE,
        )
        for found in pages:
            yield Waiting(found["row"], Attachment.model_validate_json(found["record"]), found["attempts"])

    def to_fetch(self, limit: int | None = None) -> FilesTally:
        """How many wait."""
        return self._counted(f"a.state = 'pending' AND {_WITHIN}", limit)

    def hosts(self, limit: int | None = None) -> dict[str, int]:
        """Where those that wait lie, with their number, the most frequent first."""
        rest = f"substr({_URL}, 9)"
        rows = self._database.all(
            f"SELECT substr({rest}, 1, instr({rest} || '/', '/') - 1), count(*) FROM row AS a"
            f" WHERE a.kind = 'attachment' AND a.state = 'pending' AND {_URL} IS NOT NULL AND {_WITHIN}"
            " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100",
            limit,
        )
        return {row[0]: row[1] for row in rows}

    def unlinked(self) -> int:
        """How many are kept, or will be, that no message tells of yet."""
        return self._counted(f"a.state IN ('pending', 'done') AND NOT {_TOLD_WHOLE}").files

    def tallies(self) -> dict[str, FilesTally]:
        """By state; what is linked is "linked"."""
        rows = self._database.all(
            f"SELECT CASE WHEN {_IS_LINKED} THEN 'linked' ELSE a.state END, count(*),"
            " coalesce(sum(json_extract(a.record, '$.size')), 0) FROM row AS a WHERE a.kind = 'attachment'"
            " GROUP BY 1"
        )
        return {row[0]: FilesTally(row[1], int(row[2])) for row in rows}

    def kept(self, row: int, sha256: str, size: int) -> None:
        """pending -> done. The source still says the same, so that reading it again changes nothing."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE row SET state = 'done', error_code = NULL, error = NULL, hint = NULL, settled_at = ?,"
                " record = json_set(record, '$.sha256', ?, '$.size',"
                " coalesce(json_extract(record, '$.size'), ?)) WHERE id = ? AND state = 'pending'",
                (time.time(), sha256, size, row),
            ).rowcount
            _expect_one(changed, row)

    def failed(self, row: int, code: str, message: str, hint: str | None) -> None:
        """pending -> failed."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE row SET state = 'failed', error_code = ?, error = ?, hint = ?, settled_at = ?"
                " WHERE id = ? AND state = 'pending'",
                (code, message, hint, time.time(), row),
            ).rowcount
            _expect_one(changed, row)

    def tried(self, rows: Sequence[int]) -> None:
        """In vain, but not for their own sake: they stay pending."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE row SET attempts = attempts + 1 WHERE id = ? AND state = 'pending'",
                [(row,) for row in rows],
            )

    def retry(self, codes: Sequence[str] = (), only: Sequence[int] | None = None) -> int:
        """failed -> pending. Returns how many. See Rows.retry."""
        with self._database.transaction() as connection:
            return connection.execute(
                "UPDATE row SET state = 'pending', error_code = NULL, error = NULL, hint = NULL, attempts = 0"
                " WHERE kind = 'attachment' AND state = 'failed'"
                " AND (?1 = '[]' OR error_code IN (SELECT value FROM json_each(?1)))"
                " AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2)))",
                (json.dumps(list(codes)), json.dumps(list(only)) if only is not None else None),
            ).rowcount

    def published(self) -> Iterator[Attachment]:
        """Those that are kept."""
        for row in self._database.pages(
            "SELECT id, record FROM row WHERE kind = 'attachment' AND state = 'done' AND id > ?"
            " ORDER BY id LIMIT ?"
        ):
            yield Attachment.model_validate_json(row["record"])

    def of(self, messages: Collection[str]) -> dict[str, tuple[AttachedFile, ...]]:
        """What messages (source ids) tell of their files, or will; those without any are left out."""
        chosen = "IN (SELECT value FROM json_each(?1))"
        rows = self._database.all(
            f"SELECT message, attachment AS id, file FROM told WHERE message {chosen}"
            f" UNION ALL SELECT m.source_id, a.id, {_AS_IT_IS} FROM row AS m"
            f" CROSS JOIN row AS a INDEXED BY row_message ON {_OF_MESSAGE} AND {_SHOWN}"
            f" WHERE m.kind = 'message' AND m.source_id {chosen} AND +m.state = 'pending'"
            " AND NOT EXISTS (SELECT 1 FROM told WHERE message = m.source_id) ORDER BY 2",
            json.dumps(list(messages)),
        )
        found: defaultdict[str, list[AttachedFile]] = defaultdict(list)
        for message, _, file in rows:
            found[message].append(_file(json.loads(file)))
        return {message: tuple(files) for message, files in found.items()}

    def note_late(self, *, foreseen: bool = False) -> int:
        """An internal note for each message that was written without files that are here by now, or that
        does not name files which are linked. ``foreseen``: as if all that waits were here.

        Returns how many notes were staged.
        """
        states = "('done', 'pending')" if foreseen else "('done')"
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"SELECT m.source_id, m.lane, {_IS_LINKED}, a.id FROM row AS a JOIN row AS m"
                f" ON m.kind = 'message' AND m.source_id = {_MESSAGE.format('a')} WHERE a.kind = 'attachment'"
                f" AND (a.state IN {states} AND NOT {_TOLD_WHOLE} OR {_IS_LINKED} AND NOT {_TOLD_AT_ALL})"
                " AND (+m.state IN ('done', 'in-flight') OR +m.state = 'pending'"
                " AND EXISTS (SELECT 1 FROM told WHERE message = m.source_id AND attachment = a.id))"
                " ORDER BY m.id, a.id"
            ).fetchall()
            late: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
            for message, ticket, is_linked, attachment in rows:
                words = "where the source has them" if is_linked else "that could be fetched later"
                late[message, ticket, words].append(attachment)
            for (message, ticket, words), attachments in late.items():
                _note(connection, message, ticket, words, attachments)
        return len(late)

    def promised(self, limit: int | None = None) -> int:
        """Notes to be written that tell of files which are not here yet, of the first ``limit`` lanes."""
        row = self._database.one(
            # In this order, whatever SQLite thinks: there are few notes, and many rows.
            "SELECT count(DISTINCT n.id) FROM told CROSS JOIN row AS a ON a.id = told.attachment"
            " CROSS JOIN row AS n ON n.kind = 'message' AND n.source_id = told.message"
            " CROSS JOIN lane ON lane.ticket = n.lane WHERE told.late AND +a.state = 'pending'"
            " AND +n.state = 'pending' AND (?1 IS NULL OR lane.position <= ?1)",
            limit,
        )
        return row[0] if row else 0

    def hashes(self) -> Iterator[tuple[int, str, bool]]:
        """Ledger id and SHA-256 of each that is kept, and whether it has an address to be fetched from."""
        for row in self._database.pages(
            "SELECT id, json_extract(record, '$.sha256') AS sha256,"
            " coalesce(json_extract(record, '$.content_url') LIKE 'https://%', 0) AS has_address"
            " FROM row WHERE kind = 'attachment' AND state = 'done' AND id > ? ORDER BY id LIMIT ?"
        ):
            yield row["id"], row["sha256"] or "", bool(row["has_address"])

    def lost(self, rows: Sequence[int], *, only_untold: bool) -> int:
        """done -> pending for what is no longer in the workspace; how many. ``only_untold``: of messages
        that are not written yet.
        """
        with self._database.transaction() as connection:
            return connection.execute(
                "UPDATE row SET state = 'pending', attempts = 0, record = CASE WHEN"
                " json_extract(record, '$.content_url') LIKE 'https://%' THEN json_remove(record, '$.sha256')"
                " ELSE record END WHERE id IN (SELECT value FROM json_each(?)) AND state = 'done'"
                f" AND NOT (? AND {OF_WRITTEN})",
                (json.dumps(list(rows)), only_untold),
            ).rowcount

    def without_hosts(self) -> tuple[int, int]:
        """How many are left out as nobody says from where they may come: of messages that are not written
        yet, and of others.
        """
        row = self._database.one(
            f"SELECT count(*) FILTER (WHERE NOT {OF_WRITTEN}), count(*) FILTER (WHERE {OF_WRITTEN})"
            f" FROM row WHERE kind = 'attachment' AND state = 'skipped' AND error_code = '{_NO_HOSTS}'"
        )
        return (row[0], row[1]) if row else (0, 0)

    def _counted(self, condition: str, *parameters: object) -> FilesTally:
        row = self._database.one(
            "SELECT count(*), coalesce(sum(json_extract(a.record, '$.size')), 0) FROM row AS a"
            f" WHERE a.kind = 'attachment' AND {condition}",
            *parameters,
        )
        return FilesTally(row[0], int(row[1])) if row else FilesTally()


def _skip(connection: sqlite3.Connection, condition: str, code: str, words: str) -> None:
    connection.execute(
        "UPDATE row SET state = 'skipped', error_code = ?, error = ?, hint = NULL"
        f" WHERE kind = 'attachment' AND {condition}",
        (code, words),
    )


def _file(told: Mapping[str, Any]) -> AttachedFile:
    name, size, sha256, url = told["file"]
    match told["how"]:
        case "kept":
            base = told["base"]
            return AttachedFile(name, size, sha256, published_url(base, sha256, name) if base else None)
        case "linked":
            return AttachedFile(name, size, url=url)
        case _:
            return AttachedFile(name, size, missing=told["missing"])


def _note(
    connection: sqlite3.Connection, message: str, ticket: str, words: str, attachments: Sequence[int]
) -> None:
    """Told of now, after all that the ticket holds."""
    source_id, number = f"{message[:900]}-files", 1
    while connection.execute(
        "SELECT 1 FROM row WHERE kind = 'message' AND source_id = ?", (source_id,)
    ).fetchone():
        number += 1
        source_id = f"{message[:900]}-files-{number}"
    note = Message(
        source_id=source_id,
        ticket_id=ticket,
        author_name="The import",
        body=f"Files of message {message} {words}:",
        is_internal=True,
        created_at=datetime.now(UTC),
        extra={"_files_of": message},
    )
    stage(connection, [note])
    connection.execute("UPDATE lane SET open = 1 WHERE ticket = ?", (ticket,))
    connection.execute(
        f"INSERT INTO told (message, attachment, file, late) SELECT ?, a.id, {_AS_IT_IS}, 1 FROM row AS a"
        " WHERE a.id IN (SELECT value FROM json_each(?))",
        (source_id, json.dumps(list(attachments))),
    )


def _expect_one(changed: int, row: int) -> None:
    if changed != 1:
        raise LedgerError(
            f"attachment {row} is no longer pending: another program changed the ledger",
            hint="run one tiketti-migrate at a time on a workspace",
        )
