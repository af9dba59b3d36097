"""The date formats of a mapping file: which field each is for, and whether it reads anything."""

from collections.abc import Sequence

from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping import MappingFile
from tiketti_migrate_csv.date_evidence import DateVerdict
from tiketti_migrate_csv.dates import DateReader
from tiketti_migrate_csv.empties import empty_words
from tiketti_migrate_csv.fields import DATES
from tiketti_migrate_csv.layout import Layout
from tiketti_migrate_csv.plain import shown

__all__ = ["Pattern", "check_formats", "pattern_of"]

_NOTHING = empty_words("date")
_HINT = "%d is the day, %m the month, %b its name, %Y the year (%y: two digits), %H:%M the time"


class Pattern:
    """The format of one column, ``name``, and the first of its cells until one can be read by it."""

    def __init__(self, layout: Layout, name: str) -> None:
        self.text = layout.rules.formats[name]
        self._layout = layout
        self._name = name
        self._reader = DateReader(pattern=self.text)
        self._unread: tuple[int, str] | None = None
        self._has_read = False

    def add(self, lines: Sequence[int], cells: Sequence[str]) -> None:
        """More cells, without blanks around them."""
        if self._has_read:
            return
        for line, cell in zip(lines, cells, strict=True):
            if cell and cell not in _NOTHING:
                try:
                    self._reader(cell)
                except ValueError:
                    self._unread = self._unread or (line, cell)
                else:
                    self._has_read = True
                    return

    def check(self, verdict: DateVerdict) -> None:
        """Raises UsageError when it reads none of them. ``verdict``: what the column says without it."""
        if self._has_read or self._unread is None:
            return
        line, cell = self._unread
        raise UsageError(
            f"the format {self.text!r} reads no cell of the column {self._name!r}:"
            f" {shown(cell)} in line {line} of {self._layout.table.name} does not look like it",
            where=self._layout.rules.place(("formats", self._name)),
            hint=f"without a format {verdict.explain()}" if verdict.order else _HINT,
        )


def pattern_of(layout: Layout, field: str) -> Pattern | None:
    """The format of a field of dates: of its column, else of one in its template."""
    names = [name for name in _sources(layout, field) if name in layout.rules.formats]
    return Pattern(layout, names[0]) if names else None


def check_formats(layout: Layout, mapping: MappingFile) -> None:
    """Raises UsageError for a format of a column that is no date."""
    fields_of_dates = {*DATES, *(("comment",) if layout.preset and layout.preset.comment_parts else ())}
    dated = {name for field in fields_of_dates for name in _sources(layout, field)}
    fields = dict(zip(layout.table.names, (match.field for match in layout.matches), strict=True))
    with mapping.mistakes() as mistake:
        for name in layout.rules.formats:
            if name not in dated:
                words = f"the column {name!r} is {fields[name]}, which is no date: the format reads nothing"
                hint = f'{name} = "created_at" under [{layout.kind}.columns] makes it one'
                mistake((layout.kind, "formats", name), words, hint)


def _sources(layout: Layout, field: str) -> tuple[str, ...]:
    """The names of the columns that fill a field."""
    template = layout.rules.templates.get(field)
    if template is not None:
        return template.columns
    return tuple(layout.table.names[place] for place in layout.columns.get(field, ()))
