"""What was detected in the tables, as it goes into a mapping file and is shown by inspect."""

from collections.abc import Callable, Iterator
from typing import Any

from tiketti_migrate.api import Draft, DraftColumn, DraftTable, DraftWord
from tiketti_migrate_csv.fields import TableKind
from tiketti_migrate_csv.options import CsvOptions
from tiketti_migrate_csv.prepared import Prepared, Tables
from tiketti_migrate_csv.words import Words, priorities, statuses

__all__ = ["draft_of", "notices"]

_MOST_WORDS = 200


def draft_of(tables: Tables, options: CsvOptions) -> Draft:
    """Beside the user's own ``options``: the preset, which is what a table's columns made us take it for."""
    detected: dict[str, Any] = {}
    first = tables.tickets[0].layout
    if options.preset is None and first.preset is not None:
        detected["preset"] = first.preset.name
    return Draft(
        options=detected,
        tables={one.layout.kind: _table(one) for one in tables.all},
        notes=tuple(
            note for one in tables.all for note in _notes(one, by_id=one.layout.kind in tables.by_id)
        ),
    )


def _table(prepared: Prepared) -> DraftTable:
    layout = prepared.layout
    fields: dict[str, str] = {}
    columns = []
    for match, name in zip(layout.matches, layout.table.names, strict=True):
        sure = f"{match.confidence:.0%}, " if match.confidence else ""
        # One line says what the columns of one header are together: the next export has more of them.
        is_said = fields.setdefault(match.column or name, match.field) == match.field
        like = match.column if is_said and name != match.column else ""
        columns.append(DraftColumn(name, match.field, f"{sure}{match.reason}", like))
    counted: dict[str, Callable[..., Words]] = {"status": statuses, "priority": priorities}
    words = {
        field: tuple(_words(prepared, field, make(layout.preset, layout.rules)))
        for field, make in counted.items()
        if field in prepared.evidence.words
    }
    return DraftTable(columns=tuple(columns), words=words)


def _words(prepared: Prepared, field: str, known: Words) -> Iterator[DraftWord]:
    for cell, times in prepared.evidence.words[field].most_common(_MOST_WORDS):
        if cell:
            word = known[cell]
            yield DraftWord(cell, times, word.meaning, word.warning is None)


def _notes(prepared: Prepared, *, by_id: bool) -> Iterator[str]:
    layout, evidence = prepared.layout, prepared.evidence
    preset = f", an export of {layout.preset.title}" if layout.preset else ""
    yield f"{layout.table.name}: {evidence.rows:,} rows, {layout.table.description.text}{preset}"
    for words in dict.fromkeys([*prepared.dated, *_doubts(prepared, by_id=by_id)]):
        yield f"{layout.table.name}: {words}"


def notices(tables: Tables) -> Iterator[tuple[str, str]]:
    """By table: how it was read where that can be wrong, so that it is to be told to whoever imports it."""
    for prepared in tables.all:
        for words in dict.fromkeys(_doubts(prepared, by_id=prepared.layout.kind in tables.by_id)):
            yield prepared.layout.table.name, words


def _doubts(prepared: Prepared, *, by_id: bool) -> Iterator[str]:
    layout, evidence = prepared.layout, prepared.evidence
    for field, ids in evidence.ids.items():
        if warning := ids.verdict().warning():
            yield f"column {layout.title(field)}: {warning}"
    yield from prepared.remarks
    of_one_id = _of_one_id(layout.kind, by_id=by_id)
    if evidence.repeated and of_one_id:
        yield f"several rows have one {layout.title('id')}: {of_one_id}"
    if evidence.equal:
        yield f"{evidence.equal:,} rows say what an earlier one says: each is a ticket"
    yield from layout.missing


def _of_one_id(kind: TableKind, *, by_id: bool) -> str | None:
    """What becomes of rows that have one id; None where nothing is called by it."""
    if kind == "ticket":
        return "they become one ticket"
    if kind in ("message", "time_entry"):
        return "those that are equal are taken once"
    return "the first one counts" if by_id else None
