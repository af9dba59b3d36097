"""Packing: records as the columns of their rows. Needs no database, so that it can be done beside one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from tiketti_migrate.api import LeftOut, Problem
from tiketti_migrate.records import YEAR_ONE, AnyRecord, Outcome, Record, is_sound, record_of
from tiketti_migrate.store.columns import BESIDE_THE_CONTENT, Row, texts
from tiketti_migrate.store.quick import QUICK

__all__ = ["Packed", "rows_of"]

_MOMENT: Final = 4
_RECORD: Final = 6
_SOLVED = ("resolved", "closed")
_MANY: TypeAdapter[list[Any]] = TypeAdapter(list[AnyRecord])
_DUMP = {model: TypeAdapter(model).serializer.to_json for model in Record.__subclasses__()}
_UNSOUND = (
    ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError,
    PydanticSerializationError,
)  # fmt: skip


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
        if set(map(type, items)) != {dict}:
            self._add_records(items)
            return
        kinds: dict[str, list[Mapping[str, Any]]] = {}
        for item in cast("Sequence[Mapping[str, Any]]", items):
            kind = item.get("kind")
            kinds.setdefault(kind if type(kind) is str else "", []).append(item)
        for name, alike in kinds.items():
            self._add_alike(name, alike)

    def _add_alike(self, kind: str, fields: Sequence[Mapping[str, Any]]) -> None:
        """Fields of one kind."""
        quick = QUICK.get(kind)
        try:
            rows = quick.rows(fields) if quick else None
        except _UNSOUND:
            rows = None
        if rows is None:
            self._add_records(fields)
            return
        self._add_rows(rows)
        if kind == "outcome":
            self._add_ranks((one["source_id"], one["status"]) for one in fields)

    def _add_records(self, items: Sequence[object]) -> None:
        try:
            records = _MANY.validate_python(items)
            rows = rows_of(records)
            sound = _are_sound(items, records, rows)
        except _UNSOUND:
            sound = False
        if not sound:
            records = [record for item in items if (record := self._checked(item)) is not None]
            rows = rows_of(records)
        self._add_rows(rows)
        self._add_ranks((one.source_id, one.status) for one in records if type(one) is Outcome)

    def _add_rows(self, rows: Sequence[Row]) -> None:
        self.rows += rows
        self.characters += sum([len(row[_RECORD]) for row in rows])
        self.tickets += [(row[1], row[_MOMENT]) for row in rows if row[0] == "ticket"]

    def _add_ranks(self, statuses: Iterable[tuple[str, str]]) -> None:
        self.ranks |= {source_id: int(status in _SOLVED) for source_id, status in statuses}

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
        _DUMP[type(record)](record, exclude_none=True, exclude=BESIDE_THE_CONTENT, warnings=False)
        for record in records
    ]
    moments = [record.moment for record in records]
    columns = (
        [record.kind for record in records],
        [record.source_id for record in records],
        [record.lane for record in records],
        [record.lane_step for record in records],
        [None if moment is None else moment.timestamp() for moment in moments],
        [record.natural_key for record in records],
        *texts(contents, [record.origin for record in records], [record.warnings for record in records]),
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
