"""Rows that break the rules of quoting: read as they were meant where that is clear, else left out and named.

Two mistakes are common, and look alike to a parser. Quotes inside a quoted cell that were not doubled: the
cell goes on behind them. A quote that opens a cell and is never closed: everything up to some later quote
would be swallowed as one cell. The next line tells them apart: if it is a whole row, the quote was stray.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import NamedTuple

from tiketti_migrate_csv.dialects import Dialect

__all__ = ["Mended", "mend"]

# What is looked at to decide, in characters and lines: more than a cell with mistakes in it ever has.
_LOOK = 512 * 1024
_LOOK_LINES = 256


@dataclass(frozen=True)
class Mended:
    """``cells`` of the row or None; how many lines it ``used``; the line (from 0) where the quote ``opened``.

    ``closed``: the quotes are paired, but some are not doubled. ``followed``: some quote closes the cell, and
    text stands behind it.
    """

    cells: list[str] | None
    used: int
    opened: int
    closed: bool
    followed: bool = False


class _Cell(NamedTuple):
    text: str
    start: int
    end: int
    quoted: bool
    closed: bool


def mend(lines: Sequence[str], dialect: Dialect) -> Mended:
    """Read the row that begins with ``lines[0]`` and breaks the rules; ``lines`` go on behind it."""
    width = len(dialect.header)
    cells, starts = _row(lines, dialect.sign, width)
    meant = len(cells) == width and cells[-1].closed
    high: list[tuple[int, int]] = []
    for cell in cells:
        opened, ended = _line(starts, cell.start), _line(starts, max(cell.start, cell.end - 1))
        if ended > opened or not cell.closed:
            high.append((opened, cell.start - starts[opened]))
            if _is_row(lines, opened + 1, dialect):
                return _unclosed(lines, *high[-1], dialect)
    if high and not meant:
        return _unclosed(lines, *(high[-1] if len(lines) == high[-1][0] + 1 else high[0]), dialect)
    used = _line(starts, max(0, cells[-1].end - 1)) + 1
    odd = next((cell for cell in cells if cell.quoted and '"' in cell.text), cells[0])
    return Mended([cell.text for cell in cells] if meant else None, used, _line(starts, odd.start), True)


def _row(lines: Sequence[str], sign: str, width: int) -> tuple[list[_Cell], list[int]]:
    """The cells of the first row, at most one too many, and where the lines looked at begin in their text."""
    height = 1
    while True:
        taken = lines[:height]
        starts = [0, *accumulate(map(len, taken))]
        cells = list(islice(_cells("".join(taken), sign), width + 1))
        if cells[-1].closed or height >= min(len(lines), _LOOK_LINES) or starts[-1] > _LOOK:
            return cells, starts
        height *= 4


def _line(starts: Sequence[int], at: int) -> int:
    return bisect_right(starts, at) - 1


def _cells(text: str, sign: str) -> Iterator[_Cell]:
    """The cells of the first row; a quote closes one only before a delimiter or the end of a line."""
    at = 0
    while True:
        quoted = text.startswith('"', at)
        if quoted:
            closing = _closing(text, at + 1, sign)
            end = len(text) if closing is None else closing + 1
            inner = text[at + 1 : closing].replace('""', '"')
            yield _Cell(inner, at, end, True, closing is not None)
        else:
            end = min(_find(text, stop, at) for stop in (sign, "\r", "\n"))
            yield _Cell(text[at:end], at, end, False, True)
        if not text.startswith(sign, end):
            return
        at = end + len(sign)


def _closing(text: str, at: int, sign: str) -> int | None:
    while (at := text.find('"', at)) >= 0:
        after = text[at + 1 : at + 2]
        if after == '"':
            at += 2
        elif after in (sign, "\r", "\n", ""):
            return at
        else:
            at += 1
    return None


def _find(text: str, stop: str, at: int) -> int:
    found = text.find(stop, at)
    return len(text) if found < 0 else found


def _is_row(lines: Sequence[str], at: int, dialect: Dialect) -> bool:
    """Whether a row with the right number of cells begins there; a table of one column cannot tell."""
    width = len(dialect.header)
    if width < 2 or at >= len(lines):
        return False
    try:
        cells = next(csv.reader(lines[at : at + 50], delimiter=dialect.sign, strict=True), None)
    except csv.Error:
        return False
    return cells is not None and len(cells) == width


def _unclosed(lines: Sequence[str], opened: int, at: int, dialect: Dialect) -> Mended:
    """The row as if it ended with the line in which the quote opened, at a place in it: nothing below is
    swallowed."""
    cells = _up_to(lines[: opened + 1], dialect, len(dialect.header))
    followed = lines[opened].count('"', at) % 2 == 0
    return Mended(cells, opened + 1, opened, False, followed)


def _up_to(lines: Sequence[str], dialect: Dialect, width: int) -> list[str] | None:
    """The row that ends where its quote opened: closed at the line's end, or with the quote as a sign."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        cells = next(csv.reader(lines, delimiter=dialect.sign, quoting=quoting), [])
        if len(cells) == width:
            return [cell.rstrip("\r\n") for cell in cells]
    return None
