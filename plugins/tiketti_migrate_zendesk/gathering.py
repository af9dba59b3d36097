"""First reading of an export: what is scattered over its files, by the record it belongs to.

Users may come after tickets, comments in files of their own, one ticket in several pages. So all is read once
to know which copy of a record counts and what hangs on it, and then again to convert it, in flat memory.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tiketti_migrate.api import Problem
from tiketti_migrate.store import Spool
from tiketti_migrate_zendesk.account import Account
from tiketti_migrate_zendesk.chat_tables import chat_audits
from tiketti_migrate_zendesk.copies import United, is_redacted, raw_of, united
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.export import Part, read_part
from tiketti_migrate_zendesk.recognise import Item, Kind
from tiketti_migrate_zendesk.roster import COUNTED, Roster, latest, packed
from tiketti_migrate_zendesk.values import REPAIRED, id_in, identifier, items, text

__all__ = ["Gathered", "Hanging"]

# What hangs on another record, and the field that names it.
_OWNERS: Mapping[Kind, tuple[Kind, str]] = {
    "comment": ("ticket", "ticket_id"),
    "audit": ("ticket", "ticket_id"),
    "ticket_tag": ("ticket", "ticket_id"),
    "chat": ("ticket", "ticket_id"),
    "chat_event": ("chat", "chat_id"),
    "user_identity": ("user", "user_id"),
    "user_tag": ("user", "user_id"),
    "organization_tag": ("organization", "organization_id"),
    "domain_name": ("organization", "organization_id"),
}
# What else stands in the newest copy of a ticket or, when it came without, in an older one.
_TALK: Mapping[str, Kind] = {"comments": "comment", "audits": "audit"}

# The tags of nobody are no loss, the words of somebody are.
_WORDS: frozenset[Kind] = frozenset({"comment", "chat", "chat_event"})
_NO_COPY = frozenset({"id", "_id", "url", *_TALK})
# Says the same under another name, or of a time gone by: no older copy gives it where the other is there.
_INSTEAD: Mapping[str, str] = {
    "fields": "custom_fields",
    "custom_fields": "fields",
    "custom_status_id": "status",
    "status": "custom_status_id",
}
_OLDER = "older_comment"
_DELETED = "deleted_comment"
# Tables of their own, which tell all tags of a row that has none.
_TAGS: Mapping[Kind, Kind] = {"ticket": "ticket_tag", "user": "user_tag", "organization": "organization_tag"}
# More than any copy can say: of one date, the one that says that the ticket is gone counts.
_HEAVIEST = 1_000_000
# Later than any date: nothing shows that a ticket was restored after a deletion without one.
_LAST = 1e15
# Who has many tickets beside the export need not read the number of each.
_MOST_LISTED = 300
_MOST_SHAPES = 1000

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
        self._account = account
        self._roster = Roster(account, spool)
        self._places: dict[Path, tuple[Part, _Place]] = {}
        self._copied: frozenset[Kind] = frozenset()
        self._kinds: set[Kind] = set()
        self._has_pieces = False
        self._has_deleted = False
        self._shapes: dict[Kind, set[tuple[Any, ...]]] = {kind: set() for kind in COUNTED}

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
        yield from self._keep_older()
        yield from self._left_over()

    def records(self, part: Part) -> Iterator[Item]:
        """The records of a part that count, by the second reading. Raises OSError."""
        _part, (place, kinds) = self._places[part.file.path]
        if kinds.isdisjoint(COUNTED):
            return
        for item in _items(part):
            place += 1
            if item.kind in COUNTED and self._counts(item, place):
                yield self._filled(self._without_deleted(item), is_row=part.table is not None)

    def hanging(self, kind: Kind, record_id: str) -> Hanging:
        """What came apart from a record, by kind, in the order in which it was read."""
        if not self._has_pieces:
            return _NOTHING
        found: dict[str, list[Any]] = {}
        older: dict[float, list[Any]] = {}
        deleted = self._deleted_comments(record_id) if kind == "ticket" else frozenset()
        for piece_kind, content in self._spool.pieces(f"{kind} {record_id}"):
            piece = orjson.loads(content)
            if piece_kind == _OLDER:
                older.setdefault(piece[0], []).append(piece[1])
            elif piece_kind == "comment":
                repaired, raw = piece
                found.setdefault(piece_kind, []).append(United(raw, (REPAIRED,)) if repaired else raw)
            else:
                found.setdefault(piece_kind, []).append(piece)
        self._sort_by_age(older, found, kind, record_id)
        for talk in ("comment", _OLDER):
            if deleted and talk in found:
                found[talk] = [one for one in found[talk] if _id(one) not in deleted]
        if chats := found.get("chat"):
            found.setdefault("audit", []).extend(chat_audits(chats, self._chat_events, self._account.person))
        return found

    def _sort_by_age(
        self, older: Mapping[float, list[Any]], found: dict[str, list[Any]], kind: Kind, record_id: str
    ) -> None:
        """Where both copies have a date, and not the same, the other one is older; else nobody knows."""
        if not older:
            return
        newest = self._spool.stamp_of(kind, record_id)
        surely = sorted((stamp for stamp in older if 0 < stamp < newest), reverse=True)
        found[_OLDER] = [one for stamp in surely for one in united((), older[stamp], ())]
        others = [one for stamp in sorted(older) if stamp not in surely for one in older[stamp]]
        if others:
            found["comment"] = [*others, *found.get("comment", ())]

    def _deleted_comments(self, ticket_id: str) -> frozenset[str]:
        if not self._has_deleted:
            return frozenset()
        found = (orjson.loads(one) for _kind, one in self._spool.pieces(f"{_DELETED} {ticket_id}"))
        return frozenset(one for one in found if one is not None)

    def _without_deleted(self, item: Item) -> Item:
        comments = items(item.raw.get("comments"))
        deleted = self._deleted_comments(id_in(item.raw) or "") if comments else frozenset()
        left = [one for one in comments if _id(one) not in deleted] if deleted else comments
        return item if len(left) == len(comments) else item._replace(raw={**item.raw, "comments": left})

    def _chat_events(self, chat_id: str) -> list[Any]:
        return [orjson.loads(content) for _kind, content in self._spool.pieces(f"chat {chat_id}")]

    def _take(self, item: Item, place: int) -> None:
        raw, stamp = item.raw, 0.0
        if item.is_deleted and item.kind == "comment":
            self._has_deleted = True
            self._spool.add(f"{_DELETED} {identifier(raw.get('ticket_id'))}", _DELETED, packed(id_in(raw)))
            return
        self._kinds.add(item.kind)
        if item.kind in COUNTED and (record_id := id_in(raw)) is not None:
            stamp = _stamp(raw)
            weight = _weight(raw)
            self._spool.saw(item.kind, record_id, stamp, place, weight)
            shapes = self._shapes[item.kind]
            if len(shapes) < _MOST_SHAPES:
                shapes.add((weight, *raw))
        if item.kind == "chat" and (chat_id := identifier(raw.get("chat_id"))) is not None:
            self._spool.saw("chat", chat_id, 0.0, place)
        self._roster.add(item.kind, raw, stamp)
        owner = _OWNERS.get(item.kind)
        if owner is not None and (owner_id := identifier(raw.get(owner[1]))) is not None:
            kept = packed([item.repaired, raw]) if item.kind == "comment" else packed(raw)
            self._hang(f"{owner[0]} {owner_id}", item.kind, kept)

    def _hang(self, owner: str, kind: str, content: bytes) -> None:
        self._has_pieces = True
        self._spool.add(owner, kind, content)

    def _counts(self, item: Item, place: int) -> bool:
        if item.kind not in self._copied:
            return True
        record_id = id_in(item.raw)
        return record_id is None or self._spool.place_of(item.kind, record_id) == place

    def _filled(self, item: Item, *, is_row: bool) -> Item:
        """With what the copy that counts does not have at all, from older ones; what is nothing in it, too,
        where these may be newer."""
        kind, record_id = item.kind, id_in(item.raw)
        if kind not in self._copied or record_id is None or not self._spool.is_copied(kind, record_id):
            return item
        pieces = self._spool.pieces(f"older {kind} {record_id}")
        raw, own = item.raw, _stamp(item.raw)
        kept = {"tags"} if is_row and _TAGS[kind] in self._kinds else set[str]()
        if any(map(is_redacted, items(raw.get("comments")))):
            # It repeats the words that were taken out.
            kept.add("description")
        more = {
            key: value
            for key, (stamp, value) in latest(orjson.loads(content) for _kind, content in pieces).items()
            if (raw[key] is None and not 0 < stamp < own if key in raw else _INSTEAD.get(key) not in raw)
            and key not in kept
        }
        return item._replace(raw={**item.raw, **more}) if more else item

    def _keep_older(self) -> Iterator[Part | Problem]:
        """An older copy may hold what the newest one came without, comments above all."""
        # Where all have the same keys none of them lacks any.
        asked = {kind for kind in self._copied if kind == "ticket" or len(self._shapes[kind]) > 1}
        tickets = 0
        for part, (begins, kinds) in self._places.values():
            if kinds.isdisjoint(asked):
                continue
            yield part
            for place, item in enumerate(_items(part), begins + 1):
                if item.kind in asked and not self._counts(item, place):
                    tickets += item.kind == "ticket" and not item.raw.keys() <= _NO_COPY
                    self._keep(item)
        for kind in COUNTED:
            count = tickets if kind == "ticket" else self._spool.copies(kind)
            if count:
                talk = ", with the comments of all" if kind == "ticket" else ""
                words = (
                    f"{count:,} older copies of {kind}s: the newest counts, filled with what it lacks{talk}"
                )
                yield Problem("OLDER_COPY", words, "the export", lost=0)

    def _keep(self, item: Item) -> None:
        raw, record_id, stamp = item.raw, id_in(item.raw), _stamp(item.raw)
        if item.kind == "ticket":
            for one in items(raw.get("comments")):
                self._hang(f"ticket {record_id}", _OLDER, packed([stamp, one]))
            for one in items(raw.get("audits")):
                self._hang(f"ticket {record_id}", "audit", packed(one))
        rest = {key: value for key, value in raw.items() if key not in _NO_COPY}
        if rest and len(self._shapes[item.kind]) > 1:
            self._spool.add(f"older {item.kind} {record_id}", "rest", packed([stamp, rest]))

    def _left_over(self) -> Iterator[Problem]:
        """What hangs on a record that is not there: comments by ticket, the rest in one line a kind."""
        for kind, (owner_kind, _field) in _OWNERS.items():
            strays = (
                (owner, count)
                for owner, count in self._spool.owners(kind)
                if not self._spool.holds(owner_kind, owner.removeprefix(f"{owner_kind} "))
            )
            lost = kind in _WORDS
            for owner, count in islice(strays, _MOST_LISTED if lost else 0):
                words = f"{count:,} x {kind.replace('_', ' ')} of a {owner_kind} that is not in the export"
                yield Problem("WITHOUT_OWNER", words, text(owner), lost=count)
            owners, count = 0, 0
            for _owner, more in strays:
                owners, count = owners + 1, count + more
            if owners:
                what, further = kind.replace("_", " "), " further" if lost else ""
                whose = f"{owners:,}{further} {owner_kind}s that are not in the export"
                words = f"{count:,} x {what} of {whose}"
                yield Problem("WITHOUT_OWNER", words, "the export", lost=count if lost else 0)


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
    for key in ("generated_timestamp", "updated_at", "deleted_at"):
        at = moment(raw.get(key)).at
        if at is not None:
            return at.timestamp()
    return _LAST if _is_deleted(raw) else 0.0


def _is_deleted(raw: Mapping[str, Any]) -> bool:
    return text(raw.get("status")).strip().lower() == "deleted"


def _weight(raw: Mapping[str, Any]) -> int:
    """How much a copy says."""
    if _is_deleted(raw):
        return _HEAVIEST
    return len(raw) - list(raw.values()).count(None)


def _id(one: Any) -> str | None:
    return id_in(raw_of(one))
