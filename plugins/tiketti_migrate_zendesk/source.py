"""The source: an account export, read once from front to back in flat memory."""

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar

from pydantic import BaseModel, ValidationError

from tiketti_migrate.api import Checkpoint, Problem, RecordFields, Source
from tiketti_migrate.errors import SourceError
from tiketti_migrate.records import Record, record_of
from tiketti_migrate_zendesk.account import Account, Pieces
from tiketti_migrate_zendesk.cursor import Cursor
from tiketti_migrate_zendesk.export import Export, Part, open_export, read_part
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.people import NOBODY, company_records, person_records
from tiketti_migrate_zendesk.recognise import Item
from tiketti_migrate_zendesk.tickets import ticket_records
from tiketti_migrate_zendesk.values import text

__all__ = ["ZendeskOptions", "ZendeskSource"]

_LINES_A_CHECKPOINT = 500
_BYTES_A_CHECKPOINT = 4 * 1024 * 1024


class ZendeskSource(Source):
    """A Zendesk account export: folders or files of tickets, users, organizations and ticket fields."""

    name = "zendesk"
    title = "Zendesk"
    Options: ClassVar[type[BaseModel]] = ZendeskOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._options = ZendeskOptions.model_validate(options.model_dump())
        self._paths = self._options.paths

    def check(self) -> None:
        """Raises UsageError for a wrong path, an empty folder, foreign files or those of two accounts."""
        _ = self._export

    def identity(self) -> str:
        return self._export.host or ", ".join(sorted(text(str(path.resolve())) for path in self._paths))

    def extract(self, cursor: str | None) -> Iterator[Record | Problem | Checkpoint]:
        export = self._export
        start = Cursor.load(cursor, export.fingerprint)
        if start is None:
            start = Cursor(export.fingerprint)
            yield from export.problems
        conversion = _Conversion(_account(export), self._options)
        for index, part in enumerate(export.parts[start.part :], start=start.part):
            here = start if index == start.part else Cursor(export.fingerprint, index)
            try:
                yield from _read(part, here, conversion)
            except OSError as error:
                # Without a checkpoint behind it the damaged place is read again by the next run.
                raise SourceError(
                    f"cannot be read any further: {error.strerror}",
                    where=part.file.name,
                    hint="what was read is kept; make the file readable and run the same command again",
                ) from error
            yield conversion.checkpoint(Cursor(export.fingerprint, index + 1))

    @cached_property
    def _export(self) -> Export:
        return open_export(self._paths)


class _Conversion:
    """Turns items into records. What it remembers ends at a checkpoint, so that going on from one yields
    exactly what would have followed, and memory does not grow with the account."""

    def __init__(self, account: Account, options: ZendeskOptions) -> None:
        self._account = account
        self._options = options
        self._said: set[str] = set()

    def checkpoint(self, cursor: Cursor) -> Checkpoint:
        """The end of what is remembered."""
        self._said.clear()
        return Checkpoint(cursor.dump())

    def convert(self, item: Item, *, repaired: bool) -> list[Record | Problem]:
        """All records of one item or, since half a ticket would be a silent loss, one problem."""
        if item.kind == "ticket_field":
            return []
        source_id = Fields(item.raw).identifier("id", "_id")
        if source_id is None:
            return [Problem("NO_ID", f"the {item.kind} has no id", item.where)]
        try:
            found = self._records(item, source_id, repaired=repaired)
            return [one if isinstance(one, Problem) else record_of(one) for one in found if self._is_due(one)]
        except (ValidationError, ValueError, OverflowError, RecursionError) as error:
            return [Problem("BAD_RECORD", f"{item.kind} {source_id}: {_reason(error)}", item.where)]

    def _records(self, item: Item, source_id: str, *, repaired: bool) -> list[RecordFields | Problem]:
        raw, where, account, options = item.raw, item.where, self._account, self._options
        if item.kind == "user":
            return [*person_records(raw, source_id, where, (), account, options, repaired)]
        if item.kind == "organization":
            return [*company_records(raw, source_id, where, (), (), account, options, repaired)]
        return ticket_records(raw, source_id, where, Pieces(), account, options, repaired)

    def _is_due(self, one: RecordFields | Problem) -> bool:
        """Labels and the requester of tickets that name none come with each ticket that needs them."""
        if isinstance(one, Problem) or one["kind"] not in ("label", "contact"):
            return True
        is_shared = one["kind"] == "label" or one["source_id"] == NOBODY
        return not is_shared or self._is_new(f"{one['kind']} {one['source_id']}")

    def _is_new(self, what: str) -> bool:
        is_new = what not in self._said
        self._said.add(what)
        return is_new


def _read(part: Part, start: Cursor, conversion: _Conversion) -> Iterator[Record | Problem | Checkpoint]:
    last = start
    for step in read_part(part, start.line, start.offset):
        for entry in step.entries:
            if isinstance(entry, Problem):
                yield entry
            else:
                yield from conversion.convert(entry, repaired=step.repaired)
        lines, size = step.line - last.line, step.offset - last.offset
        if not part.whole and (lines >= _LINES_A_CHECKPOINT or size >= _BYTES_A_CHECKPOINT):
            last = Cursor(start.fingerprint, start.part, step.line, step.offset)
            yield conversion.checkpoint(last)


def _account(export: Export) -> Account:
    """Read apart and first: whoever goes on from a cursor needs them, too."""
    account = Account(hosts=(export.host,) if export.host else ())
    for part in export.parts:
        if "ticket_field" not in part.kinds:
            continue
        try:
            for step in read_part(part):
                for entry in step.entries:
                    if isinstance(entry, Item) and entry.kind == "ticket_field":
                        account.add_field(entry.raw)
        except OSError:
            continue  # said when the file's turn comes
    return account


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"cannot be taken ({type(error).__name__})"
