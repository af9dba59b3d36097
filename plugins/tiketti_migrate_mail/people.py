"""The people in a value of From, To, Cc, ...: by one pattern in the usual case, word by word in the others.

RFC 5322 (3.4, 4.4) and what mailers write instead of it: unquoted commas, names in comments, missing
brackets, quotes that never end.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tiketti_migrate_mail.encoded_words import decoded, one_line

__all__ = ["MOST_ADDRESSES", "Address", "addresses", "shared_addresses"]

# Of a longer list nobody reads the rest.
MOST_ADDRESSES = 500
_LONGEST_VALUE = 100_000

_USUAL = re.compile(
    r"\s*(?:"
    r'(?:"([^"\\@=]*)"|([^"<>@,;:\\()\[\]=]*))\s*<([^\s"<>(),:;\\@\[\]]+@[^\s"<>(),:;\\@\[\]]+)>'
    r"|([^\s\"<>(),:;\\@\[\]']+@[^\s\"<>(),:;\\@\[\]']+)"
    r")\s*(?:,|$)"
)
_PARTS = (
    r"|(?P<angle><[^<>]*>)"
    r"|(?P<encoded>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)"
    r"|(?P<special>[,;:()])"
    r'|(?P<text>[^",;:()<>=]+|[="<>])'
)
_TOKEN = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*+")' + _PARTS)
_TOKEN_UNQUOTED = re.compile(_PARTS[1:])
_EMAIL = re.compile(r'(?:[^\s@<>,;:"()\\]{1,256}|"[^"\\<>]{1,200}")@[^\s@<>,;:"()\\]{1,255}')
_SIMPLE = re.compile(r"[^\s@<>,;:\"()\\\[\]]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LONGEST_NAME = 250


class Address(NamedTuple):
    """``email`` in lower case, with an ``@``; ``name`` is "" where there is none."""

    name: str
    email: str


def addresses(raw: bytes) -> list[Address]:
    """The people in a value; groups are opened. What is no address is passed over; at most 500.

    Of a value of more than 100,000 bytes, those at its beginning.
    """
    return list(shared_addresses(raw))


def shared_addresses(raw: bytes) -> tuple[Address, ...]:
    """The same as ``addresses``, but equal ones are mostly one object: the same few write nearly all."""
    return _cached(raw) if len(raw) < 200 else _read(raw)


def _read(raw: bytes) -> tuple[Address, ...]:
    if len(raw) > _LONGEST_VALUE:
        # Not amid an address, which would be that of somebody else.
        raw = raw[:_LONGEST_VALUE].rpartition(b",")[0]
    text = one_line(raw)
    found = _usual(text)
    if found is None:
        found = []
        for address in _Reader(text).addresses():
            found.append(address)
            if len(found) == MOST_ADDRESSES:
                break
    return tuple(found)


_cached = lru_cache(maxsize=16384)(_read)


def _usual(text: str) -> list[Address] | None:
    """None where something is in the value that needs a closer look."""
    found: list[Address] = []
    at, end = 0, len(text)
    while at < end and len(found) < MOST_ADDRESSES:
        one = _USUAL.match(text, at)
        if one is None:
            return None
        at = one.end()
        email = (one[3] or one[4]).lower().rstrip(".")
        if not email.isprintable():
            return None
        found.append(Address(_name(one[1] or one[2] or "", email), email))
    return found


def _name(text: str, email: str) -> str:
    """The name as people write it; "" where it only repeats the address."""
    name = decoded(text.encode("utf-8", "replace")) if "=?" in text else text.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return "" if name.lower() == email else name[:_LONGEST_NAME]


class _Reader:
    """One pass over the tokens of a value. ``said``: what stands before an address; ``notes``: comments."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._comments = text.count("(") == text.count(")")
        self._depth = 0
        self._end = 0
        self._clear()

    def _clear(self) -> None:
        self._said: list[str] = []
        self._notes: list[str] = []
        self._email: str | None = None
        self._has_at = False

    def addresses(self) -> Iterator[Address]:
        for kind, piece in self._tokens():
            if self._depth or (self._comments and piece in ("(", ")")):
                self._comment(kind, piece)
            elif kind == "special" and piece in ",;:":
                yield from self._separated(piece)
            else:
                if self._email is not None and not piece.isspace():
                    yield from self._finished()
                self._say(kind, piece)
        yield from self._finished()

    def _tokens(self) -> Iterator[tuple[str, str]]:
        pattern = _TOKEN
        while token := pattern.match(self._text, self._end):
            self._end = token.end()
            if token[0] == '"':
                # No quote ends after this one, so that the rest is read without them.
                pattern = _TOKEN_UNQUOTED
            else:
                yield token.lastgroup or "", token[0]

    def _say(self, kind: str, piece: str) -> None:
        if kind == "angle" and (email := _email(piece[1:-1])):
            self._email = email
            return
        # A quoted string is a name, but for a local part ("john doe"@example.com).
        if kind == "quoted" and not self._text.startswith("@", self._end):
            piece = _ESCAPED.sub(r"\1", piece[1:-1])
        self._has_at = self._has_at or "@" in piece
        self._said.append(piece)

    def _comment(self, kind: str, piece: str) -> None:
        self._depth += (kind == "special") * ((piece == "(") - (piece == ")"))
        self._depth = max(0, self._depth)
        if kind != "special":
            self._notes.append(piece)

    def _separated(self, mark: str) -> Iterator[Address]:
        if mark == ":":
            # The name of a group, or "mailto:".
            self._clear()
        elif mark == "," and self._email is None and not self._has_at:
            # "Doe, John <j@example.com>": without an address before it, a comma is part of a name.
            self._said.append(",")
        else:
            yield from self._finished()

    def _finished(self) -> Iterator[Address]:
        said = " ".join("".join(self._said).split()).strip(", ")
        if self._email is not None:
            yield Address(_name(said or "".join(self._notes), self._email), self._email)
        elif self._has_at and (found := _bare(said, "".join(self._notes))):
            yield found
        self._clear()


def _bare(said: str, note: str) -> Address | None:
    """An address without brackets, among words."""
    if said[:1] == '"' and (email := _email(said)):
        return Address(_name(note, email), email)
    words = said.split()
    for place in range(len(words) - 1, -1, -1):
        if "@" in words[place] and (email := _email(words[place])):
            name = "" if "," in said else " ".join(words[:place] + words[place + 1 :])
            return Address(_name(name or note, email), email)
    return None


def _email(text: str) -> str | None:
    """An address without what is around it: a route (RFC 5322, 4.4), ``mailto:``, brackets, quotes."""
    text = "".join(text.split()) if '"' not in text else text.strip()
    if not text.isprintable():
        # What nobody sees (soft hyphens, spaces of no width) would make another person of who was copied.
        text = "".join(sign for sign in text if sign.isprintable())
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    if text[:1] == "@":
        text = text.rpartition(":")[2]
    text = text.strip("<>'.,;= ")
    local, _, domain = (text if "@[" in text else text.strip("[]")).rpartition("@")
    if local[:1] == local[-1:] == '"' and _SIMPLE.fullmatch(local[1:-1]):
        local = local[1:-1]
    email = f"{local}@{domain}".lower()
    return email if _EMAIL.fullmatch(email) else None
