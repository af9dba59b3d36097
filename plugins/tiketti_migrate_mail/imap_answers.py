"""What a server answers to FETCH, taken apart (RFC 3501, 7.4.2 and 9; Gmail's X-GM-EXT-1)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from imapclient import imap_utf7

__all__ = ["BadAnswer", "Fetched", "fetched", "literal_size"]

_START = re.compile(rb"\* ++([0-9]{1,10}) ++FETCH ++\(", re.IGNORECASE)
# There is one for every mail of a folder.
_ONLY_UID = re.compile(rb"\* ([0-9]{1,10}) FETCH \(UID ([0-9]{1,10})\)")
# As servers that keep to the order of the question answer, a literal at the end.
_USUAL = re.compile(
    rb"\* ([0-9]{1,10}) FETCH \(UID ([0-9]{1,10})"
    rb'(?: FLAGS \(([^()"]*+)\) INTERNALDATE "([^"\\]*+)" RFC822\.SIZE ([0-9]{1,19}))?+'
    rb' BODY\[[^\]"]*+\](?:<([0-9]{1,10})>)?+ *+'
)
# What is in brackets is not looked at: servers quote the names of fields, change their case, cut them.
_ITEM = re.compile(
    rb" *+([A-Za-z][A-Za-z0-9.\-]*+)"
    rb'(\[(?:[^\]"]|"(?:[^"\\]|\\.)*+")*+\])?+'
    rb"(?:<([0-9]{1,10})(?:\.[0-9]++)?>)?+ *+"
)
_VALUE = re.compile(rb'"((?:[^"\\]|\\.)*+)"|\(([^()"]*+)\)|([^\s()"]++)', re.DOTALL)
_WORD = re.compile(rb' *+(?:"((?:[^"\\]|\\.)*+)"|(\()|(\))|([^\s()"]++))', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LITERAL = re.compile(rb"\{([0-9]{1,20})\+?\}$")
_DATE = re.compile(
    rb" ?([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), 1
    )
}
_BODIES = frozenset({b"BODY", b"RFC822", b"RFC822.HEADER"})
_MOST_WORDS = 20_000
# RFC 3501, 9 (nz-number); RFC 9051, 9 (number64), which Gmail's ids of threads exceed.
_LARGEST_UID = 2**32 - 1
_LARGEST = 2**64 - 1

# Text and literals by turns, text first and last; the mark of a literal is taken off the text before it.
Parts = Sequence[bytes]


class BadAnswer(ValueError):
    """It says FETCH, and the rest makes no sense."""


class Fetched(NamedTuple):
    """What one answer says of a mail; None where it does not say it.

    ``number``: its place in the folder. ``body``: the mail, or what was asked for of it; ``origin``: from
    which byte on. ``flags`` in lower case without the backslash. ``labels`` decoded, ``\\\\Inbox`` and the
    like with their backslash.
    """

    number: int
    uid: int | None = None
    body: bytes | None = None
    origin: int | None = None
    size: int | None = None
    flags: frozenset[str] | None = None
    received: datetime | None = None
    thread: str | None = None
    labels: tuple[str, ...] = ()


def literal_size(line: bytes) -> int | None:
    """The bytes of the literal that a line without its CRLF announces."""
    if not line.endswith(b"}"):
        return None
    found = _LITERAL.search(line, max(0, len(line) - 24))
    return int(found[1]) if found else None


def fetched(parts: Parts) -> Fetched | None:
    """None for another answer. Raises BadAnswer. Linear in the length of the answer."""
    listed = _ONLY_UID.fullmatch(parts[0])
    if listed is not None and int(listed[2]) <= _LARGEST_UID:
        return Fetched(int(listed[1]), int(listed[2]))
    if len(parts) == 3 and parts[2] == b")" and (usual := _USUAL.fullmatch(parts[0])) is not None:
        number, uid, flags, date, size, origin = usual.groups()
        if int(uid) <= _LARGEST_UID:
            return Fetched(
                number=int(number),
                uid=int(uid),
                body=parts[1],
                origin=int(origin) if origin else None,
                size=int(size) if size else None,
                flags=None if flags is None else _flags(tuple(flags.split())),
                received=None if date is None else _date(date),
            )
    return _carefully(parts)


def _carefully(parts: Parts) -> Fetched | None:
    start = _START.match(parts[0])
    if start is None:
        return None
    reader = _Reader(parts, start.end())
    found: dict[str, Any] = {}
    while not reader.is_at_end():
        _take(reader, found)
    return Fetched(int(start[1]), **found)


def _take(reader: "_Reader", found: dict[str, Any]) -> None:
    name, section, origin = reader.name()
    if name == b"UID":
        found["uid"] = reader.number(_LARGEST_UID)
    elif name == b"RFC822.SIZE":
        found["size"] = reader.number()
    elif name in _BODIES:
        # No field of those asked for is as good as NIL to some servers; a mail that is NIL cannot be had.
        is_header = b"HEADER" in name or b"HEADER" in section
        found["body"] = reader.string(nil=b"" if is_header else None)
        found["origin"] = int(origin) if origin else None
    elif name == b"FLAGS":
        found["flags"] = _flags(tuple(reader.words()))
    elif name == b"INTERNALDATE":
        found["received"] = _date(reader.string() or b"")
    elif name == b"X-GM-THRID":
        found["thread"] = str(reader.number())
    elif name == b"X-GM-LABELS":
        found["labels"] = tuple(map(_label, reader.words()))
    else:
        reader.skip()


class _Reader:
    """Goes through an answer once, from left to right."""

    def __init__(self, parts: Parts, at: int) -> None:
        self._parts = parts
        self._part = 0
        self._text = parts[0]
        self._at = at

    def is_at_end(self) -> bool:
        """Whether the list of items ends here."""
        text, at = self._text, self._at
        while text[at : at + 1] == b" ":
            at += 1
        self._at = at
        return text[at : at + 1] == b")"

    def name(self) -> tuple[bytes, bytes, bytes | None]:
        """An item's name in capitals, what is in brackets, and the origin in angle brackets."""
        found = _ITEM.match(self._text, self._at)
        if found is None:
            raise BadAnswer(f"no item at byte {self._at}")
        self._at = found.end()
        return found[1].upper(), (found[2] or b"").upper(), found[3]

    def number(self, largest: int = _LARGEST) -> int:
        found = _VALUE.match(self._text, self._at)
        word = found and found[3]
        if not found or not word or not word.isdigit() or len(word) > 20:
            raise BadAnswer(f"no number at byte {self._at}")
        self._at = found.end()
        number = int(word)
        if number > largest:
            raise BadAnswer(f"a number that is too large at byte {self._at}")
        return number

    def string(self, nil: bytes | None = None) -> bytes | None:
        """Quoted, a literal, or a bare word; ``nil`` for NIL."""
        literal = self._literal()
        if literal is not None:
            return literal
        found = _VALUE.match(self._text, self._at)
        if found is None or found[2] is not None:
            raise BadAnswer(f"no string at byte {self._at}")
        self._at = found.end()
        if found[1] is not None:
            return _unescaped(found[1])
        return nil if found[3].upper() == b"NIL" else found[3]

    def words(self) -> list[bytes]:
        """Those of a list, lists in it laid open; none for NIL."""
        found = _VALUE.match(self._text, self._at)
        if found is not None and found[1] is None:
            self._at = found.end()
            return found[2].split() if found[2] is not None else []
        return self._listed()

    def skip(self) -> None:
        """Over a value of whatever kind."""
        if self._text[self._at : self._at + 1] == b"(":
            self.words()
        else:
            self.string()

    def _listed(self) -> list[bytes]:
        if self._text[self._at : self._at + 1] != b"(":
            raise BadAnswer(f"no list at byte {self._at}")
        words: list[bytes] = []
        depth = 0
        while not words or depth:
            literal = self._literal()
            if literal is not None:
                words.append(literal)
                continue
            depth += self._word(words)
            if not depth:
                return words
            if len(words) > _MOST_WORDS:
                raise BadAnswer("a list without end")
        return words

    def _word(self, words: list[bytes]) -> int:
        """Takes one word into ``words``; how much deeper the list is after it."""
        found = _WORD.match(self._text, self._at)
        if found is None:
            raise BadAnswer(f"no word at byte {self._at}")
        self._at = found.end()
        if found[2] or found[3]:
            return 1 if found[2] else -1
        words.append(_unescaped(found[1]) if found[1] is not None else found[4])
        return 0

    def _literal(self) -> bytes | None:
        """A literal is where its text ends, spaces aside."""
        if self._part + 2 >= len(self._parts) or self._text[self._at :].strip(b" "):
            return None
        literal = self._parts[self._part + 1]
        self._part += 2
        self._text, self._at = self._parts[self._part], 0
        return literal


def _unescaped(quoted: bytes) -> bytes:
    return _ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted


@lru_cache(maxsize=1024)
def _flags(words: tuple[bytes, ...]) -> frozenset[str]:
    return frozenset(word.decode("utf-8", "replace").lower().removeprefix("\\") for word in words)


@lru_cache(maxsize=4096)
def _label(word: bytes) -> str:
    """Modified UTF-7 (RFC 3501, 5.1.3); UTF-8 where a server has left that behind (RFC 6855)."""
    if not word.isascii():
        return word.decode("utf-8", "replace")
    try:
        text: str = imap_utf7.decode(word)
    except ValueError:
        return word.decode("ascii")
    # What stands for half a character is none.
    return text.encode("utf-8", "replace").decode()


def _date(text: bytes) -> datetime | None:
    """INTERNALDATE (" 5-Jan-2020 10:11:12 +0100") in UTC; None for what is no date."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        zone = timezone(ahead if sign == b"+" else -ahead) if ahead else UTC
        number = _MONTHS.get(month.lower(), 0)
        when = datetime(
            int(year), number, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone
        )
        return when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
