"""The source: an account export, read once from front to back in flat memory."""

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar

from pydantic import BaseModel, ValidationError

from tiketti_migrate.api import Checkpoint, Problem, Source
from tiketti_migrate.errors import SourceError
from tiketti_migrate.records import Label, Record, Ticket
from tiketti_migrate.scratch import new_scratch
from tiketti_migrate_zendesk.export import Export, Part, open_export, read_part
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.people import NOBODY, company_of, nobody, person_of
from tiketti_migrate_zendesk.recognise import Item, host_of
from tiketti_migrate_zendesk.tickets import tags_of, ticket_records
from tiketti_migrate_zendesk.time_tracking import FieldTitles
from tiketti_migrate_zendesk.values import text
from tiketti_migrate_zendesk.words import DELETED

__all__ = ["ZendeskOptions", "ZendeskSource"]

_REPAIRED = "the line held what is no Unicode or no JSON: replaced"


class ZendeskSource(Source):
    """A Zendesk account export: folders or files of tickets, users, organizations and ticket fields."""

    name = "zendesk"
    title = "Zendesk"
    Options: ClassVar[type[BaseModel]] = ZendeskOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._paths = ZendeskOptions.model_validate(options.model_dump()).paths

    def check(self) -> None:
        """Raises UsageError for a wrong path, an empty folder, foreign files or those of two accounts."""
        _ = self._export

    def identity(self) -> str:
        return self._export.host or ", ".join(sorted(text(str(path.resolve())) for path in self._paths))

    def extract(self, cursor: str | None) -> Iterator[Record | Problem | Checkpoint]:
        del cursor  # everything is read again
        export = self._export
        yield from export.problems
        conversion = _Conversion(export.host, _titles(export))
        for part in export.parts:
            try:
                yield from _read(part, conversion)
            except OSError as error:
                raise SourceError(
                    f"cannot be read any further: {error.strerror}",
                    where=part.file.name,
                    hint="what was read is kept; make the file readable and run the same command again",
                ) from error
            yield conversion.checkpoint()

    @cached_property
    def _export(self) -> Export:
        return open_export(self._paths, new_scratch(self))


class _Conversion:
    """Turns items into records. What it remembers ends at a checkpoint, so that going on from one yields
    exactly what would have followed, and memory does not grow with the account."""

    def __init__(self, host: str | None, titles: FieldTitles) -> None:
        self._host = host
        self._titles = titles
        self._said: set[str] = set()

    def checkpoint(self) -> Checkpoint:
        """The end of what is remembered."""
        self._said.clear()
        return Checkpoint("")

    def convert(self, item: Item, *, repaired: bool) -> list[Record | Problem]:
        """All records of one item or, since half a ticket would be a silent loss, one problem."""
        fields = Fields(item.raw, (_REPAIRED,) if repaired else ())
        source_id = fields.identifier("id", "_id")
        fields.drop("id", "_id")
        if item.kind not in ("user", "organization", "ticket"):
            return []
        if source_id is None:
            return [Problem("NO_ID", f"the {item.kind} has no id", item.where)]
        try:
            return list(self._records(item, fields, source_id))
        except (ValidationError, ValueError, OverflowError, RecursionError) as error:
            return [Problem("BAD_RECORD", f"{item.kind} {source_id}: {_reason(error)}", item.where)]

    def _records(self, item: Item, fields: Fields, source_id: str) -> Iterator[Record | Problem]:
        host = host_of(item.raw) or self._host
        if item.kind == "user":
            yield person_of(fields, source_id, item.where, host)
        elif item.kind == "organization":
            yield company_of(fields, source_id, item.where, host)
        elif text(item.raw.get("status")).strip().lower() == DELETED:
            yield Problem("DELETED_TICKET", f"ticket {source_id} was deleted in Zendesk", item.where, lost=0)
        else:
            records = list(ticket_records(fields, source_id, item.where, host, self._titles))
            yield from self._parents(item, records[0])
            yield from records

    def _parents(self, item: Item, ticket: Record | Problem) -> Iterator[Record]:
        for label_id, name in tags_of(item.raw).items():
            if self._is_new(f"label {label_id}"):
                yield Label(source_id=label_id, origin=item.where, name=name)
        is_nobodys = isinstance(ticket, Ticket) and ticket.requester_id == NOBODY
        if is_nobodys and self._is_new(NOBODY):
            yield nobody()

    def _is_new(self, what: str) -> bool:
        is_new = what not in self._said
        self._said.add(what)
        return is_new


def _read(part: Part, conversion: _Conversion) -> Iterator[Record | Problem | Checkpoint]:
    for entry in read_part(part):
        if isinstance(entry, Problem):
            yield entry
        else:
            yield from conversion.convert(entry, repaired=entry.repaired)


def _titles(export: Export) -> FieldTitles:
    """Read apart and first: whoever goes on from a cursor needs them, too."""
    titles = FieldTitles()
    for part in export.parts:
        if "ticket_field" not in part.kinds:
            continue
        try:
            for entry in read_part(part):
                if isinstance(entry, Item) and entry.kind == "ticket_field":
                    titles.add(entry.raw)
        except OSError:
            continue  # said when the file's turn comes
    return titles


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"cannot be taken ({type(error).__name__})"
