"""A mail as the tree of its parts, from any bytes: nothing is decoded or copied before it is asked for.

RFC 2045, 2046. A parser that refuses, or splits otherwise than mailers meant, loses text; this one keeps
what it cannot make sense of as a part. Every byte is looked at a bounded number of times.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from tiketti_migrate_mail.transfer import decoded_body

__all__ = ["MOST_DEPTH", "MOST_PARTS", "Fields", "Part", "parse", "some_words"]

MOST_PARTS, MOST_DEPTH = 1000, 50
# Lines that only look like a delimiter.
_MOST_FALSE_DELIMITERS = 100_000

_HEAD = re.compile(rb"(?:[!-9;-~]+[ \t]*:[^\n]*(?:\n|\Z)|[ \t][^\n]*(?:\n|\Z))*+")
# With spaces before the colon as of RFC 822.
_FIELD = re.compile(rb"(?m)^([^\s:]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_BLANK = re.compile(rb"[ \t]*\r?(?:\n|\Z)")
_KNOWN = re.compile(
    rb"(?im)^(?:from|to|cc|subject|date|message-id|received|return-path|delivered-to|reply-to|sender|x-[\w-]+"
    rb"|mime-version|content-[\w-]+)[ \t]*:"
)
_OF_A_PART = re.compile(rb"(?im)^(?:content-[\w-]+|mime-version|x-[\w-]+|references|subject)[ \t]*:")
_DELIMITER = re.compile(rb"(?m)^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-|\r?\n)", re.IGNORECASE)
_CLOSING = re.compile(rb"(?m)^--\S{0,200}--[ \t\r]*+$")
_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]")
_PARTS = re.compile(rb"(?im)^--\S[^\r\n]*\r?\ncontent-")
_LARGEST_EPILOGUE = 65_536
_USUAL_PREAMBLE = re.compile(rb"(?i)mime|multi-?part")
_VALUE = re.compile(r"""(?i);\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*+)"?|([^\s;"]+))""")
_SPLIT_VALUE = re.compile(r"""(?i);\s*boundary\*\d\*?\s*=\s*(?:"([^"]*)"|([^\s;"]+))""")
_COMMENT = re.compile(r"\([^()]*\)")


class Fields:
    """The header of a mail or a part: values as they are, folded lines included."""

    __slots__ = ("_values",)

    def __init__(self, raw: bytes) -> None:
        found: dict[bytes, list[bytes]] = {}
        for name, value in _FIELD.findall(raw):
            found.setdefault(name.lower(), []).append(value)
        self._values = found

    def has(self, names: frozenset[bytes]) -> bool:
        """Whether it has a field of one of these names (lower case)."""
        return not names.isdisjoint(self._values)

    def get(self, name: bytes) -> bytes:
        """The first field of that name (lower case); b"" where there is none."""
        found = self._values.get(name)
        return found[0].strip() if found else b""

    def all(self, name: bytes) -> list[bytes]:
        """All fields of that name, in their order."""
        return [value.strip() for value in self._values.get(name, ())]

    def text(self, name: bytes) -> str:
        """A value of ASCII, unfolded; other bytes as Latin-1."""
        found = self._values.get(name)
        if not found:
            return ""
        value = found[0].strip().decode("latin-1")
        return value.replace("\r", "").replace("\n", "") if "\n" in value else value


class Part:
    """``type`` in lower case, without parameters; ``said_type`` and ``disposition``: the fields as they are.

    ``preamble``: text before the first part of a multipart that is not what mailers put there; ``epilogue``:
    text behind the last, as lists put their footers. Parts lie in the bytes of the mail, so that a large one
    is not copied for each level.
    """

    __slots__ = (
        "_end",
        "_source",
        "_start",
        "children",
        "disposition",
        "epilogue",
        "fields",
        "preamble",
        "said_type",
        "type",
    )

    def __init__(self, fields: Fields, kind: str, source: bytes, start: int, end: int) -> None:
        self.fields = fields
        self.said_type = fields.text(b"content-type")
        self.disposition = fields.text(b"content-disposition")
        self.type = (_usual_type if len(self.said_type) < 200 else _type_of)(self.said_type, kind)
        self.children: list[Part] = []
        self.preamble = self.epilogue = b""
        self._source, self._start, self._end = source, start, end

    def place(self) -> tuple[bytes, int, int]:
        """The body, still encoded: where it lies in which bytes."""
        return self._source, self._start, self._end

    def content(self, warnings: list[str]) -> bytes:
        """The body with its transfer encoding undone. ``warnings`` gets what could not be."""
        return decoded_body(self._source[self._start : self._end], self.encoding(), warnings)

    def encoding(self) -> str:
        """Content-Transfer-Encoding in lower case; "" where it has none."""
        said = self.fields.text(b"content-transfer-encoding")
        return said.partition(";")[0].strip(" \t\"'.").lower() if said else ""


def parse(content: bytes, warnings: list[str]) -> Part:
    """The tree of a whole mail. ``warnings`` gets what a reader might miss."""
    if b"\n" not in content and b"\r" in content:
        content = content.replace(b"\r", b"\n")
    elif b"\r\r\n" in content[:2000]:
        content = content.replace(b"\r\r\n", b"\r\n")
    content = content.removeprefix(b"\xef\xbb\xbf")
    fields, start = _split_mail(content, warnings)
    return _Builder(warnings).part(Part(fields, "text/plain", content, start, len(content)), 0)


def some_words(content: bytes) -> str:
    """The first words of a text, for a warning."""
    text = " ".join(content[:400].decode("utf-8", "replace").split())
    text = "".join(c for c in text if c.isprintable())
    return repr(f"{text[:100]}…" if len(text) > 100 else text)


def _split_mail(content: bytes, warnings: list[str]) -> tuple[Fields, int]:
    """The header, and where the body begins."""
    start = _after_envelope(content)
    end = _end_of_head(content, start, len(content))
    blank = _BLANK.match(content, end)
    while not blank:
        # A line that is no field, with fields behind it: an mbox line, or what a broken filter put there.
        after = content.find(b"\n", end) + 1
        again = _end_of_head(content, after, len(content)) if after else 0
        if again <= after or not _KNOWN.search(content, after, again):
            break
        end = again
        blank = _BLANK.match(content, end)
    if not _KNOWN.search(content, start, end):
        while start < len(content) and content[start] in b"\r\n":
            start += 1
        if start < len(content):
            warnings.append("The mail has no header: all of it is its text")
        return Fields(b""), start
    return Fields(content[start:end]), blank.end() if blank else end


def _after_envelope(content: bytes) -> int:
    """Behind what mailboxes put before the header: empty lines, "From " and ">From "."""
    start = 0
    while start < len(content) and content[start] in b"\r\n \t" and start < 1000:
        start += 1
    if content.startswith((b"From ", b">From "), start):
        return content.find(b"\n", start) + 1
    return start if _KNOWN.match(content, start) else 0


def _end_of_head(content: bytes, start: int, end: int) -> int:
    found = _HEAD.match(content, start, end)
    return found.end() if found else start


class _Piece(NamedTuple):
    """A part in the body of a multipart: ``mark`` is where the delimiter before it begins."""

    mark: int
    start: int
    end: int


class _Builder:
    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self._parts = 0
        self._looks = 0

    def part(self, part: Part, depth: int) -> Part:
        self._parts += 1
        if part.type.startswith("multipart/"):
            if depth >= MOST_DEPTH:
                return self._rest(*part.place(), f"more than {MOST_DEPTH} levels of parts")
            self._open(part, depth)
        return part

    def _open(self, part: Part, depth: int) -> None:
        source, start, end = part.place()
        boundary = _boundary(part.said_type)
        pieces = self._pieces(source, start, end, boundary)
        if not pieces and part.encoding() in ("base64", "quoted-printable"):
            source = part.content([])
            start, end = 0, len(source)
            pieces = self._pieces(source, start, end, boundary)
        if not pieces and (found := _DELIMITER.search(source, start, min(end, start + 20_000))):
            boundary = found[1].rstrip()
            pieces = self._pieces(source, start, end, boundary)
        if not pieces:
            self._warnings.append("Its parts cannot be told apart: all of it is shown as text")
            part.type = "text/plain"
            return
        part.preamble = _preamble(source[start : pieces[0].mark])
        self._fill(part, source, pieces, depth)
        self._end(part, source, pieces[-1].end, end, b"--" + boundary)

    def _fill(self, part: Part, source: bytes, pieces: list[_Piece], depth: int) -> None:
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        for _, start, end in pieces:
            if self._parts >= MOST_PARTS:
                why = f"more than {MOST_PARTS} parts"
                part.children.append(self._rest(source, start, pieces[-1].end, why))
                return
            fields, body = _split_part(source, start, end)
            part.children.append(self.part(Part(fields, default, source, body, end), depth + 1))

    def _rest(self, source: bytes, start: int, end: int, why: str) -> Part:
        self._warnings.append(f"The mail has {why}: the rest is kept as a file")
        return Part(Fields(b""), "application/x-rest-of-mail", source, start, end)

    def _pieces(self, source: bytes, start: int, end: int, boundary: bytes) -> list[_Piece]:
        """The parts between the lines that begin with a boundary; none if there is no such line."""
        mark = b"--" + boundary
        found: list[_Piece] = []
        begun: tuple[int, int] | None = None
        at = start if source.startswith(mark, start, end) else _next_line(source, mark, start, end)
        while at >= 0 and boundary:
            after = at + len(mark)
            is_last = source.startswith(b"--", after, end)
            line = _BLANK.match(source, after + 2 * is_last, end)
            if line and begun:
                found.append(_Piece(*begun, _before_newline(source, begun[1], at)))
            if line:
                begun = None if is_last else (at, line.end())
            self._looks += not line
            if (line and is_last) or len(found) > MOST_PARTS or self._looks > _MOST_FALSE_DELIMITERS:
                break
            at = _next_line(source, mark, after - 1, end)
        return [*found, _Piece(*begun, end)] if begun else found

    def _end(self, part: Part, source: bytes, start: int, end: int, mark: bytes) -> None:
        """What is behind the last part: words, or more than that."""
        after = source[start:end].strip().removeprefix(mark).removeprefix(b"--")
        if not after or not _WORD.search(_CLOSING.sub(b"", after)):
            return
        if len(after) > _LARGEST_EPILOGUE or _PARTS.search(after):
            part.children.append(self._rest(source, start, end, "more behind its last part"))
        else:
            part.epilogue = after.strip()


def _preamble(before: bytes) -> bytes:
    before = before.strip()
    if not before:
        return before
    return b"" if _USUAL_PREAMBLE.search(before[:500]) or before.startswith(b"--") else before


def _next_line(source: bytes, mark: bytes, start: int, end: int) -> int:
    """Where a line that begins so does; -1 where none does."""
    found = source.find(b"\n" + mark, start, end)
    return found + 1 if found >= 0 else -1


def _before_newline(body: bytes, start: int, at: int) -> int:
    """The line break before a delimiter belongs to it (RFC 2046, 5.1.1)."""
    if at - 1 < start:
        return start
    return max(start, at - 2 if body[at - 2 : at - 1] == b"\r" else at - 1)


def _split_part(source: bytes, start: int, end: int) -> tuple[Fields, int]:
    """The header of a part, and where its body begins."""
    head = _end_of_head(source, start, end)
    if head > start and not _OF_A_PART.search(source, start, head):
        # Words with a colon, where a part has no header and nobody put an empty line for it.
        return Fields(b""), start
    blank = _BLANK.match(source, head, end)
    return Fields(source[start:head]), blank.end() if blank else head


def _type_of(said: str, default: str) -> str:
    kind = said.partition(";")[0].strip(" \t\"'").lower()
    if "(" in kind:
        kind = _COMMENT.sub("", kind).strip()
    main, slash, sub = kind.partition("/")
    if slash and main and sub and " " not in kind:
        return kind
    if not kind or kind == "text":
        return default
    return "application/octet-stream" if "name" in said.lower() else "text/plain"


# Most parts of a mailbox say one of a few dozen things.
_usual_type = lru_cache(maxsize=1024)(_type_of)


def _boundary(said: str) -> bytes:
    found = _VALUE.search(said)
    if found:
        text = found[1].replace("\\", "") if found[1] is not None else found[2]
    else:
        text = "".join(quoted or bare for quoted, bare in _SPLIT_VALUE.findall(said))
    return text.rstrip().encode("latin-1", "replace")
