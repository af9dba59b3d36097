"""Rows of a table of tickets, read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from tiketti_migrate_csv.cell_errors import ERROR_WORDS
from tiketti_migrate_csv.chunks import Chunk
from tiketti_migrate_csv.columns import Oddities, Oddity, Readers, keep, tell
from tiketti_migrate_csv.comment_cells import Comment, note_whole
from tiketti_migrate_csv.digests import written
from tiketti_migrate_csv.people import beside_name, full_name
from tiketti_migrate_csv.status_words import truth_of
from tiketti_migrate_csv.texts import Text
from tiketti_migrate_csv.visibility import said_by

__all__ = ["UNSIGNED", "Author", "Byline", "Said", "TicketRow", "Work", "ticket_rows"]

# The cells id, person, name, address.
Author = tuple[str | None, str | None, str | None, str | None]


class Byline(NamedTuple):
    """By whom a text is, when it was written, and whether it is internal. ``nameless``: there is a column of
    authors, and its cell is empty.

    ``own``: what cells say of author and date, in whatever time zone, which is part of the text's id.
    """

    author: Author | None = None
    at: datetime | None = None
    internal: bool = False
    nameless: bool = False
    own: str = ""


UNSIGNED = Byline()


class Said(NamedTuple):
    """A message beside the description. ``own``: as of a byline; ``at`` may be the date of the row."""

    body: Text
    author: Author | None = None
    at: datetime | None = None
    internal: bool = False
    own: str = ""


class Work(NamedTuple):
    """Minutes that one of several rows tells; ``assignee``: its cells id, person, address. ``own``: as of
    what is said in the row."""

    minutes: int
    at: datetime | None
    author: Author | None
    assignee: tuple[str | None, ...]
    own: str


@dataclass(slots=True)
class TicketRow:
    """One row, read; words are still the source's own. ``requester``: the cells id, person, name, address,
    phone, company, company id; ``assignee``: id, person, address. ``byline`` is that of the description,
    where the table has no other text of a row's own. ``times``: the work that rows of one ticket tell by row.
    ``doubted``: it is internal by a word that may be one of the ticket's kind.
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
    byline: Byline
    said: list[Said]
    extra: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    doubted: bool = False
    times: list[Work] = field(default_factory=list)

    @property
    def own(self) -> str:
        """What its cells say of the author and the date of what it tells."""
        return self.byline.own or next((one.own for one in self.said if one.own), "")

    def open_up(self) -> None:
        """As the first row of a ticket, in which the requester speaks: no doubtful word makes it internal."""
        first = self.byline if self.description else self.said[0] if self.said else None
        if not self.doubted or first is None:
            return
        author = first.author and first.author[1]
        if author is not None and author.casefold() not in {
            cell.casefold() for cell in self.requester if cell
        }:
            return
        if self.description:
            self.byline = self.byline._replace(internal=False)
        else:
            self.said[0] = self.said[0]._replace(internal=False)

    @property
    def size(self) -> int:
        """How many characters its texts and what has no home take."""
        texts = [self.description] if self.description else []
        kept = sum(len(value) for value in self.extra.values())
        return kept + sum(len(text.body) for text in (*texts, *(one.body for one in self.said)))


_REQUESTER = (
    "requester_id", "requester", "requester_name", "requester_email", "requester_phone",
    "company", "company_id",
)  # fmt: skip
_NAME = _REQUESTER.index("requester_name")
_NAME_PARTS = ("requester_first_name", "requester_last_name")
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
            *_texts(chunk, readers, oddities),
            chunk.extras(),
        )
    )
    if not set(_NAME_PARTS).isdisjoint(readers.names):
        _join_names(rows, *map(values, _NAME_PARTS))
    if chunk.layout.is_internal_by_kind:
        for row, cell, comment in zip(rows, chunk.raw("internal"), chunk.raw("comment"), strict=True):
            # Without either of the two, what the row says is a note.
            row.doubted = _is_doubtful(cell) and bool(row.description or comment)
    for place, odd in oddities.items():
        tell(odd, rows[place].extra, rows[place].warnings)
    return rows


def _is_doubtful(cell: str) -> bool:
    said = said_by(cell)
    return truth_of(cell) is None and not (said is not None and said.of_message)


