"""All tables of one import, read once: what they are, and how each column is to be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping import MappingFile, Rules
from tiketti_migrate_csv.chunks import Where
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

    ``remarks``: what people should know of that, in words; ``dated``: the order of dates by column.
    """

    layout: Layout
    evidence: Evidence
    readers: Readers
    where: Where | None
    remarks: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tables:
    """``sides`` are the tables beside those of tickets. ``by_id``: kinds whose keys are their ids."""

    tickets: tuple[Prepared, ...]
    sides: Mapping[TableKind, Prepared]
    by_id: frozenset[TableKind]

    @property
    def by_row(self) -> frozenset[str]:
        """The fields that rows of one ticket tell each for itself, in any of the tables."""
        return frozenset(field for one in self.tickets for field in one.evidence.by_row.fields)

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
    zone = zone_named(options.timezone)
    found: list[Prepared] = []
    questions: list[UsageError] = []
    ids: dict[TableKind, Seen] = {}
    for layout in layouts:
        layout = _with_ids(layout, ids)
        where = layout.rules.where(layout.table.names)
        evidence, seen = gather(layout, where)
        if layout.kind in _REFERENCES and layout.has("id"):
            ids[layout.kind] = seen
        grouped = options.group_by is not None
        chosen = Chosen(zone, options.date_order, options.duration_unit, grouped)
        remarks, dated = tuple(evidence.remarks(chosen)), tuple(evidence.how_dated(chosen))
        readers = evidence.readers(chosen, questions)
        found.append(Prepared(layout, evidence, readers, where, remarks, dated))
    if questions:
        raise _asked(questions)
    return Tables(
        tuple(one for one in found if one.layout.kind == "ticket"),
        {one.layout.kind: one for one in found if one.layout.kind != "ticket"},
        frozenset(_by_id(found)),
    )


def _asked(questions: list[UsageError]) -> UsageError:
    """All of them at once: whoever is asked one by one reads the tables as often."""
    if len(questions) == 1:
        return questions[0]
    listed = "\n".join(f"  {question}" for question in questions)
    return UsageError(f"{len(questions)} things cannot be told by the tables:\n{listed}")


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


def _with_ids(layout: Layout, ids: Mapping[TableKind, Seen]) -> Layout:
    """The same, a column of names being one of ids where most of its first cells are ids of the other table.

    What that changes is how ids in it are read and what a number is that nobody has. Each cell is looked up
    as both.
    """
    for kind, fields in _REFERENCES.items():
        for name, as_id in fields.items():
            if kind in ids and name in layout.columns and not layout.has(as_id):
                cells = [row[layout.columns[name][0]].strip() for row in layout.sample]
                # An address is understood among ids, too.
                told = [cell for cell in cells if cell and "@" not in cell]
                known = sum(cell in ids[kind] for cell in told)
                if known > len(told) / 2:
                    words = "its cells are ids of the other table" + (
                        "" if known == len(told) else ", and names"
                    )
                    layout = layout.renamed(name, as_id, words)
                elif known:
                    layout = layout.renamed(name, name, "its cells are names, and ids of the other table")
    return layout


def _by_id(tables: list[Prepared]) -> Iterator[TableKind]:
    """Whose ids are the keys: those that no two rows share, or that other tables call them by."""
    for kind, fields in _REFERENCES.items():
        referred = any(one.layout.has(*fields.values()) for one in tables if one.layout.kind != kind)
        for one in tables:
            if one.layout.kind == kind and one.layout.has("id") and (referred or not one.evidence.repeated):
                yield kind
