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

__all__ = ["Entries", "Shape", "is_page", "lists_of", "shape_of", "ticket_of_page"]

Shape = tuple[Any, ...]

_OF_A_TICKET = frozenset({"comment", "audit"})
# Lists whose key does not say what is in them.
_OPEN = frozenset({"results", "data", "records", "items"})
_PAGING = frozenset(
    {"next_page", "previous_page", "count", "meta", "links", "after_url", "after_cursor", "end_of_stream"}
)
_PAGE_KEYS = _PAGING | _OPEN | COLLECTIONS.keys() | SINGLES.keys()
_DEEPEST_LIST = 3
_SHAPES = 500
_LONGEST_WORDS = 300
_UNREAD_NAMES = 100
_REQUESTS = "requests"
# What it lists has no status of its own.
_DELETED = "deleted_tickets"
_IN_ADDRESS = re.compile(r"/tickets/([0-9a-z-]{1,200})/(?:comments|audits|conversations)\b", re.IGNORECASE)
# Files that hold what is of many tickets, and folders that may as well be of a year as of a ticket.
_OF_ALL = re.compile(r"(?:^|[^a-z])(?:all|every|merged|combined)(?:[^a-z]|$)", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# A folder tickets/<id>/ first: a number after "comments" is that of a page there.
_IN_PATH = (
    re.compile(r"(?:^|/)tickets?/([0-9a-f-]{1,64})/", re.IGNORECASE),
    re.compile(r"(?:comments|audits)[_-]([0-9]{1,40}|[0-9a-f-]{36})(?=[._/]|$)", re.IGNORECASE),
    re.compile(r"(?:comments|audits)/(?:ticket[_-]?)?([0-9]{1,40}|[0-9a-f-]{36})\.", re.IGNORECASE),
    re.compile(r"(?:^|[/_-]|tickets?)([0-9]{1,40}|[0-9a-f-]{36})[/_-](?:comments|audits)", re.IGNORECASE),
)


class Entries:
    """What the values of one file are.

    ``shapes`` are the kinds of records by their shape: nearly all records of a file have the same, and
    whoever reads a million of them asks here first. ``hanging`` are those that need a ticket.
    """

    def __init__(self, name: str, usual: Kind | None = None) -> None:
        self.shapes: dict[Shape, Kind] = {}
        self.hanging: dict[Shape, Kind] = {}
        self.usual = usual
        self._name = name
        self._ticket = _ticket_in(name)
        self._of_the_name = 0
        self._unread: dict[str, int] = {}

    def needs_ticket(self, key: str) -> bool:
        """Whether what a page holds under ``key`` is of a ticket that only the page can name."""
        return self._ticket is None and COLLECTIONS.get(key) in _OF_A_TICKET

    def of(self, value: Any, where: str, repaired: bool = False, depth: int = 0) -> Iterator[Item | Problem]:
        """The records in one JSON value: a record, a list of them, an API page or an envelope."""
        if isinstance(value, list) and depth < _DEEPEST_LIST:
            for number, one in enumerate(value, start=1):
                yield from self.of(one, f"{where} #{number}", repaired, depth + 1)
        elif not isinstance(value, dict):
            yield Problem("NO_RECORD", f"is no JSON object but {type(value).__name__}", where)
        elif (kind := self.shapes.get(shape := shape_of(value))) is not None:
            yield Item(kind, value, where, repaired)
        elif (kind := self.hanging.get(shape)) is not None:
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
            if key == _DELETED:
                value["status"] = "deleted"
            yield from self.owned(kind, value, where, ticket, repaired)
        else:
            yield Problem("NO_RECORD", f"is no JSON object but {type(value).__name__}", where)

    def owned(
        self, kind: Kind, raw: dict[str, Any], where: str, ticket: str | None, repaired: bool
    ) -> Iterator[Item | Problem]:
        """A record of a known kind. A comment that names no ticket is of ``ticket``, else of the file's."""
        if kind in _OF_A_TICKET and raw.get("ticket_id") is None:
            self._of_the_name += ticket is None
            ticket = ticket or self._ticket
            if ticket is None:
                words = f"the {kind} does not say which ticket it is of"
                yield Problem("NO_TICKET", words, where, lost=int(kind == "comment"))
                return
            raw["ticket_id"] = ticket
        yield Item(kind, raw, where, repaired)

    def unread(self) -> Iterator[Problem]:
        """What was left out, once for each kind of it, and what was guessed: to be asked at the end."""
        if self._of_the_name and self._ticket is not None and _YEAR.fullmatch(self._ticket):
            words = (
                f"{self._of_the_name:,} comments or audits do not say which ticket they are of: taken for"
                f" those of ticket {self._ticket}, as the name says; if that is a year, leave the file out"
            )
            yield Problem("TICKET_BY_NAME", words, self._name, lost=0)
        for words, count in self._unread.items():
            lost = count if words == _REQUESTS else 0
            more = " (tickets as customers see them): export the tickets" if lost else ""
            yield Problem("NOT_READ", f"{count:,} {words} are not read{more}", self._name, lost=lost)

    def _record(self, raw: dict[str, Any], where: str, repaired: bool) -> Iterator[Item | Problem]:
        kind = kind_of(raw, self.usual)
        if kind is None:
            if (collection := collection_of(raw)) is not None:
                self._leave(collection)
            else:
                yield Problem("UNKNOWN_RECORD", "is no record of a helpdesk that is known here", where)
            return
        if len(self.shapes) + len(self.hanging) < _SHAPES and _is_surely_no_page(raw):
            shape, shapes = shape_of(raw), self.hanging if kind in _OF_A_TICKET else self.shapes
            if len(shape[-2]) + len(shape[-1]) < _LONGEST_WORDS:
                shapes[shape] = kind
        yield from self.owned(kind, raw, where, None, repaired)

    def _leave(self, what: str) -> None:
        words = text(what)[:60].replace("_", " ")
        if words not in self._unread and len(self._unread) >= _UNREAD_NAMES:
            words = "others"
        self._unread[words] = self._unread.get(words, 0) + 1


def shape_of(raw: Mapping[str, Any]) -> Shape:
    """All that the kind of a record is told by: its keys in order, the address without its id, what a search
    calls it."""
    address, result = raw.get("url"), raw.get("result_type")
    if type(address) is str:
        around, _, last = address.rpartition("/")
        address = around if last[:1].isdigit() else address
    else:
        address = ""
    return *raw, type(raw.get("events")) is list, address, result if type(result) is str else ""


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
            is_of_all = _YEAR.fullmatch(match[1]) and _OF_ALL.search(name.rpartition("/")[2])
            return None if is_of_all else match[1]
    return None
