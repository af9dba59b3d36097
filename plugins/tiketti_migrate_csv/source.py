"""The source: tables of tickets, and of what belongs to them, read twice in flat memory.

The first reading tells what whole columns say; only then can a single cell be understood. The second makes
the records.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel

from tiketti_migrate.api import Draft, Extracted, Problem, Remade, Source
from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping import MappingFile
from tiketti_migrate.records import Kind
from tiketti_migrate_csv.fields import FIELDS, TABLE_KINDS
from tiketti_migrate_csv.options import CsvOptions

# Most commands load every source and read none: vocabularies and readers wait until a table is opened.
if TYPE_CHECKING:
    from tiketti_migrate_csv.people import Person
    from tiketti_migrate_csv.prepared import Tables

__all__ = ["CsvOptions", "CsvSource"]

_ASKS = (
    "requester", "requester_id", "requester_name", "requester_first_name", "requester_last_name",
    "requester_email",
)  # fmt: skip


class CsvSource(Source):
    """Tables of tickets (CSV, Excel, OpenDocument), alone or with contacts, companies, messages, time entries
    and labels in tables of their own."""

    name = "csv"
    title = "CSV"
    Options: ClassVar[type[BaseModel]] = CsvOptions
    fields: ClassVar[Mapping[str, tuple[str, ...]]] = FIELDS

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._chosen = CsvOptions.model_validate(options.model_dump())
        self._mapping: MappingFile | None = None
        self._pinned_by_row: frozenset[str] | None = None

    def use(self, mapping: MappingFile) -> bool:
        """The rules are applied to the cells of the tables."""
        self._mapping = mapping
        return True

    def check(self) -> None:
        """Raises UsageError for a file that is no table or where only the user can tell, SourceError for one
        that cannot be read."""
        for one in self._tables.tickets:
            if self._default is None and not one.layout.has(*_ASKS):
                raise UsageError(
                    "no column names who asked",
                    where=one.layout.table.name,
                    hint="name one address for all with --default-requester, or the column in a mapping file"
                    " (tiketti-migrate init csv FILES -o migration.toml writes one to edit)",
                )
        self.title = self._chosen.title or self._called()

    def identity(self) -> str:
        """The first table's path and what columns it has: a corrected copy has another path."""
        from tiketti_migrate_csv.likeness import imprint_of

        return str(imprint_of(self._tables.tickets[0].layout, self._tables.by_row))

    def address(self) -> str:
        """The first table's path."""
        return str(self._tables.tickets[0].layout.table.path)

    def is_same(self, identity: str) -> bool:
        """The same file or a copy of it, with a few more or fewer columns as long as the ids stay.

        Ids go on being made as for the first file, whatever later ones show.
        """
        from tiketti_migrate_csv.likeness import imprint_of, likeness, read_imprint

        pinned = read_imprint(identity)
        if pinned is None or likeness(pinned, imprint_of(self._tables.tickets[0].layout)) != "same":
            return False
        self._pinned_by_row = pinned.by_row
        return True

    def refuse_other(self, identity: str) -> None:
        """Says what would become of the rows."""
        from tiketti_migrate_csv.likeness import read_imprint, refuse

        pinned = read_imprint(identity)
        if pinned is not None:
            refuse(pinned, self._tables.tickets[0].layout)

    def extract(self, cursor: str | None) -> Iterator[Extracted]:
        """From the start: reading everything takes less than what a cursor would save."""
        from tiketti_migrate.scratch import room
        from tiketti_migrate_csv.drafting import notices
        from tiketti_migrate_csv.extraction import Extraction

        with room(self._scratch):
            by_row = self._tables.by_row if self._pinned_by_row is None else self._pinned_by_row
            yield from Extraction(self._tables, self._default, self._scratch, by_row).items()
        for table, words in notices(self._tables):
            yield Problem("NOTICE", words, table, lost=0)
        if self._mapping is not None:
            yield from _in_vain(self._mapping, {one.layout.kind for one in self._tables.all})

    def remade(self) -> Remade:
        """Messages and time entries bear the id of their ticket, people without a table their address."""
        tables = self._tables
        has_ids = all(one.layout.has("id") for one in tables.tickets)
        kinds: tuple[Kind, ...] = ("message", "time_entry", "label", "contact", "company")
        kinds += () if has_ids else ("ticket", "outcome")
        return Remade(frozenset(kinds) - tables.by_id, tuple(one.layout.kind for one in tables.all))

    def draft(self) -> Draft | None:
        """What was detected in each table."""
        from tiketti_migrate_csv.drafting import draft_of

        return draft_of(self._tables, self._chosen)

    @cached_property
    def _tables(self) -> "Tables":
        from tiketti_migrate_csv.prepared import prepare

        return prepare(self._chosen, self._mapping, self._scratch)

    @cached_property
    def _default(self) -> "Person | None":
        given = self._chosen.default_requester
        if given is None:
            return None
        from tiketti_migrate_csv.people import parse_people

        people = parse_people(given)
        if len(people) != 1 or people[0].email is None:
            raise UsageError(
                f"--default-requester: {given!r} is no address",
                hint="write it like desk@example.com or 'Front desk <desk@example.com>'",
            )
        return people[0]

    @cached_property
    def _scratch(self) -> Path:
        from tiketti_migrate.scratch import new_scratch

        return new_scratch(self)

    def _called(self) -> str:
        first = self._tables.tickets[0].layout
        if first.preset is not None:
            return first.preset.title
        name = first.table.path.name.partition(".")[0]
        return name if name not in ("", "-") else "CSV"


def _in_vain(mapping: MappingFile, kinds: Collection[str]) -> Iterator[Problem]:
    """What the mapping file asks for and nothing was there for, now that all was read."""
    for kind in TABLE_KINDS:
        if kind in kinds:
            for place, words in mapping.words_in_vain(kind):
                yield Problem("UNKNOWN_WORD", words, place, lost=0)
        elif not mapping.rules(kind).is_empty:
            name = kind.replace("_", " ")
            words = f"there is no table of its own for each {name}: these rules do nothing"
            yield Problem("UNKNOWN_TABLE", words, mapping.place((kind,)), lost=0)
