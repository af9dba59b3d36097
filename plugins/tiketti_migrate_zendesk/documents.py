"""Files that are one JSON text over many lines, or a sequence of them: pages, arrays of any size."""

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.entries import Entries, is_page, ticket_of_page
from tiketti_migrate_zendesk.recognise import COLLECTIONS, RECORD_KEYS, Item
from tiketti_migrate_zendesk.values import text
from tiketti_migrate_zendesk.window import TooLong, Unreadable, Value, Window

__all__ = ["RECORD_LIMIT", "WHOLE_LIMIT", "read_document", "read_sequence", "starts_a_page", "whole"]

# Beyond it the objects of a text parsed in one go weigh more, and no longer come faster, than one by one.
WHOLE_LIMIT = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_BLANK = " \t\r\n"
_BETWEEN = " \t\r\n,\x1e\ufeff"
RECORD_LIMIT = 64 * 1024 * 1024
# What is longer may be a page, whose records come one by one.
_PATIENCE = 1024 * 1024
# Of what a page says of itself.
_MEMBERS = 100
_SCANNER = json.JSONDecoder(strict=False)
# Which ticket a page is of, by the page's number in its file.
_Tickets = dict[int, str | None]


class _Element(NamedTuple):
    where: str
    found: Value


class _Over(Exception):
    """The rest of the file makes no sense."""


def read_document(path: Path, name: str, entries: Entries) -> Iterator[Item | Problem]:
    """Everything in the file, in flat memory. Raises OSError."""
    value = whole(path)
    if isinstance(value, dict) and not is_page(value):
        yield from entries.of(value, f"{name}:1")
    elif isinstance(value, dict | list):
        yield from entries.of(value, name)
    else:
        with path.open("rb") as stream:
            yield from _Document(stream, name, entries).read(name)
    yield from entries.unread()


def read_sequence(stream: IO[bytes], name: str, entries: Entries, line: int) -> Iterator[Item | Problem]:
    """The rest of a file, from ``line`` on: values of any height behind one another. Raises OSError."""
    return _Document(stream, name, entries, line - 1).read(f"{name}:{line}")


def whole(path: Path) -> Any:
    """The value of a small and sound file, else None. Raises OSError."""
    if path.stat().st_size > WHOLE_LIMIT:
        return None
    try:
        return orjson.loads(path.read_bytes().removeprefix(_BOM))
    except ValueError:
        return None


def starts_a_page(data: bytes) -> bool:
    """Whether a text that is no JSON begins as an envelope or a list of records."""
    words = data.decode("utf-8-sig", "replace").lstrip()
    return words.startswith("[{") or (words.startswith("{") and _starts_a_page(words, 0))


