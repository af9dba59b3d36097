"""Which delimiter a text uses, and which of its rows is the header.

Each delimiter is tried with real quoting on the beginning of the file and on samples from all over it, and
judged by how many rows have as many cells as the header: the header is what has no decimal commas, label
lists or sentences in it.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import log2
from statistics import mode

from tiketti_migrate.errors import UsageError

__all__ = [
    "DELIMITERS",
    "Dialect",
    "Row",
    "delimiter_of",
    "find_dialect",
    "find_header",
    "shape",
    "without_backslashes",
]

Row = tuple[int, list[str]]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_WORDS = {**{word: sign for sign, word in DELIMITERS.items()}, "\\t": "\t", "space": " "}
# What no text holds: a table of one column has no delimiter.
_NONE = "\x1f"
_EXCEL_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_BACKSLASHED = re.compile(r'\\([\\"])')
_HEADER_WITHIN = 30
_ENOUGH, _SURE = 0.3, 0.9
_ENOUGH_ERRORS = 30
_LONGEST_LONELY_HEADER, _LONGEST_NAME = 60, 40


@dataclass(frozen=True)
class Dialect:
    """How the rows are written.

    ``delimiter``: one character, or None in a table of one column. ``backslash``: quotes inside cells are
    written as backslash and quote. ``header``: the column names. ``header_line``: where they begin; ``skip``:
    the physical lines up to and with them. ``keys``: what the first cells look like, where all rows agree.
    """

    delimiter: str | None
    backslash: bool
    header: tuple[str, ...]
    header_line: int
    skip: int
    sure: bool
    keys: frozenset[str] = frozenset()

    @property
    def sign(self) -> str:
        """The delimiter for a parser, which cannot do without one."""
        return self.delimiter or _NONE


def delimiter_of(word: str) -> str:
    """The delimiter that a user named. Raises UsageError."""
    sign = _WORDS.get(word.casefold().strip() or word, word)
    if len(sign) != 1 or sign in '"\r\n\0':
        hint = "give one character, or comma, semicolon, tab, pipe"
        raise UsageError(f"{word!r} cannot be a delimiter", where="--delimiter", hint=hint)
    return sign


def without_backslashes(text: str) -> str:
    """Quotes written as backslash and quote become doubled ones; an escaped backslash becomes one."""
    return _BACKSLASHED.sub(lambda found: '""' if found[1] == '"' else "\\", text) if "\\" in text else text


def find_dialect(
    lines: Sequence[str],
    where: str,
    *,
    whole: bool,
    delimiter: str | None = None,
    later: Sequence[Sequence[str]] = (),
) -> Dialect:
    """Judge the first lines of a file (with their line ends); ``whole``: there are no more.

    ``later``: lines that follow each other, from further places in the file; they may begin inside a cell.
    Raises UsageError when it is no table.
    """
    excel = _EXCEL_LINE.fullmatch(lines[0]) if lines else None
    first = 1 if excel else 0
    wanted = delimiter or (excel[1] if excel and excel[1] != '"' else None)
    tries = [_try(lines, first, sign, later, whole=whole) for sign in ([wanted] if wanted else DELIMITERS)]
    best = max((one for one in tries if one and (wanted or one.is_table)), key=_score, default=None)
    if wanted and best and len(best.header) == 1 and any(sign in best.header[0] for sign in DELIMITERS):
        hint = "leave --delimiter out to have it detected"
        raise UsageError(f"the delimiter {wanted!r} is not in the header", where=where, hint=hint)
    if best is None:
        _refuse_other_width(tries, where)
        best = _one_column(lines, first, where, whole=whole)
    return Dialect(
        None if best.sign == _NONE else best.sign,
        best.backslash,
        best.header,
        best.header_line,
        best.skip,
        sure=bool(wanted) or best.share >= _SURE,
        keys=best.keys,
    )


@dataclass(frozen=True)
class _Try:
    sign: str
    backslash: bool
    header: tuple[str, ...]
    header_line: int
    skip: int
    share: float
    errors: int
    keys: frozenset[str]
    usual: int

    @property
    def is_table(self) -> bool:
        """Rows are even, or at least broken ones below what can only be names of columns."""
        names = all(0 < len(name) <= _LONGEST_NAME for name in self.header)
        even = self.share >= _ENOUGH or (self.errors > 0 and names and self.header_line == 1)
        return len(self.header) > 1 and even


def _score(found: _Try) -> tuple[float, int]:
    """More even rows and more columns are better, under a header of names: with letters, and undivided."""
    other = DELIMITERS.keys() - {found.sign}
    names = sum(any(map(str.isalpha, name)) and not other & set(name) for name in found.header)
    return found.share * log2(1 + len(found.header)) * (1 + names / len(found.header)), -found.errors


def _try(
    lines: Sequence[str], first: int, sign: str, later: Sequence[Sequence[str]], *, whole: bool
) -> _Try | None:
    plain = _everywhere(_measure(lines, first, sign, backslash=False, whole=whole), later)
    if plain and plain.errors and any('\\"' in line for some in (lines, *later) for line in some):
        escaped = _everywhere(_measure(lines, first, sign, backslash=True, whole=whole), later)
        if escaped and escaped.errors < plain.errors:
            return escaped
    return plain


def _everywhere(found: _Try | None, later: Sequence[Sequence[str]]) -> _Try | None:
    """The beginning of a file weighs as much as all the samples from further places."""
    if found is None or not later:
        return found
    judged = [_judged(found, lines) for lines in later]
    rows = sum(total for _, total, _ in judged)
    if not rows:
        return found
    share = sum(even for even, _, _ in judged) / rows
    errors = found.errors + sum(errors for _, _, errors in judged)
    return replace(found, share=(found.share + share) / 2, errors=errors)


def _judged(found: _Try, lines: Sequence[str]) -> tuple[int, int, int]:
    """How many rows have the cells of the header, of how many, and broken rules of quoting."""
    if found.backslash:
        lines = [without_backslashes(line) for line in lines]
    outside = _evenness(found, lines)
    if outside[0] == outside[1] or not lines:
        return outside
    # The sample may begin inside a cell of several lines.
    return max(outside, _evenness(found, ['"' + lines[0], *lines[1:]]), key=lambda one: (one[0], -one[1]))


def _evenness(found: _Try, lines: Sequence[str]) -> tuple[int, int, int]:
    rows, errors = _rows(lines, 0, found.sign, whole=False)
    # A row that the sample began in has lost its first cells.
    filled = [cells for _, cells, _ in rows[1:] if any(cells)]
    width = len(found.header)
    even = sum(len(cells) >= width and not any(cells[width:]) for cells in filled)
    return even, len(filled) + errors, errors


def _measure(lines: Sequence[str], first: int, sign: str, *, backslash: bool, whole: bool) -> _Try | None:
    if backslash:
        lines = [without_backslashes(line) for line in lines]
    rows, errors = _rows(lines, first, sign, whole=whole)
    at = find_header([cells for _, cells, _ in rows])
    if at is None:
        return None
    line, cells, end = rows[at]
    below = [cells for _, cells, _ in rows[at + 1 :] if any(cells)]
    header = _named(cells, below)
    fit = [cells for cells in below if len(cells) == len(header) or not any(cells[len(header) :])]
    even = sum(len(cells) >= len(header) for cells in fit)
    usual = mode(map(len, below)) if len(below) > 1 else len(header)
    share = even / (len(below) + errors) if below or errors else float(at == 0)
    return _Try(sign, backslash, header, line, end, share, errors, _keys(fit, len(header)), usual)


def _rows(
    lines: Sequence[str], first: int, sign: str, *, whole: bool
) -> tuple[list[tuple[int, list[str], int]], int]:
    """Rows as (line, cells, line of their end), and how many places break the rules of quoting."""
    rows: list[tuple[int, list[str], int]] = []
    errors = 0
    start = first
    while start < len(lines):
        reader = csv.reader(islice(lines, start, None), delimiter=sign, strict=True)
        base = start
        try:
            for cells in reader:
                end = base + reader.line_num
                rows.append((start + 1, cells, end))
                start = end
        except csv.Error:
            # What the end of the sample cut off is no error.
            if errors == _ENOUGH_ERRORS or not (whole or base + reader.line_num < len(lines)):
                break
            errors += 1
            start += 1
    return rows, errors


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """The first row with at least half as many filled cells as rows usually have (and two, where those have).

    So a title, a date of export or a filter above the table is passed over. None when all rows are empty.
    """
    filled = [sum(1 for cell in cells if cell and not cell.isspace()) for cells in rows]
    some = sorted(count for count in filled if count)
    if not some:
        return None
    usual = some[len(some) // 2]
    least = max((usual + 1) // 2, min(usual, 2))
    candidates = (at for at, count in enumerate(filled[:_HEADER_WITHIN]) if count >= least)
    return next(candidates, next(at for at, count in enumerate(filled) if count))


def _named(cells: Sequence[str], below: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The header without nameless columns at its end that hold nothing."""
    width = len(cells)
    while width > 1 and not cells[width - 1].strip():
        if any("".join(row[width - 1 : width]) for row in below):
            break
        width -= 1
    return tuple(" ".join(cell.split()) for cell in cells[:width])


