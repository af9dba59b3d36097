"""All tables of one import, read once: what they are, and how each column is to be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tiketti_migrate.mapping import MappingFile, Rules
from tiketti_migrate_csv.chunks import Chunk, Where, parts
from tiketti_migrate_csv.columns import Readers
from tiketti_migrate_csv.evidence import Chosen, Evidence, gather
from tiketti_migrate_csv.fields import TableKind
from tiketti_migrate_csv.layout import Layout, lay_out
from tiketti_migrate_csv.options import CsvOptions
from tiketti_migrate_csv.patterns import check_formats
from tiketti_migrate_csv.seen import Seen
from tiketti_migrate_csv.tables import How, open_table
from tiketti_migrate_csv.zones import zone_named

__all__ = ["Prepared", "Tables", "prepare"]

# Columns that may hold an id or a name, by the table that knows the ids.
_REFERENCES: Mapping[TableKind, Mapping[str, str]] = {
    "contact": {"requester": "requester_id", "author": "author_id"},
    "company": {"company": "company_id"},
}


@dataclass(frozen=True)
class Prepared:
    """One table: the meaning of its columns, what they say together, and how they are read.

    ``remarks``: what people should know of that, in words.
    """

    layout: Layout
    evidence: Evidence
    readers: Readers
    where: Where | None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tables:
    """``sides`` are the tables beside those of tickets. ``by_id``: kinds that others call by their ids."""

    tickets: tuple[Prepared, ...]
    sides: Mapping[TableKind, Prepared]
    by_id: frozenset[TableKind]

    @property
    def all(self) -> tuple[Prepared, ...]:
        """Tickets first."""
        return (*self.tickets, *self.sides.values())


def prepare(options: CsvOptions, mapping: MappingFile | None, scratch: Path) -> Tables:
    """Reads every table once.

    Raises UsageError for what is no table or where only the user can tell, SourceError for what cannot be
    read.
    """
    layouts = [*_layouts(options, mapping, scratch)]
    known = {layout.kind: _ids(layout) for layout in layouts if layout.kind in _REFERENCES}
    layouts = [_with_ids(layout, known) for layout in layouts]
    zone = zone_named(options.timezone)
    found = []
    for layout in layouts:
        where = layout.rules.where(layout.table.names)
        evidence = gather(layout, where)
        chosen = Chosen(zone, options.date_order, options.duration_unit)
        remarks = tuple(evidence.remarks(chosen))
        found.append(Prepared(layout, evidence, evidence.readers(chosen), where, remarks))
    return Tables(
        tuple(one for one in found if one.layout.kind == "ticket"),
        {one.layout.kind: one for one in found if one.layout.kind != "ticket"},
        frozenset(_called_by_id(layouts)),
    )


def _layouts(options: CsvOptions, mapping: MappingFile | None, scratch: Path) -> Iterator[Layout]:
    """Tables of contacts and companies first, because the others refer to them."""
    beside: dict[TableKind, Path | None] = {
        "company": options.companies,
        "contact": options.contacts,
        "label": options.labels,
        "message": options.messages,
        "time_entry": options.time_entries,
    }
    how = How(options.encoding, options.delimiter, None)
    for kind, path in beside.items():
        if path is not None:
            yield _layout(path, how, kind, mapping, scratch)
    for path in options.paths:
        chosen = replace(how, sheet=options.sheet)
        yield _layout(path, chosen, "ticket", mapping, scratch, options.preset, options.group_by)


def _layout(
    path: Path,
    how: How,
    kind: TableKind,
    mapping: MappingFile | None,
    scratch: Path,
    preset: str | None = None,
    group_by: str | None = None,
) -> Layout:
    table = open_table(path, how, scratch)
    if mapping is None:
        return lay_out(table, kind, Rules.empty(), preset, group_by)
    mapping.check(kind, table.names, table.name)
    layout = lay_out(table, kind, mapping.rules(kind), preset, group_by)
    check_formats(layout, mapping)
    return layout


def _ids(layout: Layout) -> Seen:
    """The ids of a table that has a column for them."""
    seen = Seen()
    if layout.has("id"):
        for batch in layout.table.batches():
            for rows in parts(batch.rows):
                for cell in Chunk(layout, rows).raw("id"):
                    if cell:
                        seen.add(cell)
    return seen


def _with_ids(layout: Layout, known: Mapping[TableKind, Seen]) -> Layout:
    """The same, a column of names being one of ids where most of its cells are ids of the other table."""
    for kind, fields in _REFERENCES.items():
        for name, as_id in fields.items():
            if kind in known and name in layout.columns and not layout.has(as_id):
                cells = [row[layout.columns[name][0]].strip() for row in layout.sample]
                # An address is understood among ids, too.
                told = [cell for cell in cells if cell and "@" not in cell]
                if told and sum(cell in known[kind] for cell in told) > len(told) / 2:
                    layout = layout.renamed(name, as_id)
    return layout


def _called_by_id(layouts: list[Layout]) -> Iterator[TableKind]:
    for kind, fields in _REFERENCES.items():
        if any(layout.has(*fields.values()) for layout in layouts if layout.kind != kind):
            yield kind
