"""Tables (CSV) that pipelines make of an account: recognised by their columns, read row by row."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.entries import Entries
from tiketti_migrate_zendesk.recognise import Item, Kind, kind_by_name
from tiketti_migrate_zendesk.rows import Shaper
from tiketti_migrate_zendesk.values import text

__all__ = ["CELL_LIMIT", "Table", "read_table", "recognise_table"]

CELL_LIMIT = 16 * 1024 * 1024
_LINE_LIMIT = 64 * 1024 * 1024
_HEADER_LIMIT = 64 * 1024
_STEP = 1024 * 1024
_DELIMITERS = ",;\t"
_REPLACED = "\ufffd"
_SHOWN_COLUMNS = 4


@dataclass(frozen=True)
class Table:
    """``kind`` None: a table of a pipeline in which nothing is to be migrated."""

    kind: Kind | None
    columns: tuple[str, ...]
    delimiter: str


@dataclass(frozen=True)
class _Columns:
    """A kind of table has all of ``needed``, one of each of ``some`` and none of ``barred``."""

    kind: Kind
    needed: frozenset[str]
    some: tuple[frozenset[str], ...] = ()
    barred: frozenset[str] = frozenset()

    def fit(self, columns: frozenset[str]) -> bool:
        return (
            self.needed <= columns and all(one & columns for one in self.some) and not self.barred & columns
        )


def _columns(kind: Kind, needed: str, *some: str, barred: str = "") -> _Columns:
    words = tuple(frozenset(one.split()) for one in some)
    return _Columns(kind, frozenset(needed.split()), words, frozenset(barred.split()))


_KINDS = (
    _columns("audit", "field_name ticket_id updated value"),
    _columns("ticket_tag", "tag ticket_id", barred="id"),
    _columns("user_tag", "tag user_id", barred="id"),
    _columns("organization_tag", "tag organization_id", barred="id"),
    _columns("domain_name", "domain_name organization_id"),
    _columns("chat_event", "chat_id chat_index created_at"),
    _columns("chat", "chat_id ticket_id", barred="id"),
    _columns("comment", "id ticket_id", "body html_body plain_body", "created created_at"),
    _columns("ticket_form", "id name end_user_visible"),
    _columns("custom_status", "id status_category"),
    _columns("brand", "id name", "subdomain brand_url"),
    _columns("ticket_field", "id title type", "regexp_for_validation title_in_portal removable raw_title"),
    _columns("user_identity", "id user_id type value"),
    _columns("ticket", "id requester_id", "subject status submitter_id", barred="ticket_id"),
    _columns("user", "id", "name email", "role suspended verified restricted_agent locale_id"),
    _columns("organization", "id name", "shared_tickets shared_comments domain_names"),
)
# A group has nothing of its own, so it must have nothing else either.
_GROUP = frozenset(
    {"id", "name", "url", "created_at", "updated_at", "deleted", "default", "is_public", "description"}
)
# What other files may still hold although a table says that it is deleted.
_GONE: frozenset[Kind] = frozenset({"ticket", "comment"})
_OF_PIPELINES = ("_fivetran_", "_airbyte_", "_sdc_", "_dlt_")
_FOREIGN = tuple(
    frozenset(one.split())
    for one in (
        "start_time end_time time_zone",
        "schedule_id ticket_id",
        "time_zone daylight_offset",
        "time_zone standard_offset",
        "actor_id change_description",
    )
)


def recognise_table(head: bytes, name: str) -> Table | None:
    """The table that begins with ``head``; None for what is none of a Zendesk account."""
    words = head[:_HEADER_LIMIT].decode("utf-8-sig", "replace").lstrip("\r\n")
    line = words.partition("\n")[0].rstrip("\r")
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        columns = tuple(cell.strip().strip("\"'` ").casefold() for cell in cells)
        kind = _kind(frozenset(columns), name)
        if len(columns) > 1 and (kind or _is_foreign(frozenset(columns))):
            return Table(kind, columns, delimiter)
    return None


def read_table(path: Path, name: str, table: Table, entries: Entries) -> Iterator[Item | Problem]:
    """Everything in the file, in flat memory. Raises OSError."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="", buffering=_STEP) as stream:
        rows = _rows(stream, name, table)
        if table.kind is None:
            count = sum(not isinstance(row, Problem) for row in rows)
            shown = [
                *table.columns[:_SHOWN_COLUMNS],
                *(["..."] if len(table.columns) > _SHOWN_COLUMNS else []),
            ]
            words = f"{count:,} rows ({text(', '.join(shown))}) are not read"
            yield Problem("NOT_READ", words, name, lost=0)
            return
        shaper = Shaper(table.kind, table.columns)
        deleted = 0
        for row in rows:
            if isinstance(row, Problem):
                yield row
                continue
            is_deleted = shaper.is_deleted(row.cells)
            # That a ticket is gone is told of each one, as other files may hold it alive.
            deleted += is_deleted and table.kind != "ticket"
            if not is_deleted or table.kind in _GONE:
                raw = shaper.deleted(row.cells) if is_deleted else shaper.raw(row.cells)
                for item in entries.owned(table.kind, raw, f"{name}:{row.line}", None, row.repaired):
                    yield item._replace(is_deleted=is_deleted) if isinstance(item, Item) else item
    if deleted:
        words = f"{deleted:,} rows are marked as deleted: not read"
        yield Problem("DELETED_ROW", words, name, lost=0)
    yield from entries.unread()


