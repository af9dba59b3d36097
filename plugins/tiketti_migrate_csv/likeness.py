"""Whether a table is a copy of the one that a workspace belongs to: told by its path and its columns."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.headers import key
from tiketti_migrate_csv.layout import Layout

__all__ = ["Imprint", "Likeness", "imprint_of", "likeness", "read_imprint", "refuse"]

# "renewed": the same rows, each of which would be a new ticket, because its id would be another one.
Likeness = Literal["same", "renewed", "other"]

_MARK = 4
_WRITTEN = re.compile(
    r"(.*) \[([0-9a-f]{8})(?: (-|(?:[0-9a-f]{4})+) ((?:[0-9a-f]{4})*)((?: [a-z_]+)*))?\]", re.DOTALL
)
_STDIN = "-"
_MOST_NAMED = 8
_TWICE = "in another --workspace every ticket of a copy would be made twice"


@dataclass(frozen=True)
class Imprint:
    """What is remembered of a table. ``columns`` are short hashes of the headers in order, ``ids`` those
    that make the id; both are None of a workspace of older days, which knows ``digest``, that of them all.
    ``by_row``: the fields that rows of one ticket tell each for itself: their ids stay made as they were.
    """

    path: str
    digest: str
    ids: frozenset[str] | None = None
    columns: tuple[str, ...] | None = None
    by_row: frozenset[str] = frozenset()

    def __str__(self) -> str:
        by_row = "".join(f" {field}" for field in sorted(self.by_row))
        more = f" {''.join(sorted(self.ids or ())) or '-'} {''.join(self.columns or ())}{by_row}"
        return f"{self.path} [{self.digest}{more if self.columns is not None else ''}]"


def imprint_of(layout: Layout, by_row: Collection[str] = ()) -> Imprint:
    """Of a table."""
    table, template = layout.table, layout.rules.templates.get("id")
    marks = dict(zip(table.names, map(_mark, table.header), strict=True))
    named = template.columns if template else [table.names[place] for place in layout.columns.get("id", ())]
    keys = "\n".join(sorted({key(name) for name in table.header}))
    digest = hashlib.blake2b(keys.encode(), digest_size=4).hexdigest()
    ids = frozenset(marks[name] for name in named)
    return Imprint(str(table.path), digest, ids, tuple(marks.values()), frozenset(by_row))


def read_imprint(text: str) -> Imprint | None:
    """As it was written, None for what is none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    path, digest, ids, columns, by_row = found.groups()
    if ids is None:
        return Imprint(path, digest)
    known = frozenset(_parts(ids) if ids != "-" else ())
    return Imprint(path, digest, known, _parts(columns), frozenset(by_row.split()))


def likeness(pinned: Imprint, own: Imprint) -> Likeness:
    """What ``own`` is beside the table that the workspace belongs to."""
    is_there = pinned.path == own.path != _STDIN
    if pinned.columns is None or pinned.ids is None or own.columns is None:
        alike = pinned.digest == own.digest
        if is_there and not alike and not own.ids:
            return "renewed"
        return "same" if alike or is_there else "other"
    if not is_there and not _overlap(pinned.columns, own.columns):
        return "other"
    if not pinned.ids and not own.ids:
        return "same" if _named(pinned.columns) == _named(own.columns) else "renewed"
    is_renamed = not (pinned.ids & {*own.columns} or (own.ids or frozenset()) & {*pinned.columns})
    return "same" if pinned.ids == own.ids or (pinned.ids and own.ids and is_renamed) else "renewed"


def refuse(pinned: Imprint, layout: Layout) -> None:
    """Raises UsageError that says why a table is not the one of the workspace, when it is not."""
    own = imprint_of(layout)
    found = likeness(pinned, own)
    if found == "same":
        return
    where = f"this workspace belongs to the source {pinned.path}"
    told = _difference(pinned, layout)
    if found == "other":
        raise UsageError(
            f"{where}, and {own.path} has other columns{told}",
            hint=f"{_TWICE}: give a copy the columns of the first; for a table of other tickets,"
            " choose another --workspace",
        )
    why = (
        "its ids would be made of other columns"
        if own.ids
        else "without a column of ids, which are then made of whole rows"
    )
    raise UsageError(
        f"{where}; the columns of {own.path} are not the same{told}, and {why}, every row would be"
        " a new ticket beside the one that was imported",
        hint=f"bring it with the columns that it had, by the names that they had; {_TWICE}, too",
    )


def _mark(header: str) -> str:
    return hashlib.blake2b(key(header).encode(), digest_size=_MARK // 2).hexdigest()


_NAMELESS = _mark("")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text[place : place + _MARK] for place in range(0, len(text), _MARK))


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one has all columns of the other, and few beside them."""
    small, large = sorted(({*one}, {*other}), key=len)
    return small <= large and 2 * len(small) > len(large)


def _named(columns: Sequence[str]) -> list[str]:
    """Those that have a name, in any order: ids of whole rows are made with it, wherever the cell stands."""
    return sorted(mark for mark in columns if mark != _NAMELESS)


def _difference(pinned: Imprint, layout: Layout) -> str:
    """In words, as far as it is known: of what is missing there are only hashes."""
    if pinned.columns is None:
        return ""
    marks = {_mark(name): name for name in layout.table.header}
    added = [repr(name) for mark, name in marks.items() if mark not in pinned.columns]
    gone = len({*pinned.columns} - marks.keys())
    named = ", ".join(added[:_MOST_NAMED]) + (" ..." if len(added) > _MOST_NAMED else "")
    parts = [f"new: {named}"] if added else []
    parts += [f"missing: {gone} of those it had"] if gone else []
    return f" ({'; '.join(parts)})" if parts else ""
