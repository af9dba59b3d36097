"""Tables as a user gives them to the csv source, and the records that come of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import xlsxwriter

from tiketti_migrate.api import LeftOut, Problem, each
from tiketti_migrate.mapping import parse_mapping
from tiketti_migrate.records import (
    Agent,
    Company,
    Contact,
    Label,
    Message,
    Outcome,
    Record,
    Ticket,
    TimeEntry,
    record_of,
)
from tiketti_migrate_csv.source import CsvOptions, CsvSource

__all__ = ["Desk", "Found", "as_text"]

_R = TypeVar("_R", bound=Record)


@dataclass
class Found:
    """Everything that one reading yields."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    # How tables were read where that can be wrong; nothing is wrong with a row.
    notices: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def of(self, model: type[_R]) -> list[_R]:
        return [record for record in self.records if isinstance(record, model)]

    @property
    def tickets(self) -> dict[str, Ticket]:
        return {ticket.source_id: ticket for ticket in self.of(Ticket)}

    @property
    def ticket(self) -> Ticket:
        """The only one."""
        (ticket,) = self.of(Ticket)
        return ticket

    @property
    def contacts(self) -> dict[str, Contact]:
        return {contact.source_id: contact for contact in self.of(Contact)}

    @property
    def companies(self) -> dict[str, Company]:
        return {company.source_id: company for company in self.of(Company)}

    @property
    def labels(self) -> list[Label]:
        return self.of(Label)

    @property
    def agents(self) -> list[Agent]:
        return self.of(Agent)

    @property
    def messages(self) -> list[Message]:
        return self.of(Message)

    @property
    def bodies(self) -> list[str]:
        return [message.body for message in self.messages]

    @property
    def times(self) -> list[TimeEntry]:
        return self.of(TimeEntry)

    @property
    def statuses(self) -> dict[str, str]:
        return {outcome.source_id: outcome.status for outcome in self.of(Outcome)}

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Codes and places of the problems."""
        return [(problem.code, problem.where) for problem in self.problems]

    @property
    def warnings(self) -> list[str]:
        return [warning for record in self.records for warning in record.warnings]

    @property
    def ids(self) -> list[tuple[str, str]]:
        return [(record.kind, record.source_id) for record in self.records]


class Desk:
    """A folder with tables; ``tickets.csv`` is the one of tickets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str | bytes, name: str = "tickets.csv") -> Path:
        """A table; blanks around its lines are those of the test's source."""
        path = self.folder / name
        data = text if isinstance(text, bytes) else _straight(text).encode()
        path.write_bytes(data)
        return path

    def book(self, rows: Sequence[Sequence[object]], name: str) -> Path:
        """A workbook of one sheet."""
        path = self.folder / name
        # Nothing is taken for a formula or a link.
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet("Tickets")
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
        return path

    def source(self, text: str | bytes | None = None, /, **options: Any) -> CsvSource:
        """Over ``tickets.csv``, with ``text`` in it; ``map`` is the text of a mapping file."""
        path = self.folder / "tickets.csv" if text is None else self.write(text)
        mapping = options.pop("map", None)
        source = CsvSource(CsvOptions(**{"paths": (path,), **options}))
        if mapping is not None:
            assert source.use(parse_mapping(mapping, "map.toml"))
        return source

    def read(self, text: str | bytes | None = None, /, **options: Any) -> Found:
        """What comes of it. ``pinned``: what the workspace that it is read into belongs to."""
        pinned = options.pop("pinned", None)
        source = self.source(text, **options)
        source.check()
        assert pinned is None or source.is_same(pinned)
        return everything(source)


def everything(source: CsvSource) -> Found:
    """All that one reading yields."""
    found = Found()
    for item in each(source.extract(None)):
        if isinstance(item, Problem) and item.code == "NOTICE":
            found.notices.append(f"{item.where}: {item.message}")
        elif isinstance(item, Problem):
            found.problems.append(item)
        elif isinstance(item, LeftOut):
            found.left_out.append(item)
        else:
            found.records.append(record_of(item))
    return found


def as_text(found: Found) -> Iterator[str]:
    """A line for each record and each problem."""
    for record in found.records:
        text = record.model_dump_json(exclude_defaults=True, exclude={"kind"})
        yield text.replace("{", f"{record.kind} {{", 1)
    for problem in found.problems:
        yield f"{problem.code} {problem.where}: {problem.message}"


def _straight(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"
