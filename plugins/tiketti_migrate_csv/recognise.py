"""Which field each column of a table stands for: by preset, header, near spelling or by its cells."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tiketti_migrate_csv.claims import Claim, Column, settle
from tiketti_migrate_csv.content import Cells, contradiction, look_at, looks_like
from tiketti_migrate_csv.context import in_context
from tiketti_migrate_csv.fields import DATES, DURATIONS, EXTRA, FIELDS, TableKind
from tiketti_migrate_csv.headers import base, duration_unit, key, says_nothing, without_number, words
from tiketti_migrate_csv.near import nearest
from tiketti_migrate_csv.presets import Preset, preset_named
from tiketti_migrate_csv.repeats import Repeats
from tiketti_migrate_csv.visibility import NO_FLAG, lacks_flags, visibility_of
from tiketti_migrate_csv.vocabulary import CERTAIN, GUESS, LIKELY, SYNONYM, Meaning, vocabulary

__all__ = ["ColumnMatch", "recognise"]

NEAR = 0.7
CONTENT = 0.5
_REPEATABLE = frozenset({"comment", "labels", "note"})
_TIMED = DATES | DURATIONS
# A table with more columns than this is no work of people: misspelt headers are not searched for in it.
_MOST_NEAR = 500
# How many cells are looked at: the rows of a very wide table tell no more than the first few.
_MOST_CELLS = 40_000
_LEAST_ROWS = 10


@dataclass(frozen=True)
class ColumnMatch:
    """What one column stands for.

    ``field`` is a name of ``FIELDS[kind]``, ``EXTRA`` or ``IGNORE``. ``confidence``: 1.0 the field's own name
    or a preset, 0.9 a known word for it, 0.6 to 0.8 a word that is likely to mean it or a near spelling, 0.5
    by its cells alone, 0 none. ``reason`` says it in words.
    """

    column: str
    index: int
    field: str
    confidence: float
    reason: str


def recognise(
    kind: TableKind,
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    preset: str | None,
    explained: Collection[str] = (),
) -> list[ColumnMatch]:
    """One match per column, in their order, whatever that is.

    ``sample`` are the first rows (some 200), evidence when headers contradict or say nothing. ``preset`` is
    a name of ``PRESETS``; None and ``none`` are no preset. ``explained``: the fields whose words the user
    explains.

    Raises:
        UsageError: there is no such preset.
    """
    sample = sample[: max(_LEAST_ROWS, _MOST_CELLS // max(1, len(header)))]
    chosen = preset_named(preset)
    repeats = Repeats(kind, header, sample)
    columns = [_column(kind, header, sample, index, chosen, repeats) for index in range(len(header))]
    columns = [_but_flags(kind, column, explained) for column in columns]
    granted, losers = settle(in_context(kind, columns, repeats))
    matches = {
        column.index: ColumnMatch(column.header, column.index, claim.field, claim.confidence, claim.reason)
        for column, claim in granted
    }
    free = set(FIELDS[kind]) - {match.field for match in matches.values()}
    matches |= _by_content(kind, [column for column in columns if column.index not in matches], free)
    for column in columns:
        if column.index not in matches:
            reason = losers.get(column.index, column.otherwise)
            matches[column.index] = ColumnMatch(column.header, column.index, EXTRA, 0.0, reason)
    return [matches[index] for index in range(len(header))]


def _column(
    kind: TableKind,
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    index: int,
    preset: Preset | None,
    repeats: Repeats,
) -> Column:
    name, cells = header[index], look_at(sample, index)
    fixed = _by_preset(kind, name, preset)
    if fixed is not None:
        against = contradiction(fixed.field, cells, certain=True)
        otherwise = fixed.reason if against is None else f"{fixed.reason} means {fixed.field}, but {against}"
        return Column(name, index, cells, (fixed,) if against is None else (), otherwise)
    claims = _by_visibility(kind, name, index, cells, repeats)
    otherwise = _why_none(kind, name)
    for claim in _by_header(kind, name, cells, near=len(header) <= _MOST_NEAR):
        against = contradiction(claim.field, cells, certain=claim.confidence == CERTAIN)
        if against is None:
            claims.append(claim)
        elif not claims:
            otherwise = f"the header means {claim.field}, but {against}"
    return Column(name, index, cells, tuple(claims), otherwise)


def _but_flags(kind: TableKind, column: Column, explained: Collection[str]) -> Column:
    """Without the claim to say who may read where no cell does."""
    texts = column.cells.texts
    flags = [
        claim
        for claim in column.claims
        if not claim.reason.startswith("preset ")
        and claim.field not in explained
        and lacks_flags(kind, claim.field, texts)
    ]
    if not flags:
        return column
    others = [claim for claim in column.claims if claim not in flags]
    return column.claiming(others, f"the header means {flags[0].field}, but {NO_FLAG}")


def _by_visibility(kind: TableKind, name: str, index: int, cells: Cells, repeats: Repeats) -> list[Claim]:
    """Before what the header says alone: an "Internal note" is a text unless its cells are yes and no."""
    several_rows, differs = repeats.several_rows, repeats.differs(index)
    found = visibility_of(kind, name, cells.texts, several_rows=several_rows, differs=differs)
    return [Claim(found[0], LIKELY, found[1])] if found else []


def _why_none(kind: TableKind, name: str) -> str:
    if says_nothing(name):
        return "neither the header nor the cells say what it is"
    known = key(name) in vocabulary(kind).homeless
    return "Tiketti has no field for it" if known else "the header is not known"


def _by_preset(kind: TableKind, name: str, preset: Preset | None) -> Claim | None:
    field = preset.field_of(name) if preset is not None and preset.kind == kind else None
    if preset is None or field is None:
        return None
    repeated = preset.name if field in preset.repeated else None
    confidence = 0.0 if field == EXTRA else CERTAIN
    return Claim(field, confidence, f"preset {preset.name}", preset.rank_of(name), repeated)


def _by_header(kind: TableKind, name: str, cells: Cells, *, near: bool) -> Iterator[Claim]:
    """What a header may stand for, the surest first."""
    known = vocabulary(kind)
    found = known.look_up(key(name))
    if found:
        for meaning in found:
            if meaning.confidence > GUESS or meaning.field != "time_spent" or _has_unit(name, cells):
                yield _claim(meaning, meaning.confidence)
        return
    if key(name) in known.homeless:
        return
    timed = tuple(meaning for meaning in known.look_up(base(name)) if meaning.field in _TIMED)
    numbered = known.look_up(without_number(key(name)))
    numbered = tuple(meaning for meaning in numbered if meaning.field in _REPEATABLE)
    if timed or numbered:
        yield from (_claim(meaning, min(meaning.confidence, SYNONYM)) for meaning in timed or numbered)
        return
    misspelt = nearest(kind, words(name)) if near else None
    if misspelt is not None:
        said = f"the header is spelt nearly like “{' '.join(misspelt.words)}”"
        yield Claim(misspelt.field, NEAR, said, misspelt.rank)


def _has_unit(name: str, cells: Cells) -> bool:
    """Whether the header or every cell names a unit of time."""
    return bool(duration_unit(name)) or (bool(cells.texts) and all(map(duration_unit, cells.texts)))


def _claim(meaning: Meaning, confidence: float) -> Claim:
    if confidence == CERTAIN:
        reason = "the header is the field's own name"
    elif meaning.language:
        reason = f"the header means {meaning.field} in {meaning.language}"
    elif meaning.confidence >= SYNONYM:
        reason = f"the header is a usual word for {meaning.field}"
    else:
        reason = f"the header probably means {meaning.field}"
    repeated = "".join(meaning.words) if meaning.field in _REPEATABLE else None
    return Claim(meaning.field, confidence, reason, meaning.rank, repeated)


def _by_content(kind: TableKind, columns: list[Column], free: set[str]) -> dict[int, ColumnMatch]:
    """Columns whose header says nothing, by their cells; two that look the same are left alone."""
    found: dict[str, list[tuple[Column, str]]] = {}
    for column in columns:
        seen = looks_like(kind, column.cells) if says_nothing(column.header) and not column.claims else None
        if seen is not None and seen[0] in free:
            found.setdefault(seen[0], []).append((column, seen[1]))
    return {
        some[0][0].index: ColumnMatch(
            some[0][0].header, some[0][0].index, field, CONTENT, f"the cells {some[0][1]}"
        )
        for field, some in found.items()
        if len(some) == 1
    }
