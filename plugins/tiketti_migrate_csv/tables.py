"""A path becomes a table: what was detected on the way, a header, and rows of text."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate_csv.dialects import DELIMITERS, delimiter_of, find_dialect
from tiketti_migrate_csv.encodings import Encoding, Survey, detect, label, lookup, survey, wide_encoding
from tiketti_migrate_csv.kinds import HEAD, Kind, refuse_other_text
from tiketti_migrate_csv.lines import Lines
from tiketti_migrate_csv.naming import distinct
from tiketti_migrate_csv.opening import Opened, open_path, shown, split_sheet
from tiketti_migrate_csv.rows import Batch, TextTable
from tiketti_migrate_csv.sheets import SheetTable, open_sheet
from tiketti_migrate_csv.transcoding import in_utf8, needs_transcoding

__all__ = ["Batch", "Description", "How", "Table", "open_table"]

# What the dialect is judged by: characters from the beginning, samples of bytes from further places.
_JUDGED = 512 * 1024
_SAMPLES, _SAMPLE = 8, 32 * 1024


@dataclass(frozen=True)
class How:
    """What the user says about a file; None: detect it. ``sheet`` is a name or a number from 1."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Description:
    """What was detected. ``doubts``: what of it is a guess. ``header_line``: line or row of the header."""

    encoding: str | None
    bom: bool
    delimiter: str | None
    newlines: tuple[str, ...]
    sheet: str | None
    header_line: int
    doubts: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        return not self.doubts

    @property
    def text(self) -> str:
        """For people: ``UTF-8 with BOM, semicolon, CRLF``."""
        parts = [f"sheet {self.sheet}"] if self.sheet is not None else self._of_text()
        if self.header_line > 1:
            parts.append(f"header in line {self.header_line}")
        if self.doubts:
            parts.append(f"unsure: {' and '.join(self.doubts)}")
        return ", ".join(parts)

    def _of_text(self) -> list[str]:
        encoding = f"{self.encoding} with BOM" if self.bom else str(self.encoding)
        sign = DELIMITERS.get(self.delimiter, repr(self.delimiter)) if self.delimiter else "one column"
        return [encoding, sign, " and ".join(self.newlines) or "one line"]


@dataclass(frozen=True)
class Table:
    """A table that can be read again and again.

    ``name`` is for people, ``path`` the resolved path (``-`` for standard input). ``header``: names as they
    are in the file, less blanks around them; they may repeat (Jira has many columns ``Comment``) or be empty.
    """

    name: str
    path: Path
    header: tuple[str, ...]
    description: Description
    _opened: Opened
    _rows: TextTable | SheetTable

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What a mapping file calls the columns: no two bear one name."""
        return distinct(self.header)

    def batches(self) -> Iterator[Batch]:
        """All rows in order, and what was wrong. Raises SourceError, also when the file changed meanwhile."""
        self._opened.check_unchanged()
        try:
            yield from self._rows.batches()
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror or error}", where=self.name) from error
        self._opened.check_unchanged()


def open_table(path: Path, how: How, scratch: Path) -> Table:
    """Find out what a file is and how it is written; ``path`` may name a sheet (``book.xlsx::People``).

    ``scratch``: a private folder that the caller deletes when the table is no longer needed.
    Raises UsageError when it is no table or ``how`` does not fit, SourceError when it cannot be read.
    """
    delimiter = delimiter_of(how.delimiter) if how.delimiter else None
    named = lookup(how.encoding) if how.encoding else None
    file, sheet = split_sheet(path)
    opened = open_path(file, scratch)
    try:
        if opened.kind is Kind.SPREADSHEET:
            return _of_sheet(opened, how.sheet if sheet is None else sheet, scratch)
        if sheet is not None:
            raise UsageError(f"it is a text and has no sheet {shown(sheet, 60)!r}", where=opened.name)
        return _of_text(opened, named, delimiter, scratch)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", where=opened.name) from error


def _of_text(opened: Opened, named: str | None, delimiter: str | None, scratch: Path) -> Table:
    file, encoding, found = _decoded(opened, named, scratch)
    codec, bom = _codec(encoding), 3 if found.bom else 0
    first, whole = _first_lines(Lines(file, codec, bom), opened.name)
    refuse_other_text("".join(first)[:HEAD], opened.name)
    later = [] if whole else list(_later_lines(file, codec))
    dialect = find_dialect(first, opened.name, whole=whole, delimiter=delimiter, later=later)
    valid = codec == "utf-8" and not found.broken_lines
    rows = TextTable(file, opened.name, codec, encoding.label, bom, valid, found.controls, dialect)
    unsure = (("encoding", encoding.sure), ("delimiter", dialect.sure))
    description = Description(
        encoding.label,
        encoding.bom,
        dialect.delimiter,
        tuple(name for name, count in found.newlines.items() if count),
        None,
        dialect.header_line,
        tuple(what for what, sure in unsure if not sure),
    )
    return Table(opened.name, opened.path, dialect.header, description, opened, rows)


def _of_sheet(opened: Opened, wanted: str | None, scratch: Path) -> Table:
    rows = open_sheet(opened, wanted, scratch)
    description = Description(None, False, None, (), rows.sheet, rows.header_line)
    return Table(rows.name, opened.path, rows.header, description, opened, rows)


def _decoded(opened: Opened, named: str | None, scratch: Path) -> tuple[Path, Encoding, Survey]:
    """A file with ASCII in its encoding, the original's encoding, and what all bytes tell."""
    file = opened.file
    with file.open("rb") as stream:
        encoding = wide_encoding(stream.read(HEAD))
    if named and not (encoding and named in encoding.name):
        encoding = Encoding(named, label(named)) if needs_transcoding(named) else None
    if encoding:
        file = in_utf8(file, encoding.name, scratch)
        return file, encoding, survey(file)
    found = survey(file)
    if named:
        return file, Encoding(named, label(named), bom=found.bom), found
    return file, detect(found), found


def _codec(encoding: Encoding) -> str:
    return "utf-8" if needs_transcoding(encoding.name) else encoding.name


def _first_lines(text: Lines, name: str) -> tuple[list[str], bool]:
    first: list[str] = []
    size, last = 0, True
    for lines, last in text.blocks():
        first += lines
        size += sum(map(len, lines))
        if last or size >= _JUDGED:
            break
    if 1 in text.too_long:
        words = "this is no table: its first line has millions of characters"
        raise UsageError(words, where=name, hint="export it as CSV, one row a line")
    return first, last


def _later_lines(file: Path, codec: str) -> Iterator[list[str]]:
    """Whole lines from places all over a file, the last of them its end."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        for number in range(1, _SAMPLES + 1):
            stream.seek(max(0, (size - _SAMPLE) * number // _SAMPLES))
            # Which line of a file of other line ends this is does not matter.
            data = stream.read(_SAMPLE).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            _, _, lines = data.partition(b"\n")
            whole, _, _ = lines.rpartition(b"\n")
            if whole:
                yield [f"{line}\n" for line in whole.decode(codec, "surrogateescape").split("\n")]
