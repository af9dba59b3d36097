"""What a record holds, seen as the columns of a table."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from tiketti_migrate.mapping import MAPPED_KINDS, MappedKind
from tiketti_migrate.mapping.model import WORDS
from tiketti_migrate.records import Company, Contact, Label, Message, Record, Ticket, TimeEntry, record_of

__all__ = [
    "ABSENT",
    "MODELS",
    "RECORD_FIELDS",
    "TITLES",
    "as_record",
    "column_of",
    "path_in",
    "text_of",
    "without",
]

MODELS: Mapping[MappedKind, type[Record]] = {
    "ticket": Ticket,
    "contact": Contact,
    "company": Company,
    "message": Message,
    "time_entry": TimeEntry,
    "label": Label,
}
ABSENT = object()

# What makes a record this one, and what is said about it, is no choice of a mapping.
_FIXED = ("kind", "source_id", "origin", "extra", "warnings", "ticket_id", "label_ids")
# By which of its keys a table in a list is called.
TITLES = ("title", "name", "id")


def _fields(kind: MappedKind) -> Iterator[str]:
    if kind == "ticket":
        yield from ("status", "labels")
    yield from (name for name in MODELS[kind].model_fields if name not in _FIXED)


RECORD_FIELDS: Mapping[str, tuple[str, ...]] = {kind: tuple(_fields(kind)) for kind in MAPPED_KINDS}


def as_record(item: object) -> object:
    """The record that fields describe; whatever else an item is, it stays."""
    if type(item) is not dict:
        return item
    try:
        return record_of(item)
    except ValidationError:
        return item  # what is wrong with it is told where it is staged


def column_of(record: Record, name: str, status: str = "") -> str | None:
    """The cell of a record in one column, None when it has no such column.

    Of a status and a priority the source's own word is meant, where ``extra`` kept it. ``status``: the word
    of a ticket's outcome.
    """
    if name in WORDS and isinstance(word := record.extra.get(name), str):
        return word
    if isinstance(record, Ticket) and name in ("status", "labels"):
        return status if name == "status" else text_of(record.label_ids)
    if name in type(record).model_fields and name not in ("kind", "extra", "warnings"):
        return text_of(getattr(record, name))
    found = path_in(record.extra, name)
    return None if found is ABSENT else text_of(found)


def text_of(value: Any) -> str:
    """A value as a cell; lists by commas, what has more structure as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(text_of(one) for one in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def path_in(value: Any, path: str) -> Any:
    """What lies under a dotted path, ABSENT when nothing does. In a list the title, name or id of a table
    leads to it, and its ``value`` is meant where it has one."""
    for head, rest in _splits(path):
        inner = _step(value, head)
        if inner is ABSENT:
            continue
        found = inner if rest is None else path_in(inner, rest)
        if found is not ABSENT:
            return found
    return ABSENT


def without(value: Any, path: str) -> Any:
    """The same without what lies under a dotted path."""
    for head, rest in _splits(path):
        inner = _step(value, head)
        if inner is ABSENT or (rest is not None and path_in(inner, rest) is ABSENT):
            continue
        if isinstance(value, list):
            return [one for one in value if not _is_titled(one, head)]
        kept = {key: one for key, one in value.items() if key != head}
        return kept if rest is None else {**kept, head: without(inner, rest)}
    return value


def _splits(path: str) -> Iterator[tuple[str, str | None]]:
    """A name may have dots itself: the whole first, then what lies before each dot."""
    yield path, None
    for place, sign in enumerate(path):
        if sign == ".":
            yield path[:place], path[place + 1 :]


def _step(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name, ABSENT)
    if isinstance(value, list):
        for one in value:
            if _is_titled(one, name):
                return one.get("value", one)
    return ABSENT


def _is_titled(value: Any, name: str) -> bool:
    return isinstance(value, dict) and any(str(value.get(key, "")) == name for key in TITLES)
