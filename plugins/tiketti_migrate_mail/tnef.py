"""winmail.dat: what Outlook wraps files and formatted text in (MS-OXTNEF); each byte is read once.

The libraries for it loop for hours over thirty bytes that count to four thousand million.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from tiketti_migrate_mail.text_charsets import decode

__all__ = ["Tnef", "TnefFile", "read_tnef"]

_SIGNATURE = 0x223E9F78
_TITLE, _DATA, _RENDER, _ATTACHMENT = 0x8010, 0x800F, 0x9002, 0x9005
_BODY, _PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007
_PLAIN, _RTF, _HTML, _BYTES_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_CONTENT, _SHORT_NAME, _LONG_NAME, _SHOWN_NAME, _KIND, _CID = 0x3701, 0x3704, 0x3707, 0x3001, 0x370E, 0x3712
_FIXED = {0: 0, 1: 0, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_OBJECT, _STRING, _UNICODE, _BINARY = 0xD, 0x1E, 0x1F, 0x102
_MANY = 0x1000
_MOST_FILES, _MOST_VALUES, _MOST_LEVELS = 1000, 20_000, 3


class TnefFile(NamedTuple):
    """``name`` and ``content_type`` are "" where nothing is said of them."""

    name: str
    content_type: str
    content: bytes
    content_id: str | None = None


class Tnef(NamedTuple):
    """``has_more``: something in it is not told here, such as a formatted text (RTF) without any other."""

    files: tuple[TnefFile, ...]
    plain: str
    html: str
    has_more: bool


class _Value(NamedTuple):
    kind: int
    content: bytes


def read_tnef(content: bytes, level: int = 0) -> Tnef | None:
    """Its files and texts; None for what is none, or is damaged from the start."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != _SIGNATURE:
        return None
    reader = _Reader(level)
    for name, data in _attributes(content):
        reader.take(name, data)
    return reader.result()


class _Reader:
    def __init__(self, level: int) -> None:
        self._level = level
        self._codepage = "cp1252"
        self._message: dict[int, _Value] = {}
        self._body = b""
        self._files: list[TnefFile] = []
        self._begun = False
        self._is_full = False
        self._title = b""
        self._data = b""
        self._values: dict[int, _Value] = {}

    def take(self, name: int, data: bytes) -> None:
        if name == _CODEPAGE and len(data) >= 4:
            self._codepage = f"cp{struct.unpack_from('<I', data)[0]}"
        elif name == _BODY:
            self._body = data
        elif name == _PROPERTIES:
            self._message.update(_values(data))
        elif name == _RENDER:
            self._finish()
            self._begun = len(self._files) < _MOST_FILES
            self._is_full = not self._begun
        elif name == _TITLE:
            self._title = data
        elif name == _DATA:
            self._data = data
        elif name == _ATTACHMENT:
            self._values = _values(data)

    def result(self) -> Tnef:
        self._finish()
        codepage = self._codepage
        if (said := self._message.get(_BYTES_CODEPAGE)) and len(said.content) >= 4:
            codepage = f"cp{struct.unpack_from('<I', said.content)[0]}".replace("cp65001", "utf-8")
        plain = self._text(self._message.get(_PLAIN)) or self._read(self._body, self._codepage)
        html = self._message.get(_HTML)
        shown = "" if html is None else self._text(html, codepage)
        has_text = bool(plain or shown)
        has_more = self._is_full or not (has_text or (self._files and _RTF not in self._message))
        return Tnef(tuple(self._files), plain, shown, has_more)

    def _finish(self) -> None:
        if self._begun:
            content = self._values.get(_CONTENT)
            if content and content.kind == _OBJECT:
                self._embedded(content.content[16:])
            else:
                self._add(self._data or (content.content if content else b""))
        self._begun, self._title, self._data, self._values = False, b"", b"", {}

    def _add(self, content: bytes) -> None:
        names = (self._text(self._values.get(key)) for key in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME))
        name = next(filter(None, names), "") or self._read(self._title, self._codepage)
        kind = self._text(self._values.get(_KIND)).lower()
        content_id = self._text(self._values.get(_CID)).strip("<> ") or None
        self._files.append(TnefFile(name, kind if "/" in kind else "", content, content_id))

    def _embedded(self, content: bytes) -> None:
        """A mail within: its text and its files."""
        found = read_tnef(content, self._level + 1) if self._level < _MOST_LEVELS else None
        if found is None:
            self._add(content)
            return
        title = self._text(self._values.get(_SHOWN_NAME)) or "attached message"
        if found.plain or found.html:
            kind, ending = ("text/plain", "txt") if found.plain else ("text/html", "html")
            text = (found.plain or found.html).encode("utf-8", "replace")
            self._files.append(TnefFile(f"{title}.{ending}", kind, text))
        self._files += found.files[: _MOST_FILES - len(self._files)]

    def _text(self, value: _Value | None, codepage: str = "") -> str:
        if value is None or value.kind not in (_STRING, _UNICODE, _BINARY):
            return ""
        charset = "utf-16-le" if value.kind == _UNICODE else codepage or self._codepage
        return self._read(value.content, charset)

    def _read(self, content: bytes, charset: str) -> str:
        return decode(content, charset, is_html=False)[0].strip("\0") if content else ""


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Level (1 byte), name, type, length, that many bytes, a checksum: until something is not whole."""
    at = 6
    while at + 11 <= len(content):
        level, name, _, length = struct.unpack_from("<BHHI", content, at)
        if level not in (1, 2):
            return
        yield name, content[at + 9 : at + 9 + length]
        at += 11 + length


def _values(data: bytes) -> dict[int, _Value]:
    """The first value of each property (MS-OXTNEF 2.1.3.4); what follows a damaged one is left."""
    found: dict[int, _Value] = {}
    try:
        count, at = struct.unpack_from("<I", data)[0], 4
        for _ in range(min(count, _MOST_VALUES)):
            kind, name = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if name >= 0x8000 else at + 4
            value, at = _value(data, at, kind)
            if value is not None:
                found.setdefault(name, value)
    except struct.error:
        pass
    return found


def _after_name(data: bytes, at: int) -> int:
    (named,) = struct.unpack_from("<I", data, at + 16)
    if not named:
        return at + 24
    length = int(struct.unpack_from("<I", data, at + 20)[0])
    return at + 24 + length + -length % 4


def _value(data: bytes, at: int, kind: int) -> tuple[_Value | None, int]:
    is_many, kind = kind & _MANY, kind & ~_MANY
    if kind in _FIXED:
        count = 1
        if is_many:
            (count,) = struct.unpack_from("<I", data, at)
            at += 4
        size = _FIXED[kind]
        return _Value(kind, data[at : at + size]), at + size * count
    if kind not in (_OBJECT, _STRING, _UNICODE, _BINARY):
        raise struct.error("an unknown kind of value")
    (count,) = struct.unpack_from("<I", data, at)
    at, first = at + 4, None
    for _ in range(min(count, _MOST_VALUES)):
        (length,) = struct.unpack_from("<I", data, at)
        if first is None:
            first = _Value(kind, data[at + 4 : at + 4 + length])
        at += 4 + length + -length % 4
    return first, at