def _join_names(rows: list[TicketRow], firsts: list[str | None], lasts: list[str | None]) -> None:
    for row, first, last in zip(rows, firsts, lasts, strict=True):
        before, name, after = row.requester[:_NAME], row.requester[_NAME], row.requester[_NAME + 1 :]
        for field_name, part in beside_name(
            name, **dict(zip(_NAME_PARTS, (first, last), strict=True))
        ).items():
            keep(row.extra, field_name, part)
        row.requester = (*before, full_name(name, first, last), *after)


def _labels(chunk: Chunk, readers: Readers, oddities: Oddities) -> list[list[str]]:
    columns = readers.each(chunk, "labels", oddities)
    if not columns:
        return [[] for _ in chunk.lines]
    if len(columns) == 1:
        found = [cell or [] for cell in columns[0]]
    else:
        found = [[label for cell in cells if cell for label in cell] for cells in zip(*columns, strict=True)]
    for place, labels in enumerate(found):
        if not ERROR_WORDS.isdisjoint(labels):
            found[place] = _without_errors(labels, place, oddities)
    return found


def _without_errors(labels: list[str], place: int, oddities: Oddities) -> list[str]:
    """A formula that makes a list may have made an error of a part of it."""
    for word in filter(ERROR_WORDS.__contains__, labels):
        words = f"the list holds the error {word} instead of a label"
        oddities.setdefault(place, []).append(Oddity("labels", word, words, kept=False))
    return [label for label in labels if label not in ERROR_WORDS]


def _texts(chunk: Chunk, readers: Readers, oddities: Oddities) -> tuple[list[Byline], list[list[Said]]]:
    """What the bylines are of: the comments of their rows, without such a column the descriptions."""
    comments, notes = (readers.each(chunk, name, oddities) for name in ("comment", "note"))
    flags = _flags(chunk, readers, oddities)
    bylines = _bylines(chunk, readers, oddities, flags)
    if not comments and not notes:
        return bylines, [[] for _ in chunk.lines]
    note_whole(comments, oddities)
    found: list[list[Said]] = []
    for place, byline in enumerate(bylines):
        said = [_comment(column[place], byline) for column in comments if column[place]]
        said += [Said(column[place], internal=True) for column in notes if column[place]]
        found.append(said)
    if not comments:
        return bylines, found
    return [Byline(internal=True) if is_internal else UNSIGNED for is_internal in flags], found


def _flags(chunk: Chunk, readers: Readers, oddities: Oddities) -> list[bool]:
    """Whether all that a row says is internal."""
    if {"internal", "public"}.isdisjoint(readers.names):
        return [False] * len(chunk)
    cells = (readers.values(chunk, name, oddities) for name in ("internal", "public"))
    return [bool(internal) or public is False for internal, public in zip(*cells, strict=True)]


def _bylines(chunk: Chunk, readers: Readers, oddities: Oddities, flags: Sequence[bool]) -> list[Byline]:
    names = ("comment_author", "comment_created_at", "comment_internal")
    if not {*names, "internal", "public"}.intersection(readers.names):
        return [UNSIGNED] * len(chunk)
    cells = zip(*(readers.values(chunk, name, oddities) for name in names), flags, strict=True)
    dates = chunk.raw("comment_created_at")
    has_authors = "comment_author" in readers.names
    return [
        Byline(
            (None, author, None, None) if author else None,
            at,
            is_internal if internal is None else internal,
            has_authors and not author,
            _own(author, date),
        )
        for (author, at, internal, is_internal), date in zip(cells, dates, strict=True)
    ]


def _own(author: str | None, date: str) -> str:
    return f"{author or ''} \x00 {written(date)}" if author or date else ""


def _comment(found: Text | Comment, byline: Byline) -> Said:
    """What the cell itself says about the comment counts more than cells beside it."""
    if not isinstance(found, Comment):
        return Said(found, byline.author, byline.at, byline.internal, byline.own)
    author = (found.author_id, None, None, None) if found.author_id else byline.author
    own = _own(found.author_id, found.date) if found.author_id or found.date else byline.own
    return Said(found.body, author, found.at or byline.at, byline.internal, own)