def _keys(rows: Sequence[Sequence[str]], width: int) -> frozenset[str]:
    """The shapes of first cells, if the rows that lack cells at their end begin like all others.

    Then they are rows whose empty cells the exporting program left out, not pieces of a text broken in two.
    """
    full = [shape(cells[0]) for cells in rows if len(cells) >= width and cells[0]]
    shapes = set(full)
    if len(full) < 3 or len(shapes) > 2:
        return frozenset()
    short = [cells for cells in rows if len(cells) < width]
    return frozenset(shapes) if all(shape(cells[0]) in shapes for cells in short) else frozenset()


def shape(cell: str) -> str:
    """``TIC-0042`` is ``a-9``."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", cell))


def _refuse_other_width(tries: Sequence[_Try | None], where: str) -> None:
    for one in tries:
        if one and 1 < len(one.header) < one.usual and one.share == 0 and not one.errors:
            words = f"the rows have {one.usual} cells, but the header has {len(one.header)}"
            hint = f"give every column a name in line {one.header_line}, or name the sign with --delimiter"
            raise UsageError(words, where=where, hint=hint)


def _one_column(lines: Sequence[str], first: int, where: str, *, whole: bool) -> _Try:
    found = _measure(lines, first, _NONE, backslash=False, whole=whole)
    if found is None:
        raise UsageError("there is nothing in it", where=where, hint="export the table again")
    title = found.header[0]
    blank = sum(1 for line in lines if not line.strip())
    if (
        len(title) > _LONGEST_LONELY_HEADER
        or any(sign in title for sign in DELIMITERS)
        or title.endswith((".", ":", "!", "?"))
        or blank > len(lines) // 5 + 1
        or found.errors
    ):
        hint = "export it as CSV or .xlsx with column names above, or name its sign with --delimiter"
        raise UsageError("this is no table: no delimiter divides its lines evenly", where=where, hint=hint)
    return found
