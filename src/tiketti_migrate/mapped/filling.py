"""Cells become values of a record again: each read by the type of its field, and all of it validated."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import AwareDatetime, ValidationError

from tiketti_migrate.mapped.columns import ABSENT, MODELS, RECORD_FIELDS, column_of, path_in, text_of, without
from tiketti_migrate.mapping import EXTRA, IGNORE, BadCell, MappedKind, Rules
from tiketti_migrate.records import Label, Record, Ticket

__all__ = ["Filling", "validated"]

_LISTS = ("domains", "cc", "bcc")
_SEPARATORS = re.compile(r"[,;|\n]")
# Its labels have ids of their own, so that they never stand for another label of the source.
_LABEL_ID = "mapping:"


def validated(record: Record, changes: Mapping[str, Any], mapped: set[str]) -> Record:
    """``record`` with ``changes``, checked. What was said of the words that were ``mapped`` is true no more.

    Raises BadCell.
    """
    said = tuple(f"unknown {field} word " for field in mapped)
    warnings = (
        tuple(text for text in record.warnings if not text.startswith(said)) if said else record.warnings
    )
    values = {name: getattr(record, name) for name in type(record).model_fields}
    try:
        return type(record).model_validate({**values, **changes, "warnings": warnings})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else record.kind
        cell = f" {text_of(first['input'])[:60]!r}" if isinstance(first["input"], str) else ""
        raise BadCell(f"{record.kind} {record.source_id}: {field}{cell}: {first['msg']}") from None


class Filling:
    """The rules of one kind, applied to its records."""

    def __init__(self, kind: MappedKind, rules: Rules) -> None:
        self._kind = kind
        self._rules = rules
        self._model = MODELS[kind].model_fields
        self._formats = {field: self._formats_of(field) for field in RECORD_FIELDS[kind]}
        own = RECORD_FIELDS[kind]
        set_aside = {name: to for name, to in rules.columns.items() if to in (EXTRA, IGNORE)}
        self._cleared = {name: to for name, to in set_aside.items() if name in own}
        self._ignored = [name for name, to in set_aside.items() if to == IGNORE and name not in own]

    def fill(self, record: Record, row: Mapping[str, str], status: str = "") -> tuple[Record, list[Label]]:
        """The record as the rules make it, and labels that it did not have. Raises BadCell."""
        found = self._rules.fill(row, lambda field: column_of(record, field, status) or "")
        found.pop("status", None)
        changes = self._set_aside(record)
        labels: list[Label] = []
        for field, cell in found.items():
            if field == "labels":
                assert isinstance(record, Ticket)
                changes["label_ids"], labels = _labels(record, cell)
            else:
                changes[field] = self._value(field, cell)
        return (validated(record, changes, set(found)) if changes else record), labels

    def status(self, row: Mapping[str, str], word: str) -> str | None:
        """The status that the rules make of a ticket's, None when they leave it. Raises BadCell."""
        return self._rules.fill(row, lambda field: word if field == "status" else "").get("status")

    def _set_aside(self, record: Record) -> dict[str, Any]:
        """Fields that are to be empty, and ``extra`` as it then is."""
        changes: dict[str, Any] = {}
        extra: Any = record.extra
        for path in self._ignored:
            if path_in(extra, path) is not ABSENT:
                extra = without(extra, path)
        for name, to in self._cleared.items():
            cell = column_of(record, name) or ""
            if to == EXTRA and cell:
                extra = {**extra, name: cell}
            field = "label_ids" if name == "labels" else name
            changes[field] = self._model[field].get_default(call_default_factory=True)
        return changes if extra is record.extra else {**changes, "extra": extra}

    def _value(self, field: str, cell: str) -> Any:
        declared = self._model[field]
        if not cell and not declared.is_required():
            return declared.get_default(call_default_factory=True)
        types = {declared.annotation, *get_args(declared.annotation)}
        if types & {AwareDatetime, dt.datetime, dt.date}:
            moment = self._moment(field, cell)
            return moment.date() if dt.date in types else moment
        return _split(cell) if field in _LISTS else cell

    def _moment(self, field: str, cell: str) -> dt.datetime:
        """By the column's format, else ISO 8601; in UTC where no time zone is told."""
        for form in self._formats[field] or (None,):
            try:
                text = cell.strip()
                read = dt.datetime.strptime(text, form) if form else dt.datetime.fromisoformat(text)
            except ValueError:
                continue
            return read if read.tzinfo else read.replace(tzinfo=dt.UTC)
        how = " or ".join(self._formats[field]) or "such as 2023-11-25T13:45:00Z (else name its format)"
        raise BadCell(f"{field}: {cell[:60]!r} is no date {how}")

    def _formats_of(self, field: str) -> tuple[str, ...]:
        template = self._rules.templates.get(field)
        columns = [name for name, to in self._rules.columns.items() if to == field]
        columns += template.columns if template else ()
        return tuple(self._rules.formats[name] for name in columns if name in self._rules.formats)


def _labels(ticket: Ticket, cell: str) -> tuple[tuple[str, ...], list[Label]]:
    held = {label_id.casefold(): label_id for label_id in ticket.label_ids}
    named = {name.casefold(): name for name in _split(cell)}
    new = [Label(source_id=_LABEL_ID + key, name=name) for key, name in named.items() if key not in held]
    return tuple(held.get(key, _LABEL_ID + key) for key in named), new


def _split(cell: str) -> tuple[str, ...]:
    return tuple(word for part in _SEPARATORS.split(cell) if (word := " ".join(part.split())))
