"""The cells of a sheet that hold an error (``#REF!``) or a formula without its result.

The library that reads sheets takes them for empty. Here they are looked for in the sheet's own XML, which is
parsed only when it has a formula or an error in it at all.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import IO, Any
from xml.parsers import expat

from tiketti_migrate_csv.cell_errors import ERROR, ERROR_WORDS, NO_RESULT

__all__ = ["Errors", "cell_name", "column_of", "error_cells"]

# By row from 1, and in it by column from 0: the error's word.
Errors = dict[int, dict[int, str]]

_STEP = 1024 * 1024
_LONGEST_WORD = 40
# More cells with errors than that no sheet has by hand, and no memory for long.
_MOST_ERRORS = 5_000_000
_WORKBOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
_CONTENT = "content.xml"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
# What a sheet without errors and formulas does not have, however its XML is spelt.
_SIGNS_EXCEL = (b'"e"', b"'e'", b"<f", b":f")
_SIGNS_OPEN_DOCUMENT = (b"formula", b"error")
_ERROR_TEXT = re.compile(r"#[^\W\d_][\w/]*[!?]|#[¡¿]\w[\w/]*[!?]|#N/[AD]|#NV|Err:\d{3}")


def error_cells(archive: zipfile.ZipFile, sheet: str, first: int = 0) -> Errors:
    """Columns are counted from ``first``, and what is left of it is left out.

    Raises ValueError for XML that is none, is not there, or defines entities.
    """
    if _WORKBOOK not in archive.namelist():
        found = _found(archive, _CONTENT, _SIGNS_OPEN_DOCUMENT, _OpenDocumentSheet(sheet))
    else:
        found = _found(archive, _part_of(archive, sheet), _SIGNS_EXCEL, _ExcelSheet())
    if not first:
        return found
    return {
        row: {column - first: word for column, word in cells.items() if column >= first}
        for row, cells in found.items()
    }


def _found(
    archive: zipfile.ZipFile, part: str, signs: tuple[bytes, ...], reader: "_ExcelSheet | _OpenDocumentSheet"
) -> Errors:
    with archive.open(part) as stream:
        if not _has(stream, signs):
            return {}
    with archive.open(part) as stream:
        _parse(stream, reader.start, reader.end, reader.text)
    return reader.errors


def _has(stream: IO[bytes], signs: tuple[bytes, ...]) -> bool:
    tail = b""
    while data := stream.read(_STEP):
        if not tail and data.startswith(_WIDE):
            return True
        data = tail + data
        if any(sign in data for sign in signs):
            return True
        tail = data[-16:]
    return False


def _parse(
    stream: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = _refuse_entities
    try:
        while data := stream.read(_STEP):
            parser.Parse(data, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError(f"its XML is damaged: {error}") from error


def _refuse_entities(*_: Any) -> None:
    raise ValueError("its XML defines entities")


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Where the XML of a sheet is. Raises ValueError."""
    links = {link.get("Id"): link.get("Target", "") for link in _elements(archive, _LINKS, "Relationship")}
    for one in _elements(archive, _WORKBOOK, "sheet"):
        if one.get("name") == sheet:
            link = next((value for name, value in one.items() if name.endswith(":id")), None)
            part = posixpath.normpath(posixpath.join("/xl", links.get(link, ""))).lstrip("/")
            # Some programs write the names otherwise than they link to them.
            for name in archive.namelist():
                if name.casefold() == part.casefold():
                    return name
    raise ValueError(f"the sheet {sheet!r} is not where the workbook says")


def _elements(archive: zipfile.ZipFile, part: str, wanted: str) -> list[Mapping[str, str]]:
    found: list[Mapping[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == wanted:
            found.append(attributes)

    with archive.open(part) as stream:
        _parse(stream, start)
    return found


class _ExcelSheet:
    """Hears of ``<row r="4"><c r="B4" t="e"><f>..</f><v>#REF!</v></c></row>``; each ``r`` may be missing."""

    def __init__(self) -> None:
        self.errors: Errors = {}
        self._prefix = ""
        self._row = self._column = 0
        self._kind = ""
        self._formula = self._value = self._inside = False
        self._word = ""
        self._cell: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self._cell, self._kind = attributes.get("r"), attributes.get("t", "")
            self._column = self._column + 1 if self._cell is None else column_of(self._cell)
            self._formula = self._value = False
            self._word = ""
        elif name == "v":
            self._value = self._inside = True
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = -1

    def text(self, text: str) -> None:
        if self._inside and len(self._word) <= _LONGEST_WORD:
            self._word += text

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "v":
            self._inside = False
        elif name == "c" and (self._formula or self._kind == "e"):
            # A formula whose result is an empty text has that.
            is_empty = not self._word and not (self._value and self._kind == "str")
            if self._kind == "e" and self._word:
                self._add(_known(self._word))
            elif self._formula and is_empty:
                self._add(NO_RESULT)

    def _add(self, word: str) -> None:
        self.errors.setdefault(self._row, {})[self._column] = word


def _known(word: str) -> str:
    """In a language that we do not know it is still an error."""
    return word if word in ERROR_WORDS else ERROR


def column_of(cell: str) -> int:
    """The column of ``AB12`` from 0."""
    column = 0
    for sign in cell:
        if not sign.isalpha():
            break
        column = column * 26 + ord(sign.upper()) - 64
    return column - 1


def cell_name(row: int, column: int) -> str:
    """As people call a cell; ``row`` from 1, ``column`` from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


class _OpenDocumentSheet:
    """Hears of one table of many, of rows and cells that stand for several, and of texts in cells."""

    def __init__(self, sheet: str) -> None:
        self.errors: Errors = {}
        self._sheet = sheet
        self._depth = 0
        self._row = 1
        self._rows = 0
        self._column = 0
        self._cell: Mapping[str, str] = {}
        self._note = 0
        self._inside = False
        self._word = ""
        self._found: dict[int, str] = {}
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._depth += self._depth > 0 or attributes.get("table:name") == self._sheet
        elif self._depth != 1:
            return
        elif name == "table:table-row":
            self._rows = int(attributes.get("table:number-rows-repeated", 1))
            self._column, self._found = 0, {}
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._cell, self._word = attributes, ""
        elif name == "office:annotation":
            self._note += 1
        elif name == "text:p":
            self._inside = not self._note

    def text(self, text: str) -> None:
        if self._inside and len(self._word) <= _LONGEST_WORD:
            self._word += text

    def end(self, name: str) -> None:
        if name == "table:table":
            self._depth -= self._depth > 0
        elif self._depth != 1:
            return
        elif name == "text:p":
            self._inside = False
        elif name == "office:annotation":
            self._note -= 1
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._close_cell()
        elif name == "table:table-row":
            if self._found:
                self.errors.update(dict.fromkeys(range(self._row, self._row + self._rows), self._found))
            self._row += self._rows

    def _close_cell(self) -> None:
        columns = int(self._cell.get("table:number-columns-repeated", 1))
        word = _word_of(self._cell, self._word.strip())
        if word:
            self._count += columns * self._rows
            if self._count > _MOST_ERRORS:
                raise ValueError("it has millions of cells with errors")
            self._found.update(dict.fromkeys(range(self._column, self._column + columns), word))
        self._column += columns


def _word_of(cell: Mapping[str, str], text: str) -> str | None:
    if cell.get("calcext:value-type") == "error":
        return _known(text)
    if "table:formula" not in cell:
        return None
    # OpenOffice keeps a zero behind what it shows.
    if _ERROR_TEXT.fullmatch(text):
        return _known(text)
    return NO_RESULT if not text and "office:value-type" not in cell else None
