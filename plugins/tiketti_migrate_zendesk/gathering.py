"""First reading of an export: what is scattered over its files, by the record it belongs to.

Users may come after tickets, comments in files of their own, one ticket in several pages. So all is read once
to know which copy of a record counts and what hangs on it, and then again to convert it, in flat memory.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tiketti_migrate.api import Problem
from tiketti_migrate.store import Spool
from tiketti_migrate_zendesk.account import Account
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.export import Part, read_part
from tiketti_migrate_zendesk.recognise import Item, Kind
from tiketti_migrate_zendesk.roster import COUNTED, Roster, id_of, packed
from tiketti_migrate_zendesk.values import identifier, items, text

__all__ = ["Gathered", "Hanging"]

# What hangs on another record, and the field that names it.
_OWNERS: Mapping[Kind, tuple[Kind, str]] = {
    "comment": ("ticket", "ticket_id"),
    "audit": ("ticket", "ticket_id"),
    "ticket_tag": ("ticket", "ticket_id"),
    "user_identity": ("user", "user_id"),
    "user_tag": ("user", "user_id"),
    "organization_tag": ("organization", "organization_id"),
    "domain_name": ("organization", "organization_id"),
}
# What else stands in the newest copy of a ticket or, when it came without, in an older one.
_TALK: Mapping[str, Kind] = {"comments": "comment", "audits": "audit"}

_NO_COPY = frozenset({"id", "_id", "url", *_TALK})

Hanging = Mapping[str, list[Any]]
_NOTHING: Hanging = {}


class _Place(NamedTuple):
    """Where a part begins in the order of all records, and the kinds that are in it."""

    begins: int
    kinds: frozenset[Kind]


class Gathered:
    """What the first reading finds. All but ``gather`` is right only after that came to its end."""

    def __init__(self, account: Account, spool: Spool) -> None:
        self._spool = spool
        self._roster = Roster(account, spool)
        self._places: dict[Path, tuple[Part, _Place]] = {}
        self._copied: frozenset[Kind] = frozenset()
        self._has_pieces = False

    def gather(self, parts: tuple[Part, ...]) -> Iterator[Part | Problem]:
        """Read all ``parts``; each is yielded before it is read, with its problems behind it.

        Raises OSError for a part that cannot be read any further, SourceError when the disk is full.
        """
        place = 0
        for part in parts:
            yield part
            begins, kinds = place, set[Kind]()
            for item in read_part(part):
                if isinstance(item, Problem):
                    yield item
                    continue
                place += 1
                kinds.add(item.kind)
                self._take(item, place)
            self._places[part.file.path] = part, _Place(begins, frozenset(kinds))
        self._roster.complete()
        self._copied = frozenset(kind for kind in COUNTED if self._spool.has_copies(kind))
        if "ticket" in self._copied:
            yield from self._keep_talk()
        self._has_pieces = any(True for kind in _OWNERS for _owner in self._spool.owners(kind))
        yield from self._left_over()

    def records(self, part: Part) -> Iterator[Item]:
        """The records of a part that count, by the second reading. Raises OSError."""
        _part, (place, kinds) = self._places[part.file.path]
        if kinds.isdisjoint(COUNTED):
            return
        for item in _items(part):
            place += 1
            if item.kind in COUNTED and self._counts(item, place):
                yield item

    def hanging(self, kind: Kind, record_id: str) -> Hanging:
        """What came apart from a record, by kind, in the order in which it was read."""
        if not self._has_pieces:
            return _NOTHING
        found: dict[str, list[Any]] = {}
        for piece_kind, content in self._spool.pieces(f"{kind} {record_id}"):
            found.setdefault(piece_kind, []).append(orjson.loads(content))
        return found

    def _take(self, item: Item, place: int) -> None:
        if item.kind in COUNTED and (record_id := id_of(item.raw)) is not None:
            self._spool.saw(item.kind, record_id, _stamp(item.raw), place)
        self._roster.add(item.kind, item.raw)
        owner = _OWNERS.get(item.kind)
        if owner is not None and (owner_id := identifier(item.raw.get(owner[1]))) is not None:
            self._spool.add(f"{owner[0]} {owner_id}", item.kind, packed(item.raw))

    def _counts(self, item: Item, place: int) -> bool:
        if item.kind not in self._copied:
            return True
        record_id = id_of(item.raw)
        return record_id is None or self._spool.place_of(item.kind, record_id) == place

    def _keep_talk(self) -> Iterator[Part | Problem]:
        """An older copy of a ticket may hold comments that the newest one came without."""
        older = 0
        for part, (begins, kinds) in self._places.values():
            if "ticket" not in kinds:
                continue
            yield part
            for place, item in enumerate(_items(part), begins + 1):
                if item.kind == "ticket" and not self._counts(item, place):
                    older += 1
                    self._keep_talk_of(item.raw)
        words = f"{older:,} older copies of tickets: the newest counts, with the comments of all"
        yield Problem("OLDER_COPY", words, "the export", lost=0)

    def _keep_talk_of(self, raw: Mapping[str, Any]) -> None:
        for key, kind in _TALK.items():
            for one in items(raw.get(key)):
                self._spool.add(f"ticket {id_of(raw)}", kind, packed(one))

    def _left_over(self) -> Iterator[Problem]:
        """What hangs on a record that is not there."""
        for kind, (owner_kind, _field) in _OWNERS.items():
            for owner in self._spool.owners(kind):
                if self._spool.holds(owner_kind, owner.removeprefix(f"{owner_kind} ")):
                    continue
                count = sum(one == kind for one, _content in self._spool.pieces(owner))
                article = "an" if owner_kind[0] in "aeiou" else "a"
                what = f"{count:,} x {kind.replace('_', ' ')}"
                words = f"{what} of {article} {owner_kind} that is not in the export"
                # The tags of nobody are no loss, the words of somebody are.
                lost = count if kind == "comment" else 0
                yield Problem("WITHOUT_OWNER", words, text(owner), lost=lost)


def _items(part: Part) -> Iterator[Item]:
    return (item for item in read_part(part) if isinstance(item, Item))


def _stamp(raw: Mapping[str, Any]) -> float:
    """When the copy was made, else when the record was changed; 0 where neither is told.

    A page of comments that names its ticket by id is less than any copy of the ticket.
    """
    if raw.keys() <= _NO_COPY:
        return -1.0
    made = raw.get("generated_timestamp")
    if type(made) is int:
        return float(made)
    for key in ("generated_timestamp", "updated_at"):
        at = moment(raw.get(key)).at
        if at is not None:
            return at.timestamp()
    return 0.0
