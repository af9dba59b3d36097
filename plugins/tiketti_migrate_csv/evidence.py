"""The first reading of a table: what whole columns say, before any cell is converted."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.by_row import ByRow
from tiketti_migrate_csv.cell_errors import ERROR_WORDS
from tiketti_migrate_csv.chunks import Chunk, Where, parts, sifted
from tiketti_migrate_csv.columns import Reader, Readers, Reads
from tiketti_migrate_csv.comment_cells import CommentEvidence, CommentReader
from tiketti_migrate_csv.cut_ids import CutIds
from tiketti_migrate_csv.dates import DateEvidence, DateOrder, DateReader
from tiketti_migrate_csv.duration_evidence import DurationEvidence
from tiketti_migrate_csv.durations import minutes
from tiketti_migrate_csv.empties import EmptyEvidence, EmptyKind
from tiketti_migrate_csv.fields import DATES, DURATIONS, FLAGS, VISIBILITY
from tiketti_migrate_csv.flags import FlagEvidence
from tiketti_migrate_csv.headers import DurationUnit, duration_unit, time_zone
from tiketti_migrate_csv.layout import Layout
from tiketti_migrate_csv.lists import ListEvidence, split_labels
from tiketti_migrate_csv.numbers import (
    IdEvidence,
    IdVerdict,
    NumberEvidence,
    decimal_of,
    integer_of,
    without_zeros,
)
from tiketti_migrate_csv.patterns import pattern_of
from tiketti_migrate_csv.plain import shown
from tiketti_migrate_csv.seen import Seen
from tiketti_migrate_csv.status_words import truth_of
from tiketti_migrate_csv.texts import Text, TextEvidence, clean, read_text
from tiketti_migrate_csv.unused import UnusedColumns

__all__ = ["Chosen", "Evidence", "gather"]

_TEXTS = frozenset({"description", "comment", "note", "body", "notes"})
_LISTS = frozenset({"labels", "domains"})
_NUMBERS = frozenset({"rate", "hourly_rate"})
_IDS = frozenset({"id", "ticket_id", "requester_id", "company_id", "assignee_id", "author_id", "agent_id"})
_WORDS = frozenset({"status", "priority", *FLAGS})
_COUNTED = ("status", "priority")
# Fewer are odd rows; more, and the file is not what its beginning says.
_MANY_RAGGED = 0.1
_MOST_WORDS = 10_000
# A record's id has at most a thousand characters, and is made of up to two of these.
_LONGEST_ID = 400
_AS_IT_IS = IdVerdict()
# The id, and what no two tickets of it would say alike.
_OF_ONE_TICKET = ("id", "subject", "description", "created_at")
_PEOPLE = frozenset({
    "requester", "requester_name", "requester_email", "assignee", "assignee_email", "comment_author",
    "author", "author_name", "author_email", "agent", "email", "company", "requester_phone", "phone",
    "requester_first_name", "requester_last_name",
})  # fmt: skip
_KINDS: tuple[tuple[frozenset[str], EmptyKind], ...] = (
    (DATES, "date"), (_LISTS, "list"), (_NUMBERS | DURATIONS, "number"), (_IDS, "id"), (_WORDS, "word"),
    (_PEOPLE, "person"),
)  # fmt: skip


def _empty_kind(field: str) -> EmptyKind:
    return next((kind for fields, kind in _KINDS if field in fields), "text")


class Chosen(NamedTuple):
    """What the user says of cells that do not say it: ``unit`` of durations that are numbers alone.

    ``grouped``: rows of one id are one ticket, whatever they say.
    """

    zone: tzinfo = UTC
    order: DateOrder | None = None
    unit: DurationUnit | None = None
    grouped: bool = False


class Evidence:
    """What the columns of one table say together.

    ``repeated``: several rows have one id; ``scattered``: they do not stand side by side. ``equal``: rows
    that say what an earlier one says, where there are no ids. ``words``: how often each word of status and
    priority stands there. ``ragged``: rows that have not the cells of the header. ``by_row``: what rows of
    one ticket tell each for itself.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rows = 0
        self.ragged = 0
        self.first_ragged = ""
        self.repeated = False
        self.scattered = False
        self._fields = [*layout.columns, *(f for f in layout.rules.templates if f not in layout.columns)]
        self._empties = {field: EmptyEvidence(_empty_kind(field)) for field in self._fields}
        self.dates = {field: DateEvidence() for field in self._fields if field in DATES}
        self._texts = {field: TextEvidence() for field in self._fields if field in _TEXTS}
        self._lists = {field: ListEvidence() for field in self._fields if field in _LISTS}
        self._numbers = {field: NumberEvidence() for field in self._fields if field in _NUMBERS}
        self._durations = {field: DurationEvidence() for field in self._fields if field in DURATIONS}
        self.flags = {field: FlagEvidence(field) for field in self._fields if field in VISIBILITY}
        self.unused = UnusedColumns(layout)
        self.ids = {field: IdEvidence() for field in self._fields if field in _IDS}
        self._longest = dict.fromkeys(self.ids, 0)
        self._cut = CutIds()
        self._seen = Seen()
        self.by_row = ByRow(layout)
        self.words: dict[str, Counter[str]] = {f: Counter() for f in self._fields if f in _COUNTED}
        self.equal = 0
        self._last = ""
        self._parts = layout.preset.comment_parts if layout.preset else ()
        self._comments: CommentEvidence | None = None
        if self._parts and "comment" in self._texts:
            self.dates["comment"] = DateEvidence()
            self._comments = CommentEvidence(self._parts, self.dates["comment"], self._texts["comment"])
        patterns = {field: pattern_of(layout, field) for field in self.dates}
        self._patterns = {field: found for field, found in patterns.items() if found is not None}

    def miss(self, problems: Iterable[Problem]) -> None:
        """What was wrong with rows that could not be read."""
        for problem in problems:
            if problem.code == "RAGGED_ROW":
                self.first_ragged = self.first_ragged or problem.where
                self.ragged += 1

    def add(self, chunk: Chunk, every: Chunk) -> None:
        """The next rows. ``every``: with those that the mapping's conditions leave out."""
        self.rows += len(every)
        for field in self._fields:
            for cells in chunk.each(field):
                self._empties[field].add(cells)
                self._look(field, chunk, cells)
        self.unused.add(chunk)
        if "id" in self.ids:
            self._watch_ids(every)
            if self.ids["id"].has_lost and self.layout.kind == "ticket":
                self._cut.add(chunk.lines, *map(chunk.raw, _OF_ONE_TICKET))
            self.by_row.add(chunk, repeated=self.repeated)
        elif self.layout.kind == "ticket":
            self.equal += sum(not self._seen.add("\x1f".join(cells)) for cells in chunk.rows)

    def _look(self, field: str, chunk: Chunk, cells: Sequence[str]) -> None:
        if field == "comment" and self._comments is not None:
            self._comments.add(chunk.lines, cells)
            return
        for found in (self._texts, self._lists, self._numbers, self.flags):
            if field in found:
                found[field].add(cells)
        if field in self.words and len(self.words[field]) < _MOST_WORDS:
            self.words[field].update(cells)
        if field in self.ids:
            self._longest[field] = max(self._longest[field], max(map(len, cells), default=0))
        for placed in (self.dates, self.ids, self._durations, self._patterns):
            if field in placed:
                placed[field].add(chunk.lines, cells)

    def _watch_ids(self, chunk: Chunk) -> None:
        cells = [without_zeros(cell) for cell in chunk.raw("id")]
        those = {*cells, self._last}
        if cells and len(those) == len(cells) + 1 and "" not in those and ERROR_WORDS.isdisjoint(those):
            if self._seen.add_all(cells) < len(cells):
                self.repeated = self.scattered = True
            self._last = cells[-1]
        else:
            self._watch_each(cells)

    def _watch_each(self, cells: Sequence[str]) -> None:
        last, seen = self._last, self._seen
        for cell in cells:
            if cell == last or not cell:
                self.repeated = self.repeated or (bool(cell) and cell not in ERROR_WORDS)
            elif not seen.add(cell) and cell not in ERROR_WORDS:
                self.repeated = self.scattered = True
            last = cell
        self._last = last

    def released(self) -> Seen:
        """The ids, which take much memory and are kept no longer."""
        seen, self._seen = self._seen, Seen()
        return seen

    def readers(self, chosen: Chosen, questions: list[UsageError]) -> Readers:
        """How each column is read. What only the user can tell goes to ``questions``: asked together."""
        reads: dict[str, Reads] = {}
        try:
            self.unused.check(several_rows=self.repeated)
        except UsageError as question:
            questions.append(question)
        for field in self._fields:
            try:
                reads[field] = self._reader(field, chosen)
            except UsageError as question:
                questions.append(question)
        return Readers(reads)

    def _reader(self, field: str, chosen: Chosen) -> Reads:
        empties = self._empty_words(field)
        if field in self.flags:
            return self.flags[field].reader(empties)
        return Reader(empties, self._read(field, chosen))

    def _empty_words(self, field: str) -> frozenset[str]:
        words = self._empties[field].words()
        # Nobody's id is 0 in other tables; in its own it is one like others.
        if field == "id":
            return words - {"0"}
        mapped = self.layout.rules.values(field) if field in _COUNTED else None
        return frozenset(word for word in words if not word or mapped is None or mapped(word) == word)

    def _has_messages(self) -> bool:
        if self.layout.kind == "message":
            # That there is no such column at all is said of every table of messages.
            return bool(self.flags)
        return self.layout.has("comment") or (self.repeated and self.layout.has("description"))

    def _all_public(self) -> str | None:
        """Why no message is internal, in words; None where a column tells or its name tells which are."""
        if not self.flags:
            return self.unused.all_public()
        if any(flag.tells(self._empty_words(field)) for field, flag in self.flags.items()):
            return None
        titles = ", ".join(map(self.layout.title, self.flags))
        return f"column {titles} has no word for internal messages: all are taken as public"

    def how_dated(self, chosen: Chosen) -> Iterator[str]:
        """In which order the dates of each column are read."""
        for field, dates in self.dates.items():
            if dates.verdict().cells:
                yield f"column {self.layout.title(field)}: {self._how_dated(field, chosen)}"

    def remarks(self, chosen: Chosen) -> Iterator[str]:
        """What people should know of how cells are read."""
        preset = self.layout.preset
        told = list(self.unused.remarks(several_rows=self.repeated))
        yield from told
        if not told and self._has_messages() and (words := self._all_public()):
            yield words
        for field, durations in self._durations.items():
            words = durations.remark(self._unit(field, chosen), preset.day_hours if preset else 24)
            if words:
                yield f"column {self.layout.title(field)}: {words}"
        if self.ragged > (self.rows + self.ragged) * _MANY_RAGGED:
            count = f"{self.ragged:,} of {self.rows + self.ragged:,} rows"
            why = "the delimiter is another one there, or the file is made of several exports"
            yield f"{count} do not have the cells of the header, the first is {self.first_ragged}: {why}"
        for title in map(self.layout.title, self.dates):
            zone = time_zone(title)
            if zone is not None:
                yield f"column {title}: dates without a zone are of {zone}, as its name says"

    def _read(self, field: str, chosen: Chosen) -> Callable[[str], Any] | None:
        preset = self.layout.preset
        if field in self._texts:
            return self._text_reader(field, chosen)
        if field in self.dates:
            reader = self._date_reader(field, chosen)
            return reader.date if field == "date" else reader
        if field in self._lists:
            separator = (preset and preset.label_separator) or self._lists[field].separator()
            return lambda cell: split_labels(cell, separator)
        if field in self._numbers:
            sign = self._numbers[field].decimal_sign()
            return lambda cell: decimal_of(cell, sign)
        if field in DURATIONS:
            return self._duration_reader(field, chosen)
        if field in self.ids:
            return self._id_reader(field, chosen)
        return {"subject": one_line, "name": one_line}.get(field, truth if field in FLAGS else None)

    def _unit(self, field: str, chosen: Chosen) -> DurationUnit | None:
        preset = self.layout.preset
        return (
            duration_unit(self.layout.title(field))
            or chosen.unit
            or (preset.duration_unit if preset else None)
        )

    def _duration_reader(self, field: str, chosen: Chosen) -> Callable[[str], int]:
        title, preset = self.layout.title(field), self.layout.preset
        found, unit = self._durations[field], self._unit(field, chosen)
        if unit is None and found.lacks_unit:
            words = f"column {title!r}: {found.question()}"
            raise UsageError(
                words, where=self.layout.table.name, hint=_how_to_say_the_unit(field, title[:40])
            )
        day_hours, sign = preset.day_hours if preset else 24, found.decimal_sign
        return lambda cell: minutes(cell, unit, day_hours, sign)

    def _text_reader(self, field: str, chosen: Chosen) -> Callable[[str], Text] | CommentReader:
        strategy = self._texts[field].strategy()

        def text(cell: str) -> Text:
            return read_text(cell, strategy)

        if field not in self.dates:
            return text
        dated = chosen._replace(order=chosen.order or self._order_of_tickets())
        return CommentReader(self._parts, self._date_reader(field, dated), text)

    def _order_of_tickets(self) -> DateOrder | None:
        """Comments are dated as the ticket is."""
        return self.dates["created_at"].verdict().order if "created_at" in self.dates else None

    def _id_reader(self, field: str, chosen: Chosen) -> Callable[[str], str] | None:
        if field == "id" and self._cut.torn is not None and not chosen.grouped:
            raise self._torn_apart(*self._cut.torn)
        verdict = self.ids[field].verdict()
        if self._longest[field] > _LONGEST_ID:
            return lambda cell: integer_of(_short_id(cell), verdict)
        return (lambda cell: integer_of(cell, verdict)) if verdict != _AS_IT_IS else None

    def _torn_apart(self, cell: str, first: int, other: int) -> UsageError:
        title = self.layout.title("id")
        words = (
            f"column {title!r}: its ids were cut by a spreadsheet: {shown(cell)} stands in rows {first} and"
            f" {other}, which are different tickets"
        )
        hint = f"export it again with that column as text; if they are one ticket, add --group-by {title!r}"
        return UsageError(words, where=self.layout.table.name, hint=hint)

    def _how_dated(self, field: str, chosen: Chosen) -> str:
        """In words: whatever told the order."""
        verdict, preset = self.dates[field].verdict(), self.layout.preset
        if field in self._patterns:
            return f"dates are read as {self._patterns[field].text!r}, as the mapping file says"
        of_tickets = self._order_of_tickets() if field == "comment" else None
        if verdict.kind not in ("ambiguous", "contradictory"):
            return verdict.explain()
        if chosen.order:
            return f"dates are read as {chosen.order}, as --date-order says"
        if of_tickets:
            return f"dates are read as {of_tickets}, like those of column {self.layout.title('created_at')}"
        if preset and preset.date_order:
            return f"dates are read as {preset.date_order}, as {preset.title} writes them"
        return verdict.explain()

    def _date_reader(self, field: str, chosen: Chosen) -> DateReader:
        title, preset = self.layout.title(field), self.layout.preset
        zone = time_zone(title) or chosen.zone
        verdict, pattern = self.dates[field].verdict(), self._patterns.get(field)
        if pattern is not None:
            pattern.check(verdict)
            return DateReader(zone=zone, pattern=pattern.text)
        known = chosen.order or verdict.order or (preset.date_order if preset else None)
        if known is None and verdict.kind in ("ambiguous", "contradictory"):
            words = f"column {title!r}: {verdict.explain()}"
            raise UsageError(words, where=self.layout.table.name, hint=verdict.hint())
        # A cell of a workbook that was formatted as a number among dates.
        serials = self.layout.table.description.sheet is not None and verdict.order == "iso"
        return DateReader(known, zone, serials=serials)


