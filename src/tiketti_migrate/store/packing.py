"""Packing: records as the columns of their rows. Needs no database, so that it can be done beside one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from tiketti_migrate.api import LeftOut, Problem
from tiketti_migrate.records import YEAR_ONE, AnyRecord, Outcome, Record, is_sound, record_of

__all__ = ["COLUMNS", "Packed", "Row", "row_of"]

COLUMNS = (
    "kind", "source_id", "lane", "step", "moment", "natural_key", "record", "fingerprint", "warnings",
)  # fmt: skip

# Addresses and warnings of an unchanged object differ between two files of one source; what makes a record
# another one is its content.
_BESIDE_THE_CONTENT = {"origin", "warnings"}
_SOLVED = ("resolved", "closed")
_MANY: TypeAdapter[list[Any]] = TypeAdapter(list[AnyRecord])
_DUMP = {model: TypeAdapter(model).serializer.to_json for model in Record.__subclasses__()}
_UNSOUND = (
    ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError,
    PydanticSerializationError,
)  # fmt: skip


class Row(NamedTuple):
    """The columns of one row, named as in COLUMNS."""

    kind: str
    source_id: str
    lane: str | None
    step: int | None
    moment: float | None
    natural_key: str | None
    record: str
    fingerprint: bytes
    warnings: str


@dataclass
class Packed:
    """Rows of one batch. ``origins`` in step with ``rows``; ``ranks`` of lanes: 1 for a solved ticket."""

    rows: list[Row] = field(default_factory=list)
    origins: list[str | None] = field(default_factory=list)
    ranks: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, items: Sequence[object]) -> None:
        """Records, or the fields of records (see ``api.Source.extract``).

        What is no sound record (see ``records.is_sound``) is left out and listed as a BAD_RECORD. Some
        hundred at a time are quickest.
        """
        rows = _rows(items)
        if rows is None:
            sound = [record for item in items if (record := self._checked(item)) is not None]
            rows = [(record, row_of(record)) for record in sound]
        for record, row in rows:
            self.rows.append(row)
            self.origins.append(record.origin)
            if type(record) is Outcome:
                self.ranks[record.source_id] = int(record.status in _SOLVED)

    def _checked(self, item: object) -> Record | None:
        words = "the source made no proper record of it"
        try:
            record = item if isinstance(item, Record) else record_of(item)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            words = f"{'.'.join(map(str, first['loc'][1:]))}: {first['msg']}"
        else:
            if is_sound(record):
                return record
        self.problems.append(Problem("BAD_RECORD", _readable(f"{_name(item)}: {words}"), _place(item)))
        return None


def row_of(record: Record) -> Row:
    """The columns of a record that is known to be sound."""
    return _row(record, _text(record))


def _rows(items: Sequence[object]) -> list[tuple[Record, Row]] | None:
    """None when an item is unsound. Asked of many at once, that takes half the time.

    Only its text, read back, tells what a record is: nobody knows how it was made.
    """
    try:
        texts = [_text(item) for item in items]
        records = _MANY.validate_json(b"[%b]" % b",".join(text.record for text in texts))
        if not all(map(_comes_back, items, records)):
            return None
        rows = [(record, _row(record, text)) for record, text in zip(records, texts, strict=True)]
    except _UNSOUND:
        return None
    return rows if all(row.moment is None or row.moment > YEAR_ONE for _, row in rows) else None


class _Text(NamedTuple):
    """``content`` is what makes a record another one, ``record`` all of it, ``warnings`` those alone."""

    content: bytes
    record: bytes
    warnings: bytes


def _text(item: object) -> _Text:
    """Raises one of _UNSOUND for what is neither a record nor the fields of one."""
    if type(item) is dict:
        origin, warnings = item.get("origin"), item.get("warnings")
        fields = {name: value for name, value in item.items() if value is not None}
        fields.pop("origin", None)
        fields.pop("warnings", None)
        content = orjson.dumps(fields, default=str, option=orjson.OPT_UTC_Z)
    else:
        content = _DUMP[type(item)](item, exclude_none=True, exclude=_BESIDE_THE_CONTENT, warnings=False)  # type: ignore[index]
        origin, warnings = item.origin, item.warnings  # type: ignore[attr-defined]
    beside = b"" if origin is None else b',"origin":' + orjson.dumps(origin)
    said = orjson.dumps(warnings) if warnings else b"[]"
    return _Text(content, b'%b%b,"warnings":%b}' % (content[:-1], beside, said), said)


def _row(record: Record, text: _Text) -> Row:
    moment = record.moment
    return Row(
        record.kind,
        record.source_id,
        record.lane,
        record.lane_step,
        None if moment is None else moment.timestamp(),
        record.natural_key,
        text.record.decode(),
        hashlib.blake2b(text.content, digest_size=16).digest(),
        text.warnings.decode(),
    )


def _comes_back(item: object, record: Record) -> bool:
    """Fields have no other form than their text, but for what JSON cannot tell in ``extra``."""
    if type(item) is dict:
        extra = record.extra
        return not extra or all(type(value) is str for value in extra.values()) or extra == item["extra"]
    return type(item) is type(record) and vars(item) == vars(record)


def _name(item: object) -> str:
    """What people find it by."""
    return f"{_field(item, 'kind') or type(item).__name__} {_field(item, 'source_id')}".strip()


def _place(item: object) -> str:
    return _readable(_field(item, "origin") or _name(item))


def _field(item: object, name: str) -> str:
    value = item.get(name) if isinstance(item, dict) else getattr(item, name, None)
    return value if isinstance(value, str) else ""


def _readable(text: str) -> str:
    return text.encode(errors="replace").decode()