class _Document:
    """``behind``: what is known already about the pages to come; None where nothing is."""

    def __init__(
        self, stream: IO[bytes], name: str, entries: Entries, lines: int = 0, behind: _Tickets | None = None
    ) -> None:
        self.tickets: _Tickets = {}
        self._stream = stream
        self._start = stream.tell()
        self._window = Window(stream, lines)
        self._name = name
        self._entries = entries
        self._pages = 0
        self._behind = behind

    def read(self, where: str) -> Iterator[Item | Problem]:
        """``where`` the first value stands."""
        margin: str | None = None
        try:
            while sign := self._window.peek(_BETWEEN):
                margin = margin or self._window.margin()
                if sign in "]}":
                    words = f"has a bracket too many (byte {self._window.byte():,})"
                    yield Problem("BROKEN_FILE", words, where, lost=0)
                    self._window.pos += 1
                elif sign == "[":
                    yield from self._unpacked(self._elements(where))
                else:
                    yield from self._one(f"{self._name}:{self._window.line()}", where, margin)
                where = f"{self._name}:{self._window.line()}"
        except _Over:
            return

    def _unpacked(self, elements: Iterator[_Element | Item | Problem]) -> Iterator[Item | Problem]:
        for one in elements:
            if isinstance(one, _Element):
                yield from self._entries.of(one.found.value, one.where, one.found.repaired, depth=1)
            else:
                yield one

    def _one(self, where: str, page: str, margin: str | None) -> Iterator[Item | Problem]:
        """One value of a sequence."""
        found = yield from self._taken(where, page, margin)
        if found is not None:
            is_around = isinstance(found.value, dict) and is_page(found.value)
            yield from self._entries.of(found.value, page if is_around else where, found.repaired)

    def _elements(self, where: str) -> Iterator[_Element | Item | Problem]:
        """Those of the array that comes next; what a page among them holds that is too large to be one."""
        window = self._window
        window.pos += 1
        number = 0
        margin: str | None = None
        while (sign := window.peek(_BETWEEN)) != "]":
            if sign == "}":
                yield from self._give_up(where, f"a bracket is missing behind #{number}")
            if not sign:
                yield from self._give_up(where, f"ends behind #{number}", cut=True)
            number += 1
            place = f"{where} #{number}"
            margin = margin or window.margin()
            found = yield from self._taken(place, place, margin)
            if found is not None:
                yield _Element(place, found)
        window.pos += 1

    def _taken(
        self, where: str, page: str, margin: str | None
    ) -> Generator[Item | Problem, None, Value | None]:
        """Returns the next value; None for a page, of which all was said, and for what was passed over."""
        window = self._window
        for patience in (_PATIENCE, RECORD_LIMIT):
            try:
                return window.value(patience)
            except Unreadable as error:
                if _starts_a_page(window.text, window.pos):
                    yield from self._page(page)
                    break
                if patience == RECORD_LIMIT or not isinstance(error, TooLong):
                    yield from self._passed_over(error, where, margin)
                    break
        return None

    def _passed_over(self, error: Unreadable, where: str, margin: str | None) -> Iterator[Problem]:
        place = f"line {self._window.line()}, byte {self._window.byte():,}"
        if not self._window.pass_over(margin) and not isinstance(error, TooLong):
            words = "the file breaks off" if error.cut else f"{error.reason}, and no other record follows"
            yield Problem("BROKEN_FILE", f"{words} ({place}): what follows is missing", where)
            raise _Over
        code = "LONG_RECORD" if isinstance(error, TooLong) else "BROKEN_RECORD"
        yield Problem(code, f"{error.reason} ({place})", where)

    def _page(self, where: str) -> Iterator[Item | Problem]:
        """The members of the envelope that comes next, one by one."""
        window = self._window
        window.pos += 1
        said: dict[str, Any] = {}
        number, self._pages = self._pages, self._pages + 1
        while (sign := window.peek(_BETWEEN)) != "}":
            if sign != '"':
                yield from self._give_up(where, "a key is missing", cut=not sign)
            key, _repaired = yield from self._or_over(where)
            if window.peek(_BLANK) != ":":
                yield from self._give_up(where, f"nothing stands behind {text(key)}", cut=True)
            window.pos += 1
            if window.peek(_BLANK) == "[":
                ticket = ticket_of_page(said)
                if ticket is None and self._entries.needs_ticket(key):
                    ticket = self._tickets_behind().get(number)
                for one in self._elements(f"{where} {text(key)}"):
                    yield from self._member(key, one, ticket)
                continue
            found = yield from self._or_over(f"{where} {text(key)}")
            if len(said) < _MEMBERS:
                said[key] = found.value
            yield from self._entries.member(key, found.value, where, ticket_of_page(said), found.repaired)
        self.tickets[number] = ticket_of_page(said)
        window.pos += 1

    def _tickets_behind(self) -> _Tickets:
        """Pages name their ticket behind the comments, too: all is read once just for that."""
        if self._behind is None:
            place = self._stream.tell()
            self._stream.seek(self._start)
            ahead = _Document(self._stream, self._name, Entries(self._name), behind={})
            for _entry in ahead.read(self._name):
                pass
            self._stream.seek(place)
            self._behind = ahead.tickets
        return self._behind

    def _member(
        self, key: str, one: "_Element | Item | Problem", ticket: str | None
    ) -> Iterator[Item | Problem]:
        if isinstance(one, _Element):
            yield from self._entries.element(key, one.found.value, one.where, ticket, one.found.repaired)
        else:
            yield one

    def _or_over(self, where: str) -> Generator[Problem, None, Value]:
        try:
            return self._window.value(RECORD_LIMIT)
        except Unreadable as error:
            yield from self._give_up(where, error.reason, cut=error.cut)
            raise

    def _give_up(self, where: str, reason: str, *, cut: bool = False) -> Iterator[Problem]:
        words = "the file breaks off" if cut else "the file cannot be read any further"
        place = f"byte {self._window.byte():,}"
        yield Problem("BROKEN_FILE", f"{words}, {reason} ({place}): what follows is missing", where)
        raise _Over


def _starts_a_page(words: str, pos: int) -> bool:
    """Whether an object that is too long, cut off or broken is an envelope: its records come one by one."""
    try:
        pos += 1
        while words[pos := _skip(words, pos)] == '"':
            key, pos = _SCANNER.raw_decode(words, pos)
            pos = _skip(words, pos, ":")
            if key in RECORD_KEYS:
                return False
            if words[pos] == "[" and key in COLLECTIONS:
                return True
            try:
                _value, pos = _SCANNER.raw_decode(words, pos)
            except ValueError:
                return words[pos] == "["
    except (ValueError, IndexError, RecursionError):
        pass
    return False


def _skip(words: str, pos: int, sign: str = ",") -> int:
    while words[pos] in _BLANK + sign:
        pos += 1
    return pos
