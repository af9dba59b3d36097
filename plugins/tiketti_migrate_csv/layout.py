"""What each column of one table stands for: recognised, then as the user says in options and mapping file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping import Rules, nearest
from tiketti_migrate_csv.fields import EXTRA, IGNORE, VISIBILITY, TableKind
from tiketti_migrate_csv.headers import key
from tiketti_migrate_csv.naming import distinct
from tiketti_migrate_csv.presets import Preset, preset_named, preset_suggested
from tiketti_migrate_csv.recognise import ColumnMatch, recognise
from tiketti_migrate_csv.tables import Table
from tiketti_migrate_csv.verdicts import (
    PLURALS,
    has_header,
    header_hint,
    is_usable,
    looks_like_other,
    what_is_missing,
)
from tiketti_migrate_csv.visibility import is_kind
from tiketti_migrate_csv.vocabulary import CERTAIN

__all__ = ["Layout", "lay_out"]

_SAMPLE = 200


@dataclass(frozen=True)
class Layout:
    """One table with the meaning of its columns. ``missing`` says in words what it lacks."""

    table: Table
    kind: TableKind
    matches: tuple[ColumnMatch, ...]
    rules: Rules
    preset: Preset | None
    missing: tuple[str, ...]
    sample: tuple[list[str], ...] = ()

    @cached_property
    def columns(self) -> Mapping[str, tuple[int, ...]]:
        """The columns of each field, by position."""
        found: dict[str, tuple[int, ...]] = {}
        for match in self.matches:
            if match.field not in (EXTRA, IGNORE):
                found[match.field] = (*found.get(match.field, ()), match.index)
        return found

    @cached_property
    def extras(self) -> tuple[tuple[int, str], ...]:
        """Position and name of the columns without a home."""
        places = [match.index for match in self.matches if match.field == EXTRA]
        # The ledger's own words begin with an underscore.
        plain = [self.table.names[place].lstrip("_") or f"column {place + 1}" for place in places]
        return tuple(zip(places, distinct(plain), strict=True))

    def has(self, *fields: str) -> bool:
        """Whether a column or the mapping fills one of them."""
        return any(field in self.columns or field in self.rules.templates for field in fields)

    def title(self, field: str) -> str:
        """The header of the column of a field, for people."""
        columns = self.columns.get(field)
        return self.table.header[columns[0]] if columns else field

    @cached_property
    def is_internal_by_kind(self) -> bool:
        """Whether only a column of kinds, which nobody said is one of who may read, makes rows internal."""
        found = [match for match in self.matches if match.field in VISIBILITY]
        return bool(found) and all(is_kind(one.column) and one.confidence < CERTAIN for one in found)

    def renamed(self, field: str, name: str, words: str) -> "Layout":
        """The same with the columns of a field as those of another; ``words`` say why."""
        matches = [
            replace(match, field=name, reason=words) if match.field == field else match
            for match in self.matches
        ]
        return replace(self, matches=tuple(matches))


def lay_out(
    table: Table, kind: TableKind, rules: Rules, preset: str | None = None, group_by: str | None = None
) -> Layout:
    """``group_by``: the column that is the id whatever else looks like one.

    Raises UsageError for a table that cannot be used as one of that kind.
    """
    sample = _sample(table)
    if not has_header(table.header, sample):
        raise UsageError(header_hint(table.header), where=table.name)
    chosen = preset or (preset_suggested(table.header) if kind == "ticket" else None)
    named = _named(table, rules.columns)
    if group_by is not None:
        named[_column(table, group_by)] = "id"
    explained = [field for field in VISIBILITY if rules.change(field) is not None]
    found = recognise(kind, table.header, sample, chosen, explained)
    matches = _as_named(found, table, named, rules.templates)
    filled = [ColumnMatch("", -1, field, 1.0, "mapping file") for field in rules.templates]
    missing = what_is_missing(kind, [*matches, *filled])
    if not is_usable(kind, [*matches, *filled]):
        words = f"this does not look like a table of {PLURALS[kind]}: {missing[0]}"
        rather = looks_like_other(kind, table.header, sample)
        raise UsageError(words, where=table.name, hint=rather or _seen(table))
    if not (named or rules.templates) and (rather := looks_like_other(kind, table.header, sample)):
        missing.insert(0, rather)
    return Layout(table, kind, tuple(matches), rules, preset_named(chosen), tuple(missing), tuple(sample))


def _named(table: Table, said: Mapping[str, str]) -> dict[str, str]:
    """A header stands for all its columns that are not named themselves: the next export may have more."""
    both = zip(table.names, table.header, strict=True)
    found = {name: said.get(name, said.get(header)) for name, header in both}
    return {name: field for name, field in found.items() if field is not None}


def _as_named(
    matches: Sequence[ColumnMatch], table: Table, named: Mapping[str, str], templates: Mapping[str, object]
) -> list[ColumnMatch]:
    taken = {*named.values(), *templates} - {EXTRA, IGNORE}
    found = []
    for match in matches:
        field = named.get(table.names[match.index])
        if field is not None:
            match = replace(match, field=field, confidence=1.0, reason="you said so")
        elif match.field in taken:
            words = f"you gave {match.field} to another column"
            match = replace(match, field=EXTRA, confidence=0.0, reason=words)
        found.append(match)
    return found


def _column(table: Table, name: str) -> str:
    if name in table.names:
        return name
    alike = [one for one in table.names if key(one) == key(name)]
    if len(alike) == 1:
        return alike[0]
    raise UsageError(
        f"--group-by: there is no column {name!r}", where=table.name, hint=nearest(name, table.names)
    )


def _sample(table: Table) -> list[list[str]]:
    found: list[list[str]] = []
    for batch in table.batches():
        found += [cells for _, cells in batch.rows]
        if len(found) >= _SAMPLE:
            break
    return found[:_SAMPLE]


def _seen(table: Table) -> str:
    columns = ", ".join(name or "(no name)" for name in table.header[:12])
    return f"its columns are: {columns}"