def _kind(columns: frozenset[str], name: str) -> Kind | None:
    found = next((one.kind for one in _KINDS if one.fit(columns)), None)
    if found is None and {"id", "name", "created_at"} <= columns:
        own = {column for column in columns if not column.startswith("_")}
        if own <= _GROUP and ("url" in own or kind_by_name(name) == "group"):
            return "group"
    return found


def _is_foreign(columns: frozenset[str]) -> bool:
    return any(column.startswith(_OF_PIPELINES) for column in columns) or any(
        one <= columns for one in _FOREIGN
    )


class _Row(NamedTuple):
    line: int
    cells: list[str]
    repaired: bool


def _rows(stream: IO[str], name: str, table: Table) -> Iterator[_Row | Problem]:
    """All rows below the header, each as wide as that."""
    width = len(table.columns)
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=table.delimiter)
    is_header = True
    csv.field_size_limit(CELL_LIMIT)
    while True:
        line = reader.line_num + 1
        where = f"{name}:{line}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            words = f"a cell is longer than {CELL_LIMIT // _STEP} MiB: a quote may be missing"
            yield Problem("BROKEN_ROW", words, where, lost=reader.line_num - line + 1)
            continue
        if lines.is_too_long:
            lines.is_too_long = False
            yield Problem("LONG_LINE", f"the line is longer than {_LINE_LIMIT // _STEP} MiB", where)
        elif lines.ended:
            # The end was met inside a cell: all lines since are one row only because a quote is missing.
            words = "a quote is opened and never closed"
            yield Problem("BROKEN_ROW", words, where, lost=reader.line_num - line + 1)
        elif is_header and cells:
            is_header = False
        elif len(cells) == width:
            yield _Row(line, cells, _REPLACED in "".join(cells))
        elif cells:
            yield from _as_wide(cells, width, line, where)


def _as_wide(cells: list[str], width: int, line: int, where: str) -> Iterator[_Row | Problem]:
    if len(cells) > width and any(cells[width:]):
        words = f"has {len(cells)} cells, the header {width}: it is not known which belongs where"
        yield Problem("RAGGED_ROW", words, where)
        return
    if len(cells) < width:
        words = f"has {len(cells)} cells, the header {width}: the last ones are taken for empty"
        yield Problem("RAGGED_ROW", words, where, lost=0)
        cells += [""] * (width - len(cells))
    yield _Row(line, cells[:width], _REPLACED in "".join(cells))


class _Lines:
    """Lines of bounded length. ``is_too_long``: the last one was longer and is given as a blank one."""

    def __init__(self, stream: IO[str]) -> None:
        self.ended = False
        self.is_too_long = False
        self._stream = stream

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_LINE_LIMIT)
        if not line:
            self.ended = True
            raise StopIteration
        if len(line) < _LINE_LIMIT:
            return line
        while not line.endswith("\n") and (line := self._stream.readline(_STEP)):
            pass
        self.is_too_long = True
        return "\n"
