"""The second reading: rows become records. What it remembers grows with the people, not with the rows."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tiketti_migrate.api import Extracted, LeftOut, Problem, RecordFields
from tiketti_migrate_csv.cell_errors import ERROR_WORDS
from tiketti_migrate_csv.chunks import Chunk, Row, left_out, parts
from tiketti_migrate_csv.directory import Directory
from tiketti_migrate_csv.fields import TableKind
from tiketti_migrate_csv.grouping import regrouped
from tiketti_migrate_csv.merging import Repeated, merged
from tiketti_migrate_csv.own_ids import OwnIds
from tiketti_migrate_csv.people import Person
from tiketti_migrate_csv.plain import shown
from tiketti_migrate_csv.prepared import Prepared, Tables
from tiketti_migrate_csv.seen import Counted, Seen
from tiketti_migrate_csv.side_tables import SideTable
from tiketti_migrate_csv.ticket_rows import TicketRow, ticket_rows
from tiketti_migrate_csv.tickets import TicketRecords
from tiketti_migrate_csv.told import Descriptions
from tiketti_migrate_csv.totals import is_number, is_total

__all__ = ["Extraction"]

# What others refer to comes first.
_BEFORE: tuple[TableKind, ...] = ("company", "contact", "label")
_AFTER: tuple[TableKind, ...] = ("message", "time_entry")
_RECORDS_AT_ONCE = 500
_MOST_AT_ONCE = 5000
_MOST_ROWS_A_TICKET = 10_000
# In characters.
_MOST_TEXT_A_TICKET = 10_000_000


class _Out(NamedTuple):
    """A row that stays out: ``by`` a condition of the mapping file, or because of a ``problem``."""

    id: str
    by: str | None = None
    problem: Problem | None = None

    def problems(self) -> Iterator[Problem]:
        if self.problem is not None:
            yield self.problem

    def told(self) -> Iterator[Problem | LeftOut]:
        yield from self.problems()
        yield LeftOut("ticket", self.id, self.by)


@dataclass
class _Group:
    """The rows of one ticket, and those of them that stay out: of these only the first and how many."""

    id: str | None = None
    table: str = ""
    rows: list[TicketRow] = field(default_factory=list)
    size: int = 0
    out: _Out | None = None
    left: int = 0
    # How many are too many, the first line of them and the last.
    over: int = 0
    lines: tuple[int, int] = (0, 0)

    def add(self, row: TicketRow) -> None:
        self.size += row.size
        if len(self.rows) < _MOST_ROWS_A_TICKET and (self.size <= _MOST_TEXT_A_TICKET or not self.rows):
            self.rows.append(row)
        else:
            self.over += 1
            self.lines = (self.lines[0] or row.line, row.line)

    def leave(self, out: _Out) -> None:
        self.out = self.out or out
        self.left += out.problem is None

    def closed(
        self, repeated: Repeated, by_row: Collection[str]
    ) -> Iterator[list[TicketRow] | Problem | LeftOut]:
        if self.over:
            yield self._too_large()
        if self.rows:
            ticket = merged(self.rows, repeated, by_row)
            # Thousands of them need not wait until the records are made.
            self.rows.clear()
            yield [ticket]
        elif self.out:
            yield LeftOut("ticket", self.out.id, self.out.by)

    def _too_large(self) -> Problem:
        first, last = self.lines
        rows = f"1 row was left out (row {first})"
        if self.over > 1:
            rows = f"{self.over:,} rows were left out (from row {first} to row {last})"
        words = f"ticket {self.id} has more rows or text than one ticket can hold: {rows}"
        return Problem("LARGE_TICKET", words, f"{self.table}:{first}", lost=self.over)

    @property
    def left_beside(self) -> int:
        return self.left if self.rows else 0


class Extraction:
    """One reading of all tables from the start. ``by_row``: the fields that rows of a ticket tell each for
    itself."""

    def __init__(
        self, tables: Tables, default: Person | None, scratch: Path, by_row: Collection[str] = ()
    ) -> None:
        self._tables = tables
        self._by_row = by_row
        self._scratch = scratch
        self._directory = Directory(default, tables.sides, tables.by_id)
        self._told = Descriptions() if "message" in tables.sides else None
        self._alike = Counted()
        self._ids = Seen() if len(tables.tickets) > 1 else None

    def items(self) -> Iterator[Extracted]:
        """Everything that the tables hold."""
        for kind in _BEFORE:
            yield from self._side(kind)
        for prepared in self._tables.tickets:
            yield from self._tickets(prepared)
        for kind in _AFTER:
            yield from self._side(kind)

    def _side(self, kind: TableKind) -> Iterator[Extracted]:
        prepared = self._tables.sides.get(kind)
        if prepared is None:
            return
        side = SideTable(prepared, self._directory, by_id=kind in self._tables.by_id, told=self._told)
        for batch in prepared.layout.table.batches():
            yield from batch.problems
            for rows in parts(batch.rows):
                yield from side.records(rows)
        if side.repeated:
            yield _again(side.repeated, prepared)

    def _tickets(self, prepared: Prepared) -> Iterator[Extracted]:
        records = TicketRecords(prepared.layout, self._directory, self._told, self._by_row)
        read = self._groups if prepared.evidence.repeated else self._singles
        deleted = _deleted_words(prepared)
        made: list[RecordFields] = []
        for item in read(prepared, OwnIds(prepared.layout.table.header, self._alike)):
            if not isinstance(item, list):
                yield item
                continue
            fresh, repeated = self._sorted(prepared, item)
            yield from repeated
            for row in fresh:
                if deleted and (row.status or "").casefold() in deleted:
                    yield _deleted(prepared, row)
                else:
                    made += records.of(row)
            if len(made) >= _RECORDS_AT_ONCE:
                for start in range(0, len(made), _MOST_AT_ONCE):
                    yield made[start : start + _MOST_AT_ONCE]
                made = []
        yield made
        if records.repeated:
            yield _in_rows(records.repeated, prepared)

    def _sorted(self, prepared: Prepared, rows: list[TicketRow]) -> tuple[list[TicketRow], list[Problem]]:
        """Those of ids that no table had before, and what is to be said of the others.

        Of rows without ids equal ones are told apart; within a table those of one id are one ticket.
        """
        if self._ids is None or not prepared.layout.has("id"):
            return rows, []
        fresh, repeated = [], []
        for row in rows:
            if self._ids.add(str(row.id)):
                fresh.append(row)
            else:
                words = f"ticket {row.id} stands in another table already; that one counts"
                repeated.append(Problem("REPEATED_TICKET", words, _where(prepared, row)))
        return fresh, repeated

    def _singles(self, prepared: Prepared, own_ids: OwnIds) -> Iterator[list[TicketRow] | Problem | LeftOut]:
        for item in self._ordered(prepared):
            if isinstance(item, Problem):
                yield item
                continue
            rows, out = self._read(prepared, own_ids, item)
            for one in out.values():
                yield from one.told()
            yield [row for place, row in enumerate(rows) if place not in out] if out else rows

    def _groups(self, prepared: Prepared, own_ids: OwnIds) -> Iterator[list[TicketRow] | Problem | LeftOut]:
        """The rows of one ticket as one; a ticket stays out when all of them do."""
        group, repeated, outs = _Group(), Repeated(), 0
        for item in self._ordered(prepared):
            if isinstance(item, Problem):
                yield item
                continue
            rows, out = self._read(prepared, own_ids, item)
            for place, row in enumerate(rows):
                if row.id != group.id:
                    outs += group.left_beside
                    yield from group.closed(repeated, self._by_row)
                    group = _Group(row.id, prepared.layout.table.name)
                if place in out:
                    yield from out[place].problems()
                    group.leave(out[place])
                else:
                    group.add(row)
        outs += group.left_beside
        yield from group.closed(repeated, self._by_row)
        if outs:
            by = prepared.layout.rules.where_place()
            words = f"{outs:,} rows of tickets that have others were left out by where"
            yield Problem("LEFT_OUT_ROWS", words, by, lost=0)
        if again := repeated.words():
            yield Problem("REPEATED_IN_ROWS", again, prepared.layout.table.name, lost=0)

    def _ordered(self, prepared: Prepared) -> Iterator[list[Row] | Problem]:
        """Rows by the thousand, those of one ticket side by side."""
        if not prepared.evidence.scattered:
            for batch in prepared.layout.table.batches():
                yield from batch.problems
                yield from map(list, parts(batch.rows))
            return
        problems: list[Problem] = []

        def batches() -> Iterator[Sequence[Row]]:
            for batch in prepared.layout.table.batches():
                problems.extend(batch.problems)
                yield from parts(batch.rows)

        def keys(rows: Sequence[Row]) -> Sequence[str]:
            ids = prepared.readers.values(Chunk(prepared.layout, rows), "id", {})
            return [cell or "" for cell in ids]

        for rows in regrouped(batches(), keys, prepared.evidence.rows, self._scratch):
            yield from problems
            problems.clear()
            yield from map(list, parts(rows))

    def _read(
        self, prepared: Prepared, own_ids: OwnIds, rows: list[Row]
    ) -> tuple[list[TicketRow], dict[int, _Out]]:
        """Every row, and by its place why one stays out."""
        layout = prepared.layout
        chunk = Chunk(layout, rows)
        found = ticket_rows(chunk, prepared.readers)
        for row, cells in zip(found, chunk.rows, strict=True):
            if row.id is None:
                row.id = own_ids.of(cells)
        out: dict[int, _Out] = {}
        for place, words in chunk.bad.items():
            problem = Problem("BAD_MAPPING", words, _where(prepared, found[place]))
            out[place] = _Out(str(found[place].id), problem=problem)
        for place, word in _error_ids(chunk):
            words = f"its {layout.title('id')} is the error {word}: the row was left out"
            problem = Problem("ERROR_AS_ID", words, _where(prepared, found[place]))
            out[place] = _Out(str(found[place].id), problem=problem)
        for place in _totals(chunk):
            said = ", ".join(shown(cell) for cell in chunk.rows[place] if cell.strip())
            words = f"{said}: the row is a total, no ticket, and was left out"
            problem = Problem("TOTAL_ROW", words, _where(prepared, found[place]), lost=0)
            out[place] = _Out(str(found[place].id), problem=problem)
        for place in left_out(rows, prepared.where):
            out[place] = _Out(str(found[place].id), layout.rules.where_place())
        return found, out


def _error_ids(chunk: Chunk) -> Iterator[tuple[int, str]]:
    """Made-up ids would make these rows other tickets once the workbook is mended."""
    cells = chunk.raw("id")
    if not ERROR_WORDS.isdisjoint(cells):
        yield from ((place, cell) for place, cell in enumerate(cells) if cell in ERROR_WORDS)


def _deleted_words(prepared: Prepared) -> frozenset[str]:
    """The words of a status that says so, but for those that the mapping file says the meaning of."""
    layout = prepared.layout
    words = layout.preset.deleted if layout.preset else frozenset()
    mapped = layout.rules.values("status")
    return frozenset(word for word in words if mapped is None or mapped(word) == word)


def _deleted(prepared: Prepared, row: TicketRow) -> Problem:
    title = prepared.layout.preset.title if prepared.layout.preset else ""
    return Problem("DELETED_TICKET", f"ticket {row.id} was deleted in {title}", _where(prepared, row), lost=0)


def _again(count: int, prepared: Prepared) -> Problem:
    some, are = ("1 message that is", "was") if count == 1 else (f"{count:,} messages that are", "were")
    words = f"{some} the description of the ticket once more {are} left out: each ticket has it already"
    return Problem("DESCRIPTION_AGAIN", words, prepared.layout.table.name, lost=0)


def _in_rows(count: int, prepared: Prepared) -> Problem:
    some, was = ("1 comment that is", "was") if count == 1 else (f"{count:,} comments that are", "were")
    words = f"{some} the description of the ticket once more {was} left out: each ticket has it already"
    return Problem("REPEATED_IN_ROWS", words, prepared.layout.table.name, lost=0)


def _totals(chunk: Chunk) -> Iterator[int]:
    for place, (cell, row) in enumerate(zip(chunk.raw("id"), chunk.rows, strict=True)):
        # Of the few rows that are nearly empty; one with an id is a ticket, whatever its subject.
        if 3 * row.count("") >= len(row) and not is_number(cell) and is_total(row):
            yield place


def _where(prepared: Prepared, row: TicketRow) -> str:
    return f"{prepared.layout.table.name}:{row.line}"
