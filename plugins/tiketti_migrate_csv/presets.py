"""The exports of known helpdesks: their columns, words and ways of writing, from ``presets.toml``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from tiketti_migrate.errors import UsageError
from tiketti_migrate.records import Priority, Status
from tiketti_migrate_csv.data import read
from tiketti_migrate_csv.fields import TableKind
from tiketti_migrate_csv.headers import DurationUnit, key

__all__ = ["NO_PRESET", "PRESETS", "DateOrder", "Preset", "preset_named", "preset_suggested"]

NO_PRESET = "none"
DateOrder = Literal["dmy", "mdy", "ymd"]


@dataclass(frozen=True)
class Preset:
    """How one helpdesk writes its export.

    ``name`` is for ``--preset``, ``title`` for people and the provenance line (``Freshdesk``). ``columns``
    is by header key: a field of ``kind``, ``EXTRA`` or ``IGNORE``, the better column of a field first.
    ``repeated`` are the fields that several columns may bear. ``statuses`` and ``priorities`` are the words
    (casefolded) that mean something special in this tool; tickets whose status is one of ``deleted`` are
    left out.

    ``date_order`` and ``duration_unit`` (of bare numbers) are None where the tool has no fixed one. A
    spreadsheet that saved the file again may have changed its dates: cells that speak against the order win.
    ``label_separator`` is None where any usual one may occur. ``comment_parts`` names the parts of a comment
    cell, from the left and separated by ``;``, the last taking the rest; empty when a cell is the text alone.
    ``day_hours`` are those of a day of work, of which five then are a week; of 24 seven are.
    ``sources`` say where this is known from.
    """

    name: str
    title: str
    kind: TableKind
    columns: Mapping[str, str]
    signature: frozenset[str]
    signature_prefixes: tuple[str, ...] = ()
    enough: int = 2
    repeated: frozenset[str] = frozenset()
    statuses: Mapping[str, Status] = field(default_factory=dict)
    priorities: Mapping[str, Priority] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    date_order: DateOrder | None = None
    duration_unit: DurationUnit | None = None
    day_hours: int = 24
    label_separator: str | None = None
    comment_parts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def field_of(self, header: str) -> str | None:
        """What a column of this export stands for; None for one that the tool has not of itself."""
        return self.columns.get(key(header))

    def rank_of(self, header: str) -> int:
        """Where a column stands among the known ones: of two for one field the first is the better."""
        return list(self.columns).index(key(header))


def preset_named(name: str | None) -> Preset | None:
    """The preset of that name; None for None and ``none``.

    Raises:
        UsageError: there is no such preset.
    """
    if name is None or name == NO_PRESET:
        return None
    if name not in PRESETS:
        known = ", ".join([*PRESETS, NO_PRESET])
        raise UsageError(f"there is no preset “{name}”", where="--preset", hint=f"known presets: {known}")
    return PRESETS[name]


def preset_suggested(header: Sequence[str]) -> str | None:
    """The preset whose own columns a header has; None when too few are there, or of two tools as many."""
    names = {key(column) for column in header}
    hits = {preset.name: _hits(preset, names) - preset.enough for preset in PRESETS.values()}
    best = max(hits.values())
    found = [name for name, number in hits.items() if number == best]
    return found[0] if best >= 0 and len(found) == 1 else None


def _hits(preset: Preset, names: set[str]) -> int:
    by_prefix = sum(
        1 for prefix in preset.signature_prefixes if any(name.startswith(prefix) for name in names)
    )
    return len(preset.signature & names) + by_prefix


def _preset(named: str, data: dict[str, Any]) -> Preset:
    columns = {key(header): name for name, headers in data["columns"].items() for header in headers}
    return Preset(
        name=named,
        title=data["title"],
        kind="ticket",
        columns=MappingProxyType(columns),
        signature=frozenset(key(header) for header in data["signature"]),
        signature_prefixes=tuple(key(prefix) for prefix in data.get("signature_prefixes", ())),
        enough=data.get("enough", 2),
        repeated=frozenset(data.get("repeated", ())),
        statuses=_words(data.get("statuses", {})),
        priorities=_words(data.get("priorities", {})),
        deleted=frozenset(word.casefold() for word in data.get("deleted", ())),
        date_order=data.get("date_order"),
        duration_unit=data.get("duration_unit"),
        day_hours=data.get("day_hours", 24),
        label_separator=data.get("label_separator"),
        comment_parts=tuple(data.get("comment_parts", ())),
        sources=tuple(data["sources"]),
    )


def _words(data: dict[str, list[str]]) -> Mapping[str, Any]:
    return MappingProxyType({word.casefold(): meaning for meaning, said in data.items() for word in said})


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {name: _preset(name, data) for name, data in read("presets.toml").items()}
)
