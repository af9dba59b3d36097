"""The lists that stay beside the ledger: id-map.csv and failed.csv, written whole and replaced at once.

What a spreadsheet would take for a formula is made text (see cells).
"""

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from tiketti_migrate.cells import guarded
from tiketti_migrate.errors import Stopped
from tiketti_migrate.records import KINDS, Record
from tiketti_migrate.store import Ledger

__all__ = ["UNREAD", "replace_file", "write_failed", "write_id_map", "write_whole"]

# The state of what became no record.
UNREAD = "unread"
_ID_MAP = ("kind", "source_id", "source_url", "target_id", "target_code", "created", "ticket_source_id")


def write_id_map(ledger: Ledger, folder: Path) -> Path:
    """id-map.csv: where every record went. ``created`` is 0 for what was there before.

    A message that its ticket carries as description has no ``target_id``: its ticket leads to it.
    """
    rows = (
        (
            row.kind,
            row.source_id,
            row.source_url,
            row.target_id,
            row.target_code,
            int(row.created),
            row.ticket_source_id,
        )
        for row in ledger.views.mapped()
    )
    return _write_csv(folder / "id-map.csv", _ID_MAP, rows)


def write_failed(ledger: Ledger, folder: Path) -> Path:
    """failed.csv: every column of the records that failed, then ``_error_code``, ``_error``, ``_hint``.

    After them what of the source could not be read, with file and line as ``origin`` and none of its values.
    """
    columns = ("kind", *_record_columns(), "_state", "_error_code", "_error", "_hint")

    def rows() -> Iterator[list[Any]]:
        for failure in ledger.views.failures():
            values = failure.record.model_dump(mode="json")
            values |= {"_state": failure.state, "_error_code": failure.code}
            values |= {"_error": failure.message, "_hint": failure.hint}
            yield [values.get(column) for column in columns]
        for problem in ledger.problems.losses():
            values = {"origin": problem.place, "_state": UNREAD, "_error_code": problem.code}
            values |= {"_error": problem.message, "_hint": "correct it in the source and import that again"}
            yield [values.get(column) for column in columns]

    return _write_csv(folder / "failed.csv", columns, rows())


def write_whole(path: Path, text: str) -> Path:
    """Replace ``path`` at once: a reader sees the old file or the new one, never half of it."""
    return _replace(path, [text])


def _record_columns() -> list[str]:
    columns: dict[str, None] = {}
    models = {model.model_fields["kind"].default: model for model in Record.__subclasses__()}
    for kind in KINDS:
        if kind in models:
            columns |= dict.fromkeys(models[kind].model_fields)
    columns.pop("kind")
    return list(columns)


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return guarded(value) if isinstance(value, str) else value


def _write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Path:
    class Lines(list[str]):
        write = list.append

    def lines() -> Iterator[str]:
        buffer = Lines()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(map(_cell, row))
            yield from buffer
            buffer.clear()
        yield from buffer

    return _replace(path, lines())


def replace_file(path: Path, parts: Iterable[str]) -> None:
    """The user's alone, and at any time the old file or the new one, never half of it. Raises OSError."""
    aside = path.with_name(path.name + ".part")
    descriptor = os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _replace(path: Path, parts: Iterable[str]) -> Path:
    try:
        replace_file(path, parts)
    except OSError as error:
        raise Stopped(
            f"the file cannot be written: {error.strerror}", where=str(path), hint="mend it, then run resume"
        ) from error
    return path
