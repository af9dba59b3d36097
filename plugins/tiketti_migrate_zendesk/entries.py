"""Values of one file as items: records, lists of them, API pages with whatever lies side by side in them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.recognise import (
    COLLECTIONS,
    RECORD_KEYS,
    SINGLES,
    Item,
    Kind,
    collection_of,
    kind_of,
)
from tiketti_migrate_zendesk.values import identifier, text

__all__ = ["Entries", "is_page", "lists_of", "ticket_of_page"]

_OF_A_TICKET = frozenset({"comment", "audit"})
# Lists whose key does not say what is in them.
_OPEN = frozenset({"results", "data", "records", "items"})
_PAGING = frozenset(
    {"next_page", "previous_page", "count", "meta", "links", "after_url", "after_cursor", "end_of_stream"}
)
_PAGE_KEYS = _PAGING | _OPEN | COLLECTIONS.keys() | SINGLES.keys()
_DEEPEST_LIST = 3
_SHAPES = 500
_UNREAD_NAMES = 100
_IN_ADDRESS = re.compile(r"/tickets/([0-9a-z-]{1,200})/(?:comments|audits|conversations)\b", re.IGNORECASE)
# A folder tickets/<id>/ first: a number after "comments" is that of a page there.
_IN_PATH = (
    re.compile(r"(?:^|/)tickets?/([0-9a-f-]{1,64})/", re.IGNORECASE),
    re.compile(r"(?:comments|audits)[_-]([0-9]{1,40}|[0-9a-f-]{36})(?=[._/]|$)", re.IGNORECASE),
    re.compile(r"(?:comments|audits)/(?:ticket[_-]?)?([0-9]{1,40}|[0-9a-f-]{36})\.", re.IGNORECASE),
    re.compile(r"(?:^|[/_-]|tickets?)([0-9]{1,40}|[0-9a-f-]{36})[/_-](?:comments|audits)", re.IGNORECASE),
)


class Entries:
    """What the values of one file are.

    ``shapes`` are the kinds of records by their keys in order: nearly all records of a file have one shape,
    and whoever reads a million of them asks here first. Those that need a ticket are not among them.
    """

    def __init__(self, name: str, usual: Kind | None = None) -> None:
        self.shapes: dict[tuple[str, ...], Kind] = {}
        self._hanging: dict[tuple[str, ...], Kind] = {}
        self.usual = usual
        self._name = name
        self._ticket = _ticket_in(name)
        self._unread: dict[str, int] = {}

    def of(self, value: Any, where: str, repaired: bool = False, depth: int = 0) -> Iterator[Item | Problem]:
        """The records in one JSON value: a record, a list of them, an API page or an envelope."""
        if isinstance(value, list) and depth < _DEEPEST_LIST:
            for number, one in enumerate(value, start=1):
                yield from self.of(one, f"{where} #{number}", repaired, depth + 1)
        elif not isinstance(value, dict):
            yield Problem("NO_RECORD", f"is no JSON object but {type(value).__name__}", where)
        elif (kind := self.shapes.get(keys := tuple(value))) is not None:
            yield Item(kind, value, where, repaired)
        elif (kind := self._hanging.get(keys)) is not None:
            yield from self.owned(kind, value, where, None, repaired)
        elif is_page(value):
            ticket = ticket_of_page(value)
            for key, member in value.items():
                yield from self.member(key, member, where, ticket, repaired)
        else:
            yield from self._record(value, where, repaired)

    def member(
        self, key: str, value: Any, where: str, ticket: str | None, repaired: bool = False
    ) -> Iterator[Item | Problem]:
        """What one key of a page holds; ``ticket`` is the one that the page is of."""
        if isinstance(value, list):
            for number, one in enumerate(value, start=1):
                yield from self.element(key, one, f"{where} {text(key)} #{number}", ticket, repaired)
        elif isinstance(value, dict) and key in SINGLES:
            yield from self.owned(SINGLES[key], value, where, ticket, repaired)

    def element(
        self, key: str, value: Any, where: str, ticket: str | None, repaired: bool = False
    ) -> Iterator[Item | Problem]:
        """What one element of the list under ``key`` is."""
        kind = COLLECTIONS.get(key)
        if kind is None and key not in _OPEN:
            self._leave(key)
        elif kind is None:
            yield from self.of(value, where, repaired, depth=1)
        elif isinstance(value, dict):
            yield from self.owned(kind, value, where, ticket, repaired)
        else:
            yield Problem("NO_RECORD", f"is no JSON object but {type(value).__name__}", where)

    def owned(
        self, kind: Kind, raw: dict[str, Any], where: str, ticket: str | None, repaired: bool
    ) -> Iterator[Item | Problem]:
        """A record of a known kind. A comment that names no ticket is of ``ticket``, else of the file's."""
        if kind in _OF_A_TICKET and raw.get("ticket_id") is None:
            ticket = ticket or self._ticket
            if ticket is None:
                words = f"the {kind} does not say which ticket it is of"
                yield Problem("NO_TICKET", words, where, lost=int(kind == "comment"))
                return
            raw["ticket_id"] = ticket
        yield Item(kind, raw, where, repaired)

    def unread(self) -> Iterator[Problem]:
        """What was left out, once for each kind of it: to be asked at the end of the file."""
        for words, count in self._unread.items():
            yield Problem("NOT_READ", f"{count:,} {words} are not read", self._name, lost=0)

    def _record(self, raw: dict[str, Any], where: str, repaired: bool) -> Iterator[Item | Problem]:
        kind = kind_of(raw, self.usual)
        if kind is None:
            if (collection := collection_of(raw)) is not None:
                self._leave(collection)
            else:
                yield Problem("UNKNOWN_RECORD", "is no record of a helpdesk that is known here", where)
            return
        if len(self.shapes) + len(self._hanging) < _SHAPES and _is_surely_no_page(raw):
            shapes = self._hanging if kind in _OF_A_TICKET else self.shapes
            shapes[tuple(raw)] = kind
        yield from self.owned(kind, raw, where, None, repaired)

    def _leave(self, what: str) -> None:
        words = text(what)[:60].replace("_", " ")
        if words not in self._unread and len(self._unread) >= _UNREAD_NAMES:
            words = "others"
        self._unread[words] = self._unread.get(words, 0) + 1