def gather(layout: Layout, where: Where | None) -> tuple[Evidence, Seen]:
    """Reads the whole table; also the ids in it. Raises SourceError when it cannot be read."""
    evidence = Evidence(layout)
    for batch in layout.table.batches():
        evidence.miss(batch.problems)
        for rows in parts(batch.rows):
            kept = sifted(rows, where)
            chunk = Chunk(layout, kept)
            evidence.add(chunk, chunk if kept is rows else Chunk(layout, rows))
    return evidence, evidence.released()


def _how_to_say_the_unit(field: str, title: str) -> str:
    return (
        f"say it with --duration-unit seconds|minutes|hours|days, in the column's name ('{title} (min)'), or"
        f' in a mapping file ({field} = "{{{title}}} min")'
    )


def one_line(cell: str) -> str:
    """A name or subject: without line breaks and control characters."""
    return cell if cell.isprintable() else " ".join(clean(cell).split())


def _short_id(cell: str) -> str:
    if len(cell) > _LONGEST_ID:
        raise ValueError(f"'{cell[:40]}…' is too long for an id")
    return cell


def truth(cell: str) -> bool:
    """Raises ValueError for what is neither yes nor no."""
    found = truth_of(cell)
    if found is None:
        raise ValueError(f"{cell[:40]!r} is neither yes nor no")
    return found
