"""What a source yields, in its order, with the rules applied to each record.

A ticket's conditions may ask for its status, which its outcome tells: the ticket waits for it, and what
follows waits behind it, up to a bound. Records of a ticket that is left out are dropped here when they
come soon after it; whatever else hangs on it, the ledger finds.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import cast

from tiketti_migrate.api import Checkpoint, LeftOut, Problem, each
from tiketti_migrate.mapped.columns import RECORD_FIELDS, as_record, column_of
from tiketti_migrate.mapped.filling import Filling, validated
from tiketti_migrate.mapping import EXTRA, IGNORE, MAPPED_KINDS, BadCell, MappedKind, MappingFile, nearest
from tiketti_migrate.records import Message, Outcome, Record, Ticket

__all__ = ["Stream"]

_MOST_WAITING = 1000
_MOST_CHARACTERS = 8_000_000
_MOST_REMEMBERED = 1000
_MOST_NAMES = 500
_MISSING_STATUS = "its status comes too long after it to be asked for"


class Stream:
    """One read of a source. ``mapping``: was checked against the fields of records."""

    def __init__(self, mapping: MappingFile) -> None:
        self._mapping = mapping
        self._rules = {kind: rules for kind in MAPPED_KINDS if not (rules := mapping.rules(kind)).is_empty}
        self._fillings = {kind: Filling(kind, rules) for kind, rules in self._rules.items()}
        self._columns = {
            kind: tuple(dict.fromkeys(name for name, _ in rules.read_columns))
            for kind, rules in self._rules.items()
        }
        self._absent = {kind: set(names) - set(RECORD_FIELDS[kind]) for kind, names in self._columns.items()}
        self._names: dict[MappedKind, set[str]] = {kind: set(RECORD_FIELDS[kind]) for kind in self._rules}
        self._waits = "status" in self._columns.get("ticket", ())
        self._queue: deque[object] = deque()
        self._characters = 0
        self._outcomes: dict[str, Outcome] = {}
        self._rows: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._out: OrderedDict[str, None] = OrderedDict()
        self._labels: set[str] = set()

    def run(self, items: Iterable[object], *, whole: bool) -> Iterator[object]:
        """``whole``: from the start of the source, so that a column which never came is none."""
        for item in map(as_record, each(items)):
            if self._is_dropped(item):
                continue
            self._queue.append(item)
            if isinstance(item, Message):
                self._characters += len(item.body)
            elif isinstance(item, Outcome):
                self._outcomes[item.source_id] = item
            while self._queue and (self._is_ready(self._queue[0]) or self._is_full):
                yield from self._next(ended=False)
        while self._queue:
            yield from self._next(ended=True)
        if whole:
            yield from self._unknown_columns()
            for kind in self._rules:
                for place, words in self._mapping.words_in_vain(kind):
                    yield Problem("UNKNOWN_WORD", words, place, lost=0)

    @property
    def _is_full(self) -> bool:
        return len(self._queue) > _MOST_WAITING or self._characters > _MOST_CHARACTERS

    def _is_ready(self, item: object) -> bool:
        return not self._waits or not isinstance(item, Ticket) or item.source_id in self._outcomes

    def _is_dropped(self, item: object) -> bool:
        return isinstance(item, Record) and not isinstance(item, Ticket) and item.lane in self._out

    def _next(self, *, ended: bool) -> Iterator[object]:
        item = self._queue.popleft()
        if isinstance(item, Message):
            self._characters -= len(item.body)
        if isinstance(item, Checkpoint):
            self._labels.clear()
        if not isinstance(item, Record) or type(item) is Record:
            yield item
            return
        kind = cast(MappedKind, "ticket" if isinstance(item, Outcome) else item.kind)
        if self._is_dropped(item):
            return
        if kind not in self._rules:
            yield item
            return
        try:
            if not ended and not self._is_ready(item):
                raise BadCell(f"ticket {item.source_id}: {_MISSING_STATUS}")
            yield from self._outcome(item) if isinstance(item, Outcome) else self._record(kind, item)
        except ValueError as error:
            yield Problem("BAD_MAPPING", str(error), item.origin or f"{item.kind} {item.source_id}")
            yield from self._leave_out(item, None)

    def _record(self, kind: MappedKind, record: Record) -> Iterator[object]:
        outcome = self._outcomes.get(record.source_id) if isinstance(record, Ticket) else None
        status = _word(outcome) if outcome else ""
        row = self._row(kind, record, status)
        if not self._rules[kind].passes(row):
            yield from self._leave_out(record, self._rules[kind].where_place())
            return
        made, labels = self._fillings[kind].fill(record, row, status)
        if isinstance(record, Ticket):
            self._out.pop(record.source_id, None)
            _remember(self._rows, record.source_id, row)
        # Said once a checkpoint: whoever goes on from one hears of them again.
        yield from (label for label in labels if label.source_id not in self._labels)
        self._labels.update(label.source_id for label in labels)
        yield made

    def _outcome(self, outcome: Outcome) -> Iterator[object]:
        self._outcomes.pop(outcome.source_id, None)
        word = _word(outcome)
        # Of a ticket that came long before only the status itself is known.
        row = {**self._rows.pop(outcome.source_id, {}), "status": word}
        status = self._fillings["ticket"].status(row, word)
        yield (
            outcome if status is None else validated(outcome, {"status": status.strip().lower()}, {"status"})
        )

    def _leave_out(self, record: Record, by: str | None) -> Iterator[object]:
        if isinstance(record, Ticket):
            _remember(self._out, record.source_id, None)
            self._outcomes.pop(record.source_id, None)
        yield LeftOut(record.kind, record.source_id, by)  # type: ignore[arg-type]

    def _row(self, kind: MappedKind, record: Record, status: str) -> dict[str, str]:
        row = {}
        for name in self._columns[kind]:
            cell = column_of(record, name, status)
            if cell is not None:
                row[name] = cell
                self._absent[kind].discard(name)
        if self._absent[kind] and len(self._names[kind]) < _MOST_NAMES:
            self._names[kind].update(record.extra)
        return row

    def _unknown_columns(self) -> Iterator[Problem]:
        for kind, rules in self._rules.items():
            for column, path in rules.read_columns:
                is_used = path[0] != "columns" or rules.columns[column] not in (EXTRA, IGNORE)
                if is_used and column in self._absent[kind]:
                    hint = nearest(column, sorted(self._names[kind]))
                    place = self._mapping.place((kind, *path))
                    yield Problem("UNKNOWN_COLUMN", f"no {kind} has a {column!r} ({hint})", place, lost=0)


def _word(outcome: Outcome) -> str:
    return column_of(outcome, "status") or ""


def _remember(
    known: "OrderedDict[str, dict[str, str]] | OrderedDict[str, None]", key: str, value: object
) -> None:
    known[key] = value  # type: ignore[assignment]
    if len(known) > _MOST_REMEMBERED:
        known.popitem(last=False)
