"""Packing: records as the columns of their rows. Needs no database, so that it can be done beside one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from tiketti_migrate.api import LeftOut, Problem
from tiketti_migrate.records import YEAR_ONE, AnyRecord, Outcome, Record, is_sound, record_of

__all__ = ["COLUMNS", "Packed", "Row", "rows_of"]

COLUMNS = (
    "kind", "source_id", "lane", "step", "moment", "natural_key", "record", "fingerprint", "warnings",
)  # fmt: skip

# Addresses and warnings of an unchanged object differ between two files of one source; what makes a record
# another one is its content.
_BESIDE_THE_CONTENT = {"origin", "warnings"}
_MOMENT: Final = 4
_RECORD: Final = 6
_SOLVED = ("resolved", "closed")
_MANY: TypeAdapter[list[Any]] = TypeAdapter(list[AnyRecord])
_DUMP = {model: TypeAdapter(model).serializer.to_json for model in Record.__subclasses__()}
_UNSOUND = (
    ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError,
    PydanticSerializationError,
)  # fmt: skip


# One row in the order of COLUMNS: a bare tuple, because there are millions.
Row = tuple[str, str, str | None, int | None, float | None, str | None, str, bytes, str]


@dataclass
class Packed:
    """Rows of one batch. ``tickets``: id and moment; ``ranks``: 1 for a solved ticket; ``characters`` of all
    texts.
    """

    rows: list[Row] = field(default_factory=list)
    tickets: list[tuple[str, float | None]] = field(default_factory=list)
    ranks: dict[str, int] = field(default_factory=dict)
    characters: int = 0
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, items: Sequence[object]) -> None:
        """Records, or the fields of records (see ``api.Source.extract``).

        What is no sound record (see ``records.is_sound``) is left out and listed as a BAD_RECORD. Some
        hundred at a time are quickest.
        """
        try:
            records = _MANY.validate_python(items)
            rows = rows_of(records)
            sound = _are_sound(items, records, rows)
        except _UNSOUND:
            sound = False
        if not sound:
            records = [record for item in items if (record := self._checked(item)) is not None]
            rows = rows_of(records)
        self.rows += rows
        self.characters += sum([len(row[_RECORD]) for row in rows])
        self.tickets += [(row[1], row[_MOMENT]) for row in rows if row[0] == "ticket"]
        outcomes = [record for record in records if type(record) is Outcome]
        self.ranks |= {outcome.source_id: int(outcome.status in _SOLVED) for outcome in outcomes}

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


def rows_of(records: Sequence[Record]) -> list[Row]:
    """The columns of records that are known to be sound.

    Column by column: that takes two thirds of the time of row by row.
    """
    contents = [
        _DUMP[type(record)](record, exclude_none=True, exclude=_BESIDE_THE_CONTENT, warnings=False)
        for record in records
    ]
    warnings = [orjson.dumps(r.warnings).decode() if r.warnings else "[]" for r in records]
    origins = [b"" if r.origin is None else b',"origin":' + orjson.dumps(r.origin) for r in records]
    moments = [record.moment for record in records]
    columns = (
        [record.kind for record in records],
        [record.source_id for record in records],
        [record.lane for record in records],
        [record.lane_step for record in records],
        [None if moment is None else moment.timestamp() for moment in moments],
        [record.natural_key for record in records],
        [
            f'{(content[:-1] + origin).decode()},"warnings":{said}}}'
            for content, origin, said in zip(contents, origins, warnings, strict=True)
        ],
        [hashlib.blake2b(content, digest_size=16).digest() for content in contents],
        warnings,
    )
    return list(zip(*columns, strict=True))


def _are_sound(items: Sequence[object], records: Sequence[Record], rows: Sequence[Row]) -> bool:
    """Asked of many at once, that takes half the time.

    Fields were checked a moment ago. What they let through and JSON does not bring back can only be in
    ``extra``. Of a record nobody knows how it was made: its text, read back, tells.
    """
    if not _DUMP.keys() >= set(map(type, records)):
        return False
    moments = [moment for row in rows if (moment := row[_MOMENT]) is not None]
    if moments and min(moments) <= YEAR_ONE:
        return False
    if set(map(type, items)) <= {dict}:
        return all(map(_is_plain, [record for record in records if record.extra]))
    back = _MANY.validate_json(f"[{','.join(row[_RECORD] for row in rows)}]")
    return all(vars(one) == vars(other) for one, other in zip(records, back, strict=True))


def _is_plain(record: Record) -> bool:
    return set(map(type, record.extra.values())) <= {str} or is_sound(record)


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
