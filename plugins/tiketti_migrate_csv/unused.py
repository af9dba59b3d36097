"""Columns without a home that may say which messages are internal: until that is settled nothing is read."""

from collections.abc import Iterator

from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.chunks import Chunk
from tiketti_migrate_csv.fields import EXTRA, VISIBILITY
from tiketti_migrate_csv.layout import Layout
from tiketti_migrate_csv.plain import shown
from tiketti_migrate_csv.visibility import Said, is_kind, is_visibility, said_by

__all__ = ["UnusedColumns"]

# A column with more different words is one of texts, names or numbers.
_MOST_WORDS = 100
_MOST_SHOWN = 5


class UnusedColumns:
    """Of one table, but for those that the user or a preset says are extra, and only if no column is known to
    tell who may read a text."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._words: dict[int, set[str]] = {}
        if layout.kind in ("ticket", "message") and not layout.has(*VISIBILITY):
            self._words = {index: set() for index in _undecided(layout)}

    def add(self, chunk: Chunk) -> None:
        """The next rows."""
        for index, words in [*self._words.items()]:
            words.update(chunk.column(index))
            if len(words) > _MOST_WORDS:
                del self._words[index]

    def check(self, *, several_rows: bool) -> None:
        """``several_rows``: a ticket has several. Raises UsageError for a column that only the user can tell
        the meaning of."""
        for index, words in self._words.items():
            name = self._layout.table.names[index]
            for said in filter(None, map(said_by, words)):
                if said.sure and said.internal and self._is_doubtful(name, said, several_rows=several_rows):
                    raise self._unsettled(name, words)

    def _is_doubtful(self, name: str, said: Said, *, several_rows: bool) -> bool:
        """A ticket may be of the category "internal"; a message may not."""
        if self._layout.kind == "message" or is_visibility(name):
            return True
        return several_rows and (is_kind(name) or said.of_message)

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


def _quoted(cell: str) -> str:
    return f'"{shown(cell).strip(chr(39))}"'


def _undecided(layout: Layout) -> Iterator[int]:
    preset, said = layout.preset, layout.rules.columns
    for match in layout.matches:
        by_preset = preset is not None and preset.field_of(match.column) is not None
        by_user = match.column in said or layout.table.names[match.index] in said
        if match.field == EXTRA and not by_preset and not by_user:
            yield match.index
