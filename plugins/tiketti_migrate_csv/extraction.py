"""The second reading: rows become records. What it remembers grows with the people, not with the rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tiketti_migrate.api import Extracted, LeftOut, Problem
from tiketti_migrate_csv.chunks import Chunk, Row, parts, sifted
from tiketti_migrate_csv.directory import Directory
from tiketti_migrate_csv.fields import TableKind
from tiketti_migrate_csv.grouping import regrouped
from tiketti_migrate_csv.people import Person
from tiketti_migrate_csv.prepared import Prepared, Tables
from tiketti_migrate_csv.seen import Counted, Seen
from tiketti_migrate_csv.side_tables import SideTable
from tiketti_migrate_csv.ticket_rows import TicketRow, merged, ticket_rows
from tiketti_migrate_csv.tickets import TicketRecords, digest

__all__ = ["Extraction"]

# What others refer to comes first.
_BEFORE: tuple[TableKind, ...] = ("company", "contact", "label")
_AFTER: tuple[TableKind, ...] = ("message", "time_entry")
_MOST_ROWS_A_TICKET = 10_000


class Extraction:
    """One reading of all tables from the start."""

    def __init__(self, tables: Tables, default: Person | None, scratch: Path) -> None:
        self._tables = tables
        self._scratch = scratch
        self._directory = Directory(default)
        self._told = Seen() if "message" in tables.sides else None
        self._alike = Counted()

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
        layout, name = prepared.layout, prepared.layout.table.name
        side = SideTable(layout, self._directory, by_id=kind in self._tables.by_id, told=self._told)
        for batch in layout.table.batches():
            yield from batch.problems
            for rows in parts(batch.rows):
                kept, left = sifted(rows, prepared.where)
                if kept:
                    yield from side.records(Chunk(layout, kept), prepared.readers)
                for item in side.records(Chunk(layout, left), prepared.readers) if left else ():
                    if isinstance(item, dict) and item["kind"] == kind:
                        yield LeftOut(kind, item["source_id"], layout.rules.where_place())
        if side.repeated:
            words = f"{side.repeated} messages say what the description of their ticket says: taken once"
            yield Problem("DESCRIPTION_AGAIN", words, name)

    def _tickets(self, prepared: Prepared) -> Iterator[Extracted]:
        records = TicketRecords(prepared.layout, self._directory, self._told)
        if not prepared.evidence.repeated:
            for item in self._ordered(prepared):
                if isinstance(item, list):
                    for row in self._read(prepared, item):
                        yield from records.of(row) if isinstance(row, TicketRow) else (row,)
                else:
                    yield item
            return
        yield from self._grouped(prepared, records)

    def _grouped(self, prepared: Prepared, records: TicketRecords) -> Iterator[Extracted]:
        group: list[TicketRow] = []
        for item in self._ordered(prepared):
            for row in self._read(prepared, item) if isinstance(item, list) else (item,):
                if not isinstance(row, TicketRow):
                    yield row
                elif group and group[0].id == row.id and len(group) >= _MOST_ROWS_A_TICKET:
                    words = f"more than {_MOST_ROWS_A_TICKET} rows are ticket {row.id}: this one was left out"
                    yield Problem("LARGE_TICKET", words, f"{prepared.layout.table.name}:{row.line}")
                elif group and group[0].id == row.id:
                    group.append(row)
                else:
                    if group:
                        yield from records.of(merged(group))
                    group = [row]
        if group:
            yield from records.of(merged(group))

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
            return Chunk(prepared.layout, rows).raw("id")

        for rows in regrouped(batches(), keys, prepared.evidence.rows, self._scratch):
            yield from problems
            problems.clear()
            yield from map(list, parts(rows))

    def _read(self, prepared: Prepared, rows: list[Row]) -> Iterator[TicketRow | Problem | LeftOut]:
        layout = prepared.layout
        kept, left = sifted(rows, prepared.where)
        if left:
            yield from self._left(prepared, left)
        if not kept:
            return
        chunk = Chunk(layout, kept)
        found = ticket_rows(chunk, prepared.readers)
        for place, row in enumerate(found):
            if row.id is None:
                row.id = self._own_id(chunk.rows[place])
            if place in chunk.bad:
                yield Problem("BAD_MAPPING", chunk.bad[place], f"{layout.table.name}:{row.line}")
                yield LeftOut("ticket", row.id)
            else:
                yield row

    def _left(self, prepared: Prepared, rows: list[Row]) -> Iterator[Problem | LeftOut]:
        by = prepared.layout.rules.where_place()
        if prepared.evidence.repeated:
            # Other rows of the same ticket may stay.
            for line, _ in rows:
                yield Problem("LEFT_OUT", f"left out by {by}", f"{prepared.layout.table.name}:{line}")
            return
        for row in ticket_rows(Chunk(prepared.layout, rows), prepared.readers):
            cells = next(cells for line, cells in rows if line == row.line) if row.id is None else []
            yield LeftOut("ticket", row.id or self._own_id(cells), by)

    def _own_id(self, cells: list[str]) -> str:
        """Made of what the row says; equal rows are told apart by their number, so that they stay two."""
        name = digest(*cells)
        number = self._alike.number(name)
        return name if number == 1 else f"{name}-{number}"