def is_page(value: Mapping[str, Any]) -> bool:
    """Whether it is an envelope around records, and no record itself."""
    if RECORD_KEYS & value.keys():
        return False
    if any(isinstance(value.get(key), list) for key in (*COLLECTIONS, *_OPEN)):
        return True
    if any(isinstance(value.get(key), Mapping) for key in SINGLES):
        return True
    # A page of something that is not read, such as macros.
    return (len(value) == 1 or bool(_PAGING & value.keys())) and bool(lists_of(value))


def _is_surely_no_page(value: Mapping[str, Any]) -> bool:
    """Whatever the values of the next one with the same keys are."""
    return bool(RECORD_KEYS & value.keys()) or not (_PAGE_KEYS & value.keys() or len(value) == 1)


def lists_of(value: Mapping[str, Any]) -> list[str]:
    """The keys with lists under them."""
    return [key for key, one in value.items() if isinstance(one, list)]


def ticket_of_page(page: Mapping[str, Any]) -> str | None:
    """The ticket whose comments or audits a page holds, if it says so."""
    one = page.get("ticket")
    found = page.get("ticket_id", one.get("id") if isinstance(one, Mapping) else None)
    if found is not None:
        return identifier(found)
    links = page.get("links")
    addresses = [page.get("next_page"), page.get("previous_page"), page.get("url")]
    addresses += list(links.values()) if isinstance(links, Mapping) else []
    for address in addresses:
        if match := _IN_ADDRESS.search(text(address)):
            return match[1]
    return None


def _ticket_in(name: str) -> str | None:
    for pattern in _IN_PATH:
        if match := pattern.search(name):
            return match[1]
    return None
