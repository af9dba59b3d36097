"""Rows of a table of tickets, and several rows that are one ticket."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from tiketti_migrate_csv.chunks import Chunk
from tiketti_migrate_csv.columns import Oddities, Readers, keep, tell
from tiketti_migrate_csv.comment_cells import Comment, note_whole
from tiketti_migrate_csv.texts import Text

__all__ = ["Said", "TicketRow", "merged", "ticket_rows"]


class Said(NamedTuple):
    """A message beside the description; ``author`` as the cell has it, ``author_id`` where it is an id."""

    body: Text
    author: str | None = None
    at: datetime | None = None
    internal: bool = False
    author_id: str | None = None


@dataclass(slots=True)
class TicketRow:
    """One row, read; words are still the source's own. ``requester``: the cells id, person, name, address,
    phone, company, company id; ``assignee``: id, person, address.
    """

    line: int
    id: str | None
    url: str | None
    subject: str | None
    description: Text | None
    status: str | None
    priority: str | None
    labels: list[str]
    created_at: datetime | None
    updated_at: datetime | None
    requester: tuple[str | None, ...]
    assignee: tuple[str | None, ...]
    time_spent: int | None
    said: list[Said]
    extra: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    # The times worked by row, where rows of one ticket tell different ones.
    times: list[int] = field(default_factory=list)


_REQUESTER = (
    "requester_id", "requester", "requester_name", "requester_email", "requester_phone",
    "company", "company_id",
)  # fmt: skip
_ASSIGNEE = ("assignee_id", "assignee", "assignee_email")


def ticket_rows(chunk: Chunk, readers: Readers) -> list[TicketRow]:
    """In the order of the chunk."""
    oddities: Oddities = {}

    def values(name: str) -> list[Any]:
        return readers.values(chunk, name, oddities)

    rows = list(
        map(
            TicketRow,
            chunk.lines,
            values("id"),
            values("url"),
            values("subject"),
            values("description"),
            values("status"),
            values("priority"),
            _labels(chunk, readers, oddities),
            values("created_at"),
            values("updated_at"),
            zip(*map(values, _REQUESTER), strict=True),
            zip(*map(values, _ASSIGNEE), strict=True),
            values("time_spent"),
            _said(chunk, readers, oddities),
            chunk.extras(),
        )
    )
    for place, odd in oddities.items():
        tell(odd, rows[place].extra, rows[place].warnings)
    return rows


def _labels(chunk: Chunk, readers: Readers, oddities: Oddities) -> list[list[str]]:
    columns = readers.each(chunk, "labels", oddities)
    if not columns:
        return [[] for _ in chunk.lines]
    if len(columns) == 1:
        return [cell or [] for cell in columns[0]]
    return [[label for cell in cells if cell for label in cell] for cells in zip(*columns, strict=True)]


def _said(chunk: Chunk, readers: Readers, oddities: Oddities) -> list[list[Said]]:
    comments, notes = (readers.each(chunk, name, oddities) for name in ("comment", "note"))
    if not comments and not notes:
        return [[] for _ in chunk.lines]
    note_whole(comments, oddities)
    authors = readers.values(chunk, "comment_author", oddities)
    moments = readers.values(chunk, "comment_created_at", oddities)
    internal = readers.values(chunk, "comment_internal", oddities)
    found: list[list[Said]] = []
    for place in range(len(chunk)):
        said = [
            _comment(column[place], authors[place], moments[place], internal=bool(internal[place]))
            for column in comments
            if column[place]
        ]
        said += [Said(column[place], internal=True) for column in notes if column[place]]
        found.append(said)
    return found


def _comment(found: Text | Comment, author: str | None, at: datetime | None, *, internal: bool) -> Said:
    """What the cell itself says about the comment counts more than cells beside it."""
    if not isinstance(found, Comment):
        return Said(found, author, at, internal)
    return Said(found.body, None if found.author_id else author, found.at or at, internal, found.author_id)


# Who asked and what about is told by the first row of a ticket, where it stands now by the last.
_BY_THE_FIRST = ("url", "subject", "requester")
_BY_THE_LAST = ("status", "priority", "assignee")


def merged(rows: Sequence[TicketRow]) -> TicketRow:
    """One ticket of several rows.

    Nothing is lost: other descriptions become messages, other values are kept as extra and listed.
    """
    if len(rows) == 1:
        return rows[0]
    rows = _by_time(rows)
    whole = rows[0]
    lines = sorted(row.line for row in rows)
    whole.warnings += [warning for row in rows[1:] for warning in row.warnings]
    for field_name in _BY_THE_FIRST + _BY_THE_LAST:
        _settle(whole, rows, field_name, last=field_name in _BY_THE_LAST)
    whole.said = list(_talk(rows))
    whole.description = next((row.description for row in rows if row.description), None)
    whole.labels = list(dict.fromkeys(label for row in rows for label in row.labels))
    whole.created_at = min((row.created_at for row in rows if row.created_at), default=None)
    whole.updated_at = max((row.updated_at for row in rows if row.updated_at), default=None)
    times = [row.time_spent for row in rows if row.time_spent]
    # The same in every row is the ticket's; else each row tells of a piece of work.
    whole.times = times if len(set(times)) > 1 else times[:1]
    whole.time_spent = None
    whole.extra = _all_extras(rows)
    whole.line = lines[0]
    return whole


def _by_time(rows: Sequence[TicketRow]) -> list[TicketRow]:
    dated = all(row.updated_at or row.created_at for row in rows)
    if not dated:
        return list(rows)
    return sorted(rows, key=lambda row: (row.updated_at or row.created_at, row.line))


def _settle(whole: TicketRow, rows: Sequence[TicketRow], name: str, *, last: bool) -> None:
    values = [(getattr(row, name), row.line) for row in rows if _is_told(getattr(row, name))]
    if not values:
        return
    chosen, line = values[-1] if last else values[0]
    setattr(whole, name, chosen)
    other = next(((value, at) for value, at in values if value != chosen), None)
    if other is None:
        return
    differing = sorted([other, (chosen, line)], key=_row)
    both = " and ".join(f"{_shown(value)} in row {at}" for value, at in differing)
    whole.warnings.append(f"rows of this ticket differ in {name}: {both}; that of row {line} is taken")
    others = dict.fromkeys(_shown(value) for value, _ in values if value != chosen)
    for row in rows:
        keep(row.extra, f"other {name}", list(others))


def _row(value: tuple[Any, int]) -> int:
    return value[1]


def _is_told(value: Any) -> bool:
    return any(value) if isinstance(value, tuple) else value is not None


def _shown(value: Any) -> str:
    words = " ".join(filter(None, value)) if isinstance(value, tuple) else str(value)
    return f"'{words[:60]}'"


def _talk(rows: Sequence[TicketRow]) -> Iterator[Said]:
    """Every text once: rows that repeat it are made by a join, not by people."""
    told = {next((row.description for row in rows if row.description), None)}
    seen: set[Said] = set()
    for row in rows:
        if row.description not in told and row.description:
            told.add(row.description)
            yield Said(row.description, at=row.created_at)
        for one in row.said:
            one = one if one.at else one._replace(at=row.created_at)
            if one not in seen:
                seen.add(one)
                yield one


def _all_extras(rows: Sequence[TicketRow]) -> dict[str, Any]:
    """Every value once; several of one column stand together."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, value in row.extra.items():
            values = value if isinstance(value, list) else [value]
            found.setdefault(name, {}).update(dict.fromkeys(values))
    return {name: next(iter(values)) if len(values) == 1 else list(values) for name, values in found.items()}
