"""A process of its own that writes one sheet of a workbook as CSV, each row led by its number.

``python -m tiketti_migrate_csv.sheet_process WORKBOOK COPY [SHEET]`` prints one JSON object: ``sheet``,
``empty`` (rows before the last filled one), ``width`` and ``errors`` (one for each column and word: its
``column`` from 0, the ``word``, how many and which ``cells``, the first ``row``); or ``sheets`` to choose
from; or ``error``, with ``errno`` where the system says so. A workbook of a few kilobytes can ask for
terabytes of memory, and the library then aborts. Not in our process.
"""

import csv
import ctypes
import datetime as dt
import json
import re
import signal
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import python_calamine as calamine

from tiketti_migrate_csv.sheet_errors import Errors, cell_name, error_cells

__all__ = ["as_text", "main"]

_MEMORY = 4 * 1024**3
_CPU_SECONDS = 600
_PR_SET_PDEATHSIG = 1
# From here on a number of a workbook stands for several whole ones.
_EXACT = 2**53
_MOST_NAMED = 20
_MOST_ERRORS = 200
# The library leaves times of OpenDocument as they stand in the file.
_OPEN_DOCUMENT_TIME = re.compile(r"PT(\d+)H(\d\d)M(\d\d)(?:[.,]\d+)?S")


def main(arguments: list[str]) -> int:
    """Write the sheet; the exit code is 0 whenever something was printed."""
    _limit()
    workbook, copy, *wanted = arguments
    try:
        answer = _convert(Path(workbook), Path(copy), wanted[0] if wanted else None)
    except calamine.PasswordError:
        answer = {"error": "the workbook has a password"}
    except OSError as error:
        answer = {"error": f"the workbook cannot be read: {error}", "errno": error.errno}
    except (calamine.CalamineError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        answer = {"error": f"the workbook cannot be read: {error}"}
    sys.stdout.write(json.dumps(answer))
    return 0


def as_text(value: Any) -> str:
    """A cell's value as text: 17 and not 17.0, ISO dates, durations as H:MM:SS, true and false."""
    if isinstance(value, str):
        found = _OPEN_DOCUMENT_TIME.fullmatch(value)
        return f"{int(found[1])}:{found[2]}:{found[3]}" if found else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else format(value, ".15G")
    if isinstance(value, dt.datetime):
        return _rounded(value).isoformat(" ")
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, dt.time):
        return _rounded(dt.datetime.combine(dt.date(2000, 1, 1), value)).time().isoformat()
    return str(value)


def _rounded(value: dt.datetime) -> dt.datetime:
    """Workbooks keep times as fractions of a day: a second may be 0.999999."""
    if value.year == dt.MAXYEAR:
        return value.replace(microsecond=0)
    return (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)


def _limit() -> None:
    """Memory, time, and a life that is no longer than the parent's, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if sys.platform != "win32":
        import resource

        for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _CPU_SECONDS)):
            _, hard = resource.getrlimit(what)
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _convert(path: Path, copy: Path, wanted: str | None) -> dict[str, Any]:
    with calamine.load_workbook(path) as workbook:
        name = _choose(workbook, wanted)
        if isinstance(name, list):
            return {"sheets": name}
        with copy.open("x", encoding="utf-8", errors="replace", newline="") as stream:
            sheet = workbook.get_sheet_by_name(name)
            first = sheet.start[1] if sheet.start else 0
            with zipfile.ZipFile(path) as archive:
                errors = error_cells(archive, name, first)
            told = _write(_with_errors(sheet.iter_rows(), errors), stream)
            return {"sheet": name, **told, "errors": _counted(errors, first)}


def _choose(workbook: calamine.CalamineWorkbook, wanted: str | None) -> str | list[str]:
    """The sheet asked for, or the only visible one with something in it; else those there are."""
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if wanted is not None:
        if wanted in names:
            return wanted
        folded = {name.casefold().strip(): name for name in names}
        if wanted.casefold().strip() in folded:
            return folded[wanted.casefold().strip()]
        if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
            return names[int(wanted) - 1]
        return names
    shown = [sheet.name for sheet in sheets if sheet.visible == calamine.SheetVisibleEnum.Visible]
    if len(shown) != 1:
        shown = [name for name in shown if workbook.get_sheet_by_name(name).start is not None]
    return shown[0] if len(shown) == 1 else shown


def _with_errors(rows: Iterable[list[Any]], errors: Errors) -> Iterator[list[Any]]:
    """Rows with the words of errors in their cells."""
    number = 0
    for number, values in enumerate(rows, 1):
        yield _filled(values, errors[number]) if number in errors else values
    # The library ends where it takes the cells for empty.
    for late in range(number + 1, max(errors, default=0) + 1):
        yield _filled([], errors.get(late, {}))


def _filled(values: list[Any], errors: dict[int, str]) -> list[Any]:
    for column, word in errors.items():
        values += [""] * (column + 1 - len(values))
        values[column] = word
    return values


def _counted(errors: Errors, first: int) -> list[dict[str, Any]]:
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for row in sorted(errors):
        for column, word in errors[row].items():
            one = found.get((column, word))
            if one is None:
                if len(found) == _MOST_ERRORS:
                    continue
                one = {"column": column, "word": word, "row": row, "count": 0, "cells": []}
                found[column, word] = one
            one["count"] += 1
            if one["count"] <= _MOST_NAMED:
                one["cells"].append(cell_name(row, column + first))
    return list(found.values())


def _write(rows: Iterable[list[Any]], stream: Any) -> dict[str, int]:
    writer = csv.writer(stream)
    waiting = empty = width = 0
    for number, values in enumerate(rows, 1):
        cells = [as_text(value) for value in values]
        while cells and (not cells[-1] or cells[-1].isspace()):
            cells.pop()
        if not cells:
            waiting += 1
            continue
        empty, waiting = empty + waiting, 0
        width = max(width, len(cells))
        writer.writerow([number, *cells])
    return {"empty": empty, "width": width}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
