"""The rows of a text table, block by block in flat memory; what is wrong with a row is named by its line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate_csv.cleaning import clean, has_controls
from tiketti_migrate_csv.dialects import DELIMITERS, Dialect, Row, shape, without_backslashes
from tiketti_migrate_csv.lines import LONGEST_LINE, Lines, memory_of
from tiketti_migrate_csv.mending import mend

__all__ = ["LONGEST_ROW", "Batch", "TextTable", "empty_rows"]

# In bytes of memory: a larger row is a quote that was never closed.
LONGEST_ROW = LONGEST_LINE
_MOST_NAMED = 20


class Batch(NamedTuple):
    """Rows in file order as (line, cells), each with as many cells as the header, and what was wrong."""

    rows: list[Row]
    problems: list[Problem]


@dataclass(frozen=True)
class TextTable:
    """A table in a file of text.

    ``label``: the encoding for people. ``bom``: bytes before the text. ``valid``: all bytes are known to be
    of the encoding. ``controls``: some are control characters.
    """

    path: Path
    name: str
    encoding: str
    label: str
    bom: int
    valid: bool
    controls: bool
    dialect: Dialect

    def batches(self) -> Iterator[Batch]:
        """All rows below the header. Raises OSError."""
        reader = _Reader(self)
        text = Lines(self.path, self.encoding, self.bom)
        for lines, last in text.blocks(reader.waiting):
            batch = reader.feed(lines, last=last)
            if batch.rows or batch.problems:
                yield batch
        closing = [self._too_long(number) for number in text.too_long]
        if empty := max(0, reader.empty - len(closing)):
            closing.append(empty_rows(empty, self.name))
        if reader.short:
            closing.append(self._short(reader.short, reader.short_lines))
        if closing:
            yield Batch([], closing)

    def _short(self, count: int, lines: list[int]) -> Problem:
        named = ", ".join(map(str, lines)) + (", ..." if count > len(lines) else "")
        words = f"{count} rows end early (lines {named}): the cells that are missing are taken as empty"
        return Problem("SHORT_ROWS", words, self.name, lost=0)

    def _too_long(self, number: int) -> Problem:
        words = f"the line has more than {LONGEST_LINE // 1024 // 1024} million characters and was left out"
        return Problem("LONG_LINE", words, f"{self.name}:{number}")


def empty_rows(count: int, name: str) -> Problem:
    """How many rows had nothing in them."""
    words = "1 empty row was" if count == 1 else f"{count} empty rows were"
    return Problem("EMPTY_ROWS", f"{words} left out", name, lost=0)


class _Reader:
    """Turns lines into rows; a row that goes on in the next block waits for it."""

    def __init__(self, table: TextTable) -> None:
        # One limit for the whole process; rows are bounded before their cells are.
        csv.field_size_limit(4 * LONGEST_ROW)
        self._table = table
        self._dialect = table.dialect
        self._width = len(table.dialect.header)
        self._waiting: list[str] = []
        self._size = 0
        self._number = 1
        self._skip = table.dialect.skip
        self.empty = 0
        self.short = 0
        self.short_lines: list[int] = []

    def waiting(self) -> int:
        """How much of a row waits: as much more is read at a time, so that it is not read over and over."""
        return self._size

    def feed(self, lines: list[str], *, last: bool) -> Batch:
        if self._skip:
            skipped = min(self._skip, len(lines))
            lines = lines[skipped:]
            self._skip -= skipped
            self._number += skipped
        lines = self._waiting + lines
        batch = Batch([], [])
        done = self._read(lines, batch, last=last)
        self._waiting = lines[done:]
        self._size = memory_of(self._waiting)
        self._number += done
        if not self._table.valid or self._table.controls:
            self._clean("".join(lines[:done]), batch)
        return batch

    def _read(self, lines: list[str], batch: Batch, *, last: bool) -> int:
        """Read as many rows as are whole; the number of lines used."""
        if self._dialect.backslash:
            lines = [without_backslashes(line) for line in lines]
        done = 0
        while done < len(lines):
            done, seen = self._follow_the_rules(lines, done, batch)
            if done == len(lines):
                break
            if seen == len(lines) and not last and memory_of(lines[done:]) < LONGEST_ROW:
                break
            done += self._mend(lines[done:], self._number + done, batch)
        return done

    def _follow_the_rules(self, lines: list[str], done: int, batch: Batch) -> tuple[int, int]:
        """Rows up to the first trouble: lines used, and lines looked at."""
        if not done and self._all_are_usual(lines, batch):
            return len(lines), len(lines)
        rows, width, number = batch.rows, self._width, self._number + done
        reader = csv.reader(lines[done:] if done else lines, delimiter=self._dialect.sign, strict=True)
        start = 0
        try:
            for cells in reader:
                if len(cells) == width and cells[0] and not cells[0].isspace():
                    rows.append((number + start, cells))
                elif not self._take(number + start, cells, reader.line_num - start, batch):
                    break
                start = reader.line_num
        except csv.Error:
            pass
        return done + start, done + reader.line_num

    def _all_are_usual(self, lines: list[str], batch: Batch) -> bool:
        """Takes all rows if each has its cells and a first one with something in it, which is quicker."""
        reader = csv.reader(lines, delimiter=self._dialect.sign, strict=True)
        try:
            rows = [(reader.line_num, cells) for cells in reader]
        except csv.Error:
            return False
        if set(map(len, map(itemgetter(1), rows))) != {self._width}:
            return False
        if not all(cells[0] and not cells[0].isspace() for _, cells in rows):
            return False
        # A row begins where the one before it ends.
        starts = [self._number, *(self._number + end for end, _ in rows[:-1])]
        batch.rows.extend(zip(starts, map(itemgetter(1), rows), strict=True))
        return True

    def _take(self, line: int, cells: list[str], height: int, batch: Batch) -> bool:
        """A row that is not as usual; False when its quotes need a second look."""
        width = self._width
        if not "".join(cells).strip():
            self.empty += 1
            return True
        if len(cells) > width and not any(cells[width:]):
            del cells[width:]
        elif len(cells) < width and self._may_fill_up(cells):
            self.short += 1
            self.short_lines += [line] if self.short <= _MOST_NAMED else []
            cells += [""] * (width - len(cells))
        if len(cells) == width:
            batch.rows.append((line, cells))
        elif height > 1:
            return False
        else:
            batch.problems.append(self._ragged(line, len(cells)))
        return True

    def _may_fill_up(self, cells: list[str]) -> bool:
        rest = self._dialect.header[len(cells) :]
        return not any(rest) or shape(cells[0]) in self._dialect.keys

    def _mend(self, lines: list[str], line: int, batch: Batch) -> int:
        mended = mend(lines, self._dialect)
        where = f"{self._table.name}:{line + mended.opened}"
        became = "was read as it was probably meant" if mended.cells else "was left out"
        if mended.cells:
            batch.rows.append((line, mended.cells))
        if mended.followed:
            words = (
                f"text follows the quote that closes a cell: the row {became} (double the quotes inside it)"
            )
            batch.problems.append(Problem("STRAY_QUOTE", words, where, lost=0 if mended.cells else 1))
        elif not mended.closed:
            words = f"a quote opens here and is never closed: the row {became} (close it, or double it)"
            batch.problems.append(Problem("UNCLOSED_QUOTE", words, where, lost=0 if mended.cells else 1))
        elif mended.cells:
            words = f"quotes inside a quoted cell are not doubled: the row {became}"
            batch.problems.append(Problem("STRAY_QUOTE", words, where, lost=0))
        else:
            batch.problems.append(self._ragged(line, None))
        return mended.used

    def _ragged(self, line: int, found: int | None) -> Problem:
        width = self._width
        cells = "1 cell" if found == 1 else f"{found} cells"
        sign = DELIMITERS.get(self._dialect.sign, repr(self._dialect.sign))
        if found is None:
            words = f"the row does not have the {width} cells of the header, its quotes are not paired"
        elif found > width:
            words = (
                f"{found} cells where the header has {width}: a cell with a {sign} in it must stand in quotes"
            )
        else:
            words = f"{cells} where the header has {width}: a cell with a line break must stand in quotes"
        return Problem("RAGGED_ROW", f"{words}; the row was left out", f"{self._table.name}:{line}")

    def _clean(self, text: str, batch: Batch) -> None:
        if self._is_suspicious(text):
            batch.problems.extend(clean(batch.rows, self._table.name, self._table.label))

    def _is_suspicious(self, text: str) -> bool:
        if self._table.controls:
            return has_controls(text)
        try:
            # Only halves of surrogate pairs, which stand for bytes of no character, cannot be encoded.
            return not text.isascii() and not text.encode()
        except UnicodeEncodeError:
            return True
