"""Corrections: failed.csv, mended by a person, goes back into the ledger by source id."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tiketti_migrate.cells import unguarded
from tiketti_migrate.errors import UsageError
from tiketti_migrate.exports import UNREAD
from tiketti_migrate.records import Record, is_sound
from tiketti_migrate.store import Ledger, Row

__all__ = ["Corrections", "take_back"]

_DELIMITERS = ",;\t"
_LONGEST_CELL = 64 * 1024 * 1024
# Spreadsheets cut longer texts without a word (Microsoft's "Excel specifications and limits").
_SPREADSHEET_CELL = 32_767
# A bare number in them would be read as seconds since 1970.
_MOMENTS = ("created_at", "updated_at", "date")


@dataclass
class Corrections:
    """``rows``: the ledger ids of failed rows that the file names. ``refused``: what could not be taken, with
    its line; those rows stay as they are. ``unread`` ones never became records: the source mends them.
    """

    rows: list[int] = field(default_factory=list)
    corrected: int = 0
    unread: int = 0
    refused: list[str] = field(default_factory=list)


def take_back(ledger: Ledger, path: Path, of_kind: Callable[[str], bool] = lambda _kind: True) -> Corrections:
    """Put the values of ``path`` into the failed rows it names, in the transaction of the caller.

    Lines of which the kind is none to ``of_kind`` are passed over.

    A column that is not there leaves its field alone; an empty cell empties it. Raises UsageError when the
    file cannot be read as a whole.
    """
    found = Corrections()
    taken: set[int] = set()
    for line, cells in _lines(path):
        if not of_kind(cells.get("kind", "")):
            continue
        where = f"{path.name}:{line}"
        if cells.get("_state") == UNREAD:
            found.unread += 1
            continue
        row = ledger.rows.find(cells.get("kind", ""), cells.get("source_id", ""))
        if row is None or row.state != "failed" or row.id in taken:
            found.refused.append(f"{where}: {_not_taken(row, cells)}")
            continue
        try:
            record = _corrected(row.record, cells)
            if record is not None:
                _check_references(ledger, row.record, record)
        except ValueError as error:
            found.refused.append(f"{where}: {error}")
            continue
        if record is not None:
            ledger.rows.correct(row.id, record)
            found.corrected += 1
        taken.add(row.id)
        found.rows.append(row.id)
    return found


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            delimiter = max(_DELIMITERS, key=header.count)
            columns = next(csv.reader([header], delimiter=delimiter), [])
            if not {"kind", "source_id"} <= set(columns):
                raise UsageError(
                    "this is no failed.csv: its first line names no kind and source_id", where=str(path)
                )
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            line = 2
            for cells in reader:
                if any(cells):
                    yield line, dict(zip(columns, map(unguarded, cells), strict=False))
                line = reader.line_num + 2
    except UnicodeDecodeError:
        hint = "save it as CSV in UTF-8 (in Excel: 'CSV UTF-8')"
        raise UsageError("the file is not UTF-8", where=str(path), hint=hint) from None
    except csv.Error as error:
        raise UsageError(f"the table cannot be read: {error}", where=str(path)) from None
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _not_taken(row: Row | None, cells: Mapping[str, str]) -> str:
    name = f"{cells.get('kind')} {cells.get('source_id')}"
    if row is None:
        return f"there is no {name} in this workspace (did the spreadsheet change its id?)"
    if row.state == "failed":
        return f"{name} stands in the file already; only the first line counts"
    return f"{name} did not fail: it is {row.state}, and stays as it is"


def _corrected(record: Record, cells: Mapping[str, str]) -> Record | None:
    """The record with the values of the cells, None when they are what it has. Raises ValueError."""
    before = record.model_dump(mode="json")
    changes = {}
    for name in type(record).model_fields.keys() & cells.keys() - {"kind", "source_id"}:
        value = _value(name, cells[name], before[name])
        if value != before[name]:
            changes[name] = value
    if not changes:
        return None
    try:
        corrected = type(record).model_validate(_without_none({**before, **changes}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if not is_sound(corrected):
        raise ValueError(f"{', '.join(sorted(changes))}: holds characters that cannot be stored")
    return corrected


def _check_references(ledger: Ledger, before: Record, after: Record) -> None:
    """A reference that was changed must lead somewhere: spreadsheets round long ids. Raises ValueError."""
    known = set(before.references())
    for reference in after.references():
        if reference not in known and ledger.rows.find(reference.kind, reference.source_id) is None:
            raise ValueError(
                f"there is no {reference.kind} {reference.source_id} in this workspace"
                " (did the spreadsheet change its id?)"
            )


def _value(name: str, cell: str, before: Any) -> Any:
    """What a cell says, in the type that the field has in JSON."""
    if isinstance(before, list | dict):
        try:
            return json.loads(cell) if cell.strip() else type(before)()
        except (ValueError, RecursionError):
            raise ValueError(f"{name}: not JSON; expected something like {json.dumps(before)[:80]}") from None
    if not cell:
        return "" if before == "" else None
    if name in _MOMENTS and re.fullmatch(r"[\d.,]+", cell.strip()):
        raise ValueError(f"{name}: {cell!r} is no date; write it like 2023-05-01T12:30:00+00:00")
    if isinstance(before, str):
        ours, theirs = _newlines(before), _newlines(cell)
        if ours == theirs:
            return before
        if len(ours) > len(theirs) and len(cell) >= _SPREADSHEET_CELL - 1000 and ours.startswith(theirs):
            raise ValueError(
                f"{name}: a spreadsheet has cut its {len(before):,} characters to {len(cell):,};"
                f" take the column {name} out of the file, or edit it with something else"
            )
        return cell
    return before if str(before).casefold() == cell.strip().casefold() else cell


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """An emptied field has its default, if it has one."""
    return {name: value for name, value in values.items() if value is not None}
