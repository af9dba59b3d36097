"""Spreadsheets (.xlsx, .ods): one sheet becomes a plain file, which is read like any other."""

import csv
import json
import os
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate.scratch import room
from tiketti_migrate_csv.cell_errors import NO_RESULT
from tiketti_migrate_csv.cleaning import clean
from tiketti_migrate_csv.dialects import Row, find_header
from tiketti_migrate_csv.opening import Opened, refuse_bombs, shown
from tiketti_migrate_csv.rows import Batch, empty_rows

__all__ = ["SheetTable", "open_sheet"]

_ROWS = 1000
_SECONDS = 900
_LONGEST_CELL = 16 * 1024 * 1024


@dataclass(frozen=True)
class SheetTable:
    """A sheet whose rows stand in ``path``, each led by its number; ``empty`` ones are left out there."""

    path: Path
    name: str
    sheet: str
    header: tuple[str, ...]
    header_line: int
    empty: int
    problems: tuple[Problem, ...] = ()

    def batches(self) -> Iterator[Batch]:
        """All rows below the header. Raises OSError."""
        width = len(self.header)
        with self.path.open(encoding="utf-8", newline="") as stream:
            rows = (row for row in _numbered(stream) if row[0] > self.header_line)
            while some := list(islice(rows, _ROWS)):
                for _, cells in some:
                    cells += [""] * (width - len(cells))
                yield Batch(some, clean(some, self.name, "UTF-8"))
        closing = [*self.problems, *([empty_rows(self.empty, self.name)] if self.empty else [])]
        if closing:
            yield Batch([], closing)


def open_sheet(opened: Opened, wanted: str | None, scratch: Path) -> SheetTable:
    """``wanted``: a sheet's name, or its number from 1. Raises UsageError, SourceError, OSError."""
    with zipfile.ZipFile(opened.file) as archive:
        refuse_bombs(archive, opened.name)
    copy = scratch / f"sheet-{os.urandom(8).hex()}"
    answer = _ask(opened, copy, wanted)
    if answer.get("errno"):
        with room(scratch):
            raise OSError(answer["errno"], os.strerror(answer["errno"]))
    if "error" in answer:
        raise SourceError(shown(answer["error"], 300), where=opened.name, hint="save it as CSV and give that")
    if "sheets" in answer:
        raise _no_such_sheet(opened, wanted, answer["sheets"])
    name = f"{opened.name}:{shown(answer['sheet'], 60)}"
    with copy.open(encoding="utf-8", newline="") as stream:
        first = list(islice(_numbered(stream), 2 * _ROWS))
    at = find_header([cells for _, cells in first])
    if at is None:
        raise UsageError("the sheet is empty", where=name, hint="choose another one")
    line, cells = first[at]
    names = [" ".join(cell.split()) for cell in cells]
    header = (*names, *[""] * (answer["width"] - len(names)))
    above = line - 1 - at
    problems = tuple(_error_cells(name, header, one) for one in answer["errors"])
    return SheetTable(copy, name, answer["sheet"], header, line, answer["empty"] - above, problems)


def _error_cells(name: str, header: tuple[str, ...], found: dict[str, Any]) -> Problem:
    """What the cells of one column hold instead of values."""
    count, word, cells = found["count"], found["word"], found["cells"]
    column = header[found["column"]] if found["column"] < len(header) else ""
    named = ", ".join(cells) + (", ..." if count > len(cells) else "")
    many = "1 cell holds" if count == 1 else f"{count:,} cells hold"
    if word == NO_RESULT:
        code, words = "NO_RESULTS", f"{many} a formula without its result"
        hint = "open the workbook in Excel or LibreOffice and save it"
    else:
        code, words = "ERROR_CELLS", f"{many} the error {shown(word)} instead of a value"
        hint = "mend the formulas"
    of = f"column {shown(column, 60)}: " if column else ""
    return Problem(code, f"{of}{words} ({named}): {hint}", f"{name}:{found['row']}", lost=0)


def _numbered(stream: Any) -> Iterator[Row]:
    csv.field_size_limit(4 * _LONGEST_CELL)
    for number, *cells in csv.reader(stream):
        yield int(number), cells


def _ask(opened: Opened, copy: Path, wanted: str | None) -> dict[str, Any]:
    # -P: a folder of the user's with a csv.py in it is no place for our modules.
    command = [sys.executable, "-P", "-m", "tiketti_migrate_csv.sheet_process", str(opened.file), str(copy)]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *([wanted] if wanted is not None else [])],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        words = "the workbook is damaged, or needs more memory or time than there is for it"
        hint = "save the sheet as CSV and give that"
        raise SourceError(words, where=opened.name, hint=hint) from error
    return answer


def _no_such_sheet(opened: Opened, wanted: str | None, sheets: list[str]) -> UsageError:
    if not sheets:
        return UsageError("there is nothing in any sheet of the workbook", where=opened.name)
    if wanted is not None:
        words = f"there is no sheet {shown(wanted, 60)!r}"
    else:
        words = "several sheets have something in them"
    listed = ", ".join(repr(shown(sheet, 60)) for sheet in sheets)
    example = shlex.quote(f"{shown(opened.path.name)}::{shown(sheets[0], 60)}")
    hint = f"give it as {example}, that of tickets also with --sheet; there are {listed}"
    return UsageError(words, where=opened.name, hint=hint)
