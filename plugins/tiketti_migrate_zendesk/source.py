"""The source: an account export, read once from front to back, in flat memory."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tiketti_migrate.api import Checkpoint, Problem, Source
from tiketti_migrate.records import Contact, Label, Record
from tiketti_migrate_zendesk.files import Line, Part, find_parts, read_part
from tiketti_migrate_zendesk.people import company_of, person_of
from tiketti_migrate_zendesk.tickets import NOBODY, records_of
from tiketti_migrate_zendesk.values import identifier, items, text
from tiketti_migrate_zendesk.words import DELETED

__all__ = ["ZendeskOptions", "ZendeskSource"]

_LINES_A_CHECKPOINT = 1000
_LINES_ASKED_FOR_IDENTITY = 50
_TOTAL_TIME = "total time spent (sec)"


class ZendeskOptions(BaseModel):
    """Where the export lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: tuple[Path, ...] = Field(description="Folders or files of the account export (JSON).")


class ZendeskSource(Source):
    """A Zendesk account export: folders or files of tickets, users, organizations and ticket fields."""

    name = "zendesk"
    title = "Zendesk"
    Options: ClassVar[type[BaseModel]] = ZendeskOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._paths = ZendeskOptions.model_validate(options).paths
        self._parts: list[Part] | None = None
        self._problems: list[Problem] = []
        self._labels: set[str] = set()
        self._time_fields: set[str] = set()
        self._nobody_made = False

    def check(self) -> None:
        self._found()

    def identity(self) -> str:
        for part in self._found():
            for line in islice(read_part(part), _LINES_ASKED_FOR_IDENTITY):
                url = text(line.data.get("url")) if isinstance(line, Line) else ""
                host = urlsplit(url).hostname if url.startswith("https://") else None
                if host:
                    return host
        return ",".join(sorted(str(path.resolve()) for path in self._paths))

    def extract(self, cursor: str | None) -> Iterator[Record | Problem | Checkpoint]:
        done: dict[str, int] = json.loads(cursor) if cursor else {}
        yield from self._problems_of_files()
        for part in self._found():
            key = str(part.path)
            # Ticket fields are few and everything after them leans on them.
            start = 0 if part.kind == "ticket_fields" else done.get(key, 0)
            for number, line in enumerate(read_part(part, start), start=1):
                yield from self._items(part, line)
                if number % _LINES_A_CHECKPOINT == 0:
                    done[key] = _number_of(line)
                    yield Checkpoint(json.dumps(done))

    def _found(self) -> list[Part]:
        if self._parts is None:
            self._parts, self._problems = find_parts(self._paths)
        return self._parts

    def _problems_of_files(self) -> Iterator[Problem]:
        self._found()
        yield from self._problems

    def _items(self, part: Part, line: Line | Problem) -> Iterator[Record | Problem]:
        if isinstance(line, Problem):
            yield line
            return
        try:
            # A line is taken whole or not at all: half a ticket would be a silent loss.
            yield from list(self._records(part.kind, line))
        except (ValidationError, ValueError, TypeError, OverflowError) as error:
            yield Problem("BAD_RECORD", f"cannot be taken: {_reason(error)}", line.place)

    def _records(self, kind: str, line: Line) -> Iterator[Record | Problem]:
        if kind == "ticket_fields":
            if text(line.data.get("title")).strip().casefold() == _TOTAL_TIME:
                self._time_fields.add(identifier(line.data.get("id")) or "")
        elif kind == "tickets":
            yield from self._ticket(line)
        else:
            record = person_of(line) if kind == "users" else company_of(line)
            yield record or Problem("NO_ID", f"one of the {kind} has no id", line.place)

    def _ticket(self, line: Line) -> Iterator[Record | Problem]:
        ticket_id = identifier(line.data.get("id") or line.data.get("_id"))
        if ticket_id is None:
            yield Problem("NO_ID", "the ticket has no id", line.place)
            return
        if text(line.data.get("status")).lower() == DELETED:
            yield Problem("DELETED_TICKET", f"ticket {ticket_id} was deleted in Zendesk", line.place)
            return
        for tag in items(line.data.get("tags")):
            yield from self._label(text(tag).strip(), line.place)
        records = list(records_of(line, ticket_id, frozenset(self._time_fields)))
        if getattr(records[0], "requester_id", None) == NOBODY and not self._nobody_made:
            self._nobody_made = True
            warning = "stands for the requesters of tickets that name nobody"
            yield Contact(source_id=NOBODY, name="Unknown requester", warnings=(warning,))
        yield from records

    def _label(self, name: str, place: str) -> Iterator[Label]:
        if name and name.casefold() not in self._labels:
            self._labels.add(name.casefold())
            yield Label(source_id=name.casefold(), origin=place, name=name)


def _number_of(line: Line | Problem) -> int:
    place = line.place if isinstance(line, Line) else line.where
    return int("".join(c for c in place.rpartition(":" if ":" in place else "[")[2] if c.isdigit()) or 0)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return type(error).__name__
