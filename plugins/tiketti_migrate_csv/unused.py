"""Columns without a home that may say which messages are internal: until that is settled nothing is read."""

from collections.abc import Iterator, Sequence
from typing import Literal

from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.chunks import Chunk
from tiketti_migrate_csv.fields import EXTRA, VISIBILITY
from tiketti_migrate_csv.layout import Layout
from tiketti_migrate_csv.plain import shown
from tiketti_migrate_csv.recognise import ColumnMatch
from tiketti_migrate_csv.status_words import truth_of
from tiketti_migrate_csv.visibility import (
    NO_FLAG,
    Said,
    is_channel,
    is_kind,
    is_plain,
    is_role,
    is_visibility,
    said_by,
)

__all__ = ["UnusedColumns"]

# A column with more different words is one of texts, names or numbers.
_MOST_WORDS = 100
_MOST_SHOWN = 5
_MOST_IDS = 100_000
# What is to be done about a column: ask the user, or tell that it was not believed.
_Due = Literal["ask", "tell"]


class _Unused:
    """``no_flag``: the first cells of a column whose header says that it tells who may read do not.
    ``differs``: the rows of one id have different words."""

    def __init__(self, match: ColumnMatch) -> None:
        self.name = match.column
        self.no_flag = match.reason.endswith(NO_FLAG)
        self.words: set[str] = set()
        self.differs = False
        self._first: dict[str, str] = {}

    def add(self, ids: Sequence[str], cells: Sequence[str]) -> bool:
        """False for a column that says nothing of the kind."""
        self.words.update(cells)
        if ids and not self.differs:
            self._compare({pair for pair in zip(ids, map(str.strip, cells), strict=True) if pair[0]})
        if len(self.words) > _MOST_WORDS and self.no_flag:
            telling = [word for word in self.words if _is_telling(word)]
            others = sorted(self.words.difference(telling))
            self.words = {*telling, *others[: _MOST_WORDS // 2]}
        return self.no_flag or len(self.words) <= _MOST_WORDS

    def _compare(self, pairs: set[tuple[str, str]]) -> None:
        ids = {one for one, _ in pairs}
        again = self._first.keys() & ids
        self.differs = len(pairs) > len(ids) or any(
            one in again and self._first[one] != word for one, word in pairs
        )
        if len(self._first) > _MOST_IDS:
            self._first.clear()
        self._first.update(pairs)


class UnusedColumns:
    """Of one table, but for those that the user or a preset says are extra, and only if no column is known to
    tell who may read a text."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._columns: dict[int, _Unused] = {}
        if layout.kind in ("ticket", "message") and not layout.has(*VISIBILITY):
            self._columns = {match.index: _Unused(match) for match in _undecided(layout)}

    def add(self, chunk: Chunk) -> None:
        """The next rows."""
        has_ids = self._layout.kind == "ticket" and self._layout.has("id")
        ids = chunk.raw("id") if has_ids and self._columns else ()
        for index, column in [*self._columns.items()]:
            if not column.add(ids, chunk.column(index)):
                del self._columns[index]

    def check(self, *, several_rows: bool) -> None:
        """``several_rows``: a ticket has several. Raises UsageError for a column that only the user can tell
        the meaning of."""
        for index, column in self._columns.items():
            if self._due(column, several_rows=several_rows) == "ask":
                raise self._unsettled(self._layout.table.names[index], column.words)

    def remarks(self, *, several_rows: bool) -> Iterator[str]:
        """Which columns were not believed, in words."""
        for index, column in self._columns.items():
            if self._due(column, several_rows=several_rows) == "tell":
                cells = sorted(filter(_is_internal, column.words))
                has = f"has the word {shown(cells[0].strip())}" if cells else "has no word for who may read"
                name = self._layout.table.names[index]
                words = f"{has} and was not taken for who may read" if cells else has
                yield f"column {name} {words}: {self._taken()}"

    def all_public(self) -> str | None:
        """Why all messages are public, in words, where no column says who may read; None where some are
        internal by the name of their column."""
        if any(map(_is_internal, self._notes())):
            return None
        preset = self._layout.preset
        whose = f"the export of {preset.title} does not say" if preset else "no column says"
        return f"{whose} which messages are internal: {self._taken()}"

    def _notes(self) -> list[str]:
        columns = self._layout.columns.get("note", ())
        return [self._layout.table.header[index] for index in columns]

    def _taken(self) -> str:
        notes = ", ".join(self._notes())
        return "all are taken as public" + (f" but those of column {notes}" if notes else "")

    def _due(self, column: _Unused, *, several_rows: bool) -> _Due | None:
        if column.no_flag:
            return "ask" if any(map(_is_telling, column.words)) else "tell"
        words = [said_by(word) for word in column.words if word.strip()]
        if self._layout.kind == "message":
            return _due_of_message(column.name, words)
        return _due_of_ticket(column, words, several_rows=several_rows)

    def _unsettled(self, name: str, words: set[str]) -> UsageError:
        cells = sorted(word.strip() for word in words if word.strip())
        listed = ", ".join(map(shown, cells[:_MOST_SHOWN])) + (", ..." if len(cells) > _MOST_SHOWN else "")
        kind, title = self._layout.kind, _quoted(name).strip('"')
        return UsageError(
            f"column “{title}” may say which messages are internal, not all words are known: {listed}",
            where=self._layout.table.name,
            hint=f'write into a mapping file (--map FILE), under [{kind}.columns], "{title}" = "internal",'
            f" and what a word means under [{kind}.values.internal], such as {_quoted(self._unknown(cells))}"
            f' = "no"; or "{title}" = "extra" if it says something else',
        )

    def _unknown(self, cells: list[str]) -> str:
        return next((cell for cell in cells if said_by(cell) is None), cells[0])


def _due_of_message(name: str, words: Sequence[Said | None]) -> _Due | None:
    """A note beside unknown words is one where others are replies, or the column is of kinds anyway."""
    internal = [said for said in words if said and said.internal]
    sure = [said for said in internal if said.sure]
    if not internal:
        return None
    if is_channel(name):
        return "ask" if any(said.of_message for said in sure) else "tell"
    of_kinds = is_kind(name) or is_role(name) or any(said and not said.internal for said in words)
    return "ask" if sure or is_visibility(name) or of_kinds else None


def _due_of_ticket(column: _Unused, words: Sequence[Said | None], *, several_rows: bool) -> _Due | None:
    """A ticket may be of the category "internal", and its rows of a channel or type that is called so."""
    name, sure = column.name, [said for said in words if said and said.internal and said.sure]
    if sure and is_visibility(name):
        return "ask"
    if not several_rows:
        return None
    if any(said.of_message for said in sure):
        return "ask"
    if sure and is_kind(name) and (not is_plain(name) or (column.differs and None not in words)):
        return "ask"
    has_notes = is_kind(name) and any(said and said.internal for said in words)
    return "tell" if column.differs and (sure or has_notes) else None


def _is_internal(word: str) -> bool:
    said = said_by(word)
    return said is not None and said.internal


def _is_telling(word: str) -> bool:
    said = said_by(word)
    return truth_of(word) is not None or (said is not None and said.sure)


def _quoted(cell: str) -> str:
    return f'"{shown(cell).strip(chr(39))}"'


def _undecided(layout: Layout) -> Iterator[ColumnMatch]:
    preset, said = layout.preset, layout.rules.columns
    for match in layout.matches:
        by_preset = preset is not None and preset.field_of(match.column) is not None
        by_user = match.column in said or layout.table.names[match.index] in said
        if match.field == EXTRA and not by_preset and not by_user:
            yield match
