"""A mail as the tree of its parts, from any bytes: nothing is decoded or copied before it is asked for.

RFC 2045, 2046. A parser that refuses, or splits otherwise than mailers meant, loses text; this one keeps
what it cannot make sense of as a part. Every byte is looked at a bounded number of times.
"""

import re

from tiketti_migrate_mail.transfer import decoded_body

__all__ = ["MOST_DEPTH", "MOST_PARTS", "Fields", "Part", "parse", "some_words"]

MOST_PARTS, MOST_DEPTH = 1000, 50
# Lines that only look like a delimiter.
_MOST_FALSE_DELIMITERS = 100_000

_HEAD = re.compile(rb"(?:[!-9;-~]+[ \t]*:[^\n]*(?:\n|\Z)|[ \t][^\n]*(?:\n|\Z))*+")
_BLANK = re.compile(rb"[ \t]*\r?(?:\n|\Z)")
_KNOWN = re.compile(
    rb"(?im)^(?:from|to|cc|subject|date|message-id|received|return-path|delivered-to|reply-to|sender|x-[\w-]+"
    rb"|mime-version|content-[\w-]+)[ \t]*:"
)
_OF_A_PART = re.compile(rb"(?im)^(?:content-[\w-]+|mime-version|x-[\w-]+|references|subject)[ \t]*:")
_DELIMITER = re.compile(rb"(?m)^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-|\r?\n)", re.IGNORECASE)
_USUAL_PREAMBLE = re.compile(rb"(?i)mime|multi-?part")
_VALUE = re.compile(r"""(?i);\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*+)"?|([^\s;"]+))""")
_SPLIT_VALUE = re.compile(r"""(?i);\s*boundary\*\d\*?\s*=\s*(?:"([^"]*)"|([^\s;"]+))""")
_COMMENT = re.compile(r"\([^()]*\)")


class Fields:
    """The header of a mail or a part: values as they are, folded lines included."""

    __slots__ = ("_lower", "_spaced", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._lower = b"\n" + raw.lower()
        # "Subject : ..." as of RFC 822.
        self._spaced = b" :" in raw or b"\t:" in raw

    def has(self, texts: tuple[bytes, ...]) -> bool:
        """Whether one of these (in lower case) stands anywhere in it."""
        return any(map(self._lower.__contains__, texts))

    def get(self, name: bytes) -> bytes:
        """The first field of that name (lower case); b"" where there is none."""
        at = self._find(name, 0)
        return b"" if at < 0 else self._value(at)

    def all(self, name: bytes) -> list[bytes]:
        """All fields of that name, in their order."""
        found = []
        at = self._find(name, 0)
        while at >= 0:
            found.append(self._value(at))
            at = self._find(name, at)
        return found

    def text(self, name: bytes) -> str:
        """A value of ASCII, unfolded; other bytes as Latin-1."""
        value = self.get(name).decode("latin-1")
        return value.replace("\r", "").replace("\n", "") if "\n" in value else value

    def _find(self, name: bytes, start: int) -> int:
        """Where the value begins, counted in ``_lower``."""
        at = self._lower.find(b"\n" + name + b":", start)
        if at >= 0:
            return at + len(name) + 2
        if not self._spaced:
            return -1
        found = re.compile(b"\n" + name + b"[ \t]+:").search(self._lower, start)
        return found.end() if found else -1

    def _value(self, at: int) -> bytes:
        end = self._lower.find(b"\n", at)
        while end >= 0 and self._lower[end + 1 : end + 2] in (b" ", b"\t"):
            end = self._lower.find(b"\n", end + 1)
        return self.raw[at - 1 : None if end < 0 else end - 1].strip()


class Part:
    """``type`` in lower case, without parameters. ``body`` is still encoded; empty for a multipart.

    ``said_type`` and ``disposition``: the fields as they are, with their parameters.
    ``preamble``: text before the first part of a multipart that is not what mailers put there.
    """

    __slots__ = ("body", "children", "disposition", "fields", "preamble", "said_type", "type")

    def __init__(self, fields: Fields, said_type: str, kind: str, body: bytes) -> None:
        self.fields = fields
        self.said_type = said_type
        self.disposition = fields.text(b"content-disposition")
        self.type = kind
        self.body = body
        self.children: list[Part] = []
        self.preamble = b""

    def content(self, warnings: list[str]) -> bytes:
        """The body with its transfer encoding undone."""
        return decoded_body(self.body, self.encoding(), warnings)

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
    fields, body = _split_mail(content.removeprefix(b"\xef\xbb\xbf"), warnings)
    return _Builder(warnings).part(fields, body, "text/plain", 0)


def _split_mail(content: bytes, warnings: list[str]) -> tuple[Fields, bytes]:
    start = _after_envelope(content)
    end = _HEAD.match(content, start).end()  # type: ignore[union-attr]
    while not _BLANK.match(content, end):
        # A line that is no field, with fields behind it: an mbox line, or what a broken filter put there.
        after = content.find(b"\n", end) + 1
        again = _HEAD.match(content, after) if after else None
        if not again or again.end() == after or not _KNOWN.search(content, after, again.end()):
            break
        end = again.end()
    head = content[start:end]
    if not _KNOWN.search(head):
        if content.strip():
            warnings.append("The mail has no header: all of it is its text")
        return Fields(b""), content[start:].lstrip(b"\r\n")
    return Fields(head), content[_BLANK.match(content, end).end() if _BLANK.match(content, end) else end :]  # type: ignore[union-attr]


def _after_envelope(content: bytes) -> int:
    """Behind what mailboxes put before the header: empty lines, "From " and ">From "."""
    start = 0
    while start < len(content) and content[start] in b"\r\n \t" and start < 1000:
        start += 1
    if content.startswith((b"From ", b">From "), start):
        return content.find(b"\n", start) + 1
    return start if _KNOWN.match(content, start) else 0


class _Builder:
    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self._parts = 0
        self._looks = 0

    def part(self, fields: Fields, body: bytes, default: str, depth: int) -> Part:
        self._parts += 1
        said = fields.text(b"content-type")
        part = Part(fields, said, _type_of(said, default), body)
        if part.type.startswith("multipart/"):
            self._open(part, depth)
        return part

    def _open(self, part: Part, depth: int) -> None:
        if depth >= MOST_DEPTH:
            self._too_much(part, f"more than {MOST_DEPTH} levels of parts")
            return
        body = part.body
        boundary = _boundary(part)
        pieces = self._pieces(body, boundary) if boundary else []
        if not pieces and part.encoding() in ("base64", "quoted-printable"):
            body = part.content([])
            pieces = self._pieces(body, boundary) if boundary else []
        if not pieces and (found := _DELIMITER.search(body, 0, 20_000)):
            boundary = found[1].rstrip()
            pieces = self._pieces(body, boundary)
        if not pieces:
            self._warnings.append("Its parts cannot be told apart: all of it is shown as text")
            part.type = "text/plain"
            return
        part.preamble = _preamble(body[: pieces[0][2]])
        self._tell_epilogue(body[pieces[-1][1] :], b"--" + boundary)
        part.body = b""
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        for start, end, _ in pieces:
            if self._parts >= MOST_PARTS:
                rest = Part(Fields(b""), "", "", body[start : pieces[-1][1]])
                self._too_much(rest, f"more than {MOST_PARTS} parts")
                part.children.append(rest)
                return
            fields, inner = _split_part(body, start, end)
            part.children.append(self.part(fields, inner, default, depth + 1))

    def _too_much(self, part: Part, why: str) -> None:
        self._warnings.append(f"The mail has {why}: the rest is kept as a file")
        part.fields, part.said_type, part.disposition = Fields(b""), "", ""
        part.type = "application/x-rest-of-mail"

    def _pieces(self, body: bytes, boundary: bytes) -> list[tuple[int, int, int]]:
        """Where each part begins and ends, and where the delimiter before it begins."""
        mark = b"--" + boundary
        found: list[tuple[int, int, int]] = []
        begun: tuple[int, int] | None = None
        at = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1
        if not at and not body.startswith(mark):
            return []
        while at >= 0:
            after = at + len(mark)
            is_last = body.startswith(b"--", after)
            line = _BLANK.match(body, after + 2 * is_last)
            if line:
                if begun:
                    found.append((begun[0], _before_newline(body, begun[0], at), begun[1]))
                begun = None if is_last else (line.end(), at)
                if is_last or len(found) > MOST_PARTS:
                    break
            else:
                self._looks += 1
                if self._looks > _MOST_FALSE_DELIMITERS:
                    break
            at = body.find(b"\n" + mark, after - 1)
            at += at >= 0
        if begun:
            found.append((begun[0], len(body), begun[1]))
        return found

    def _tell_epilogue(self, after: bytes, mark: bytes) -> None:
        after = after.strip().removeprefix(mark).removeprefix(b"--").strip()
        if after:
            self._warnings.append(f"Text after the last part is not shown: {some_words(after)}")


def some_words(content: bytes) -> str:
    """Some words of it, for a warning."""
    text = " ".join(content[:400].decode("utf-8", "replace").split())
    text = "".join(c for c in text if c.isprintable())
    return repr(f"{text[:100]}…" if len(text) > 100 else text)


def _preamble(before: bytes) -> bytes:
    before = before.strip()
    return b"" if _USUAL_PREAMBLE.search(before[:500]) or before.startswith(b"--") else before


def _before_newline(body: bytes, start: int, at: int) -> int:
    """The line break before a delimiter belongs to it (RFC 2046, 5.1.1)."""
    if at - 1 < start:
        return start
    return max(start, at - 2 if body[at - 2 : at - 1] == b"\r" else at - 1)


def _split_part(body: bytes, start: int, end: int) -> tuple[Fields, bytes]:
    head = _HEAD.match(body, start, end).end()  # type: ignore[union-attr]
    if head > start and not _OF_A_PART.search(body, start, head):
        # Words with a colon, where a part has no header and nobody put an empty line for it.
        return Fields(b""), body[start:end]
    blank = _BLANK.match(body, head, end)
    return Fields(body[start:head]), body[blank.end() if blank else head : end]


def _type_of(said: str, default: str) -> str:
    kind = said.partition(";")[0].strip(" \t\"'").lower()
    if "(" in kind:
        kind = _COMMENT.sub("", kind).strip()
    main, slash, sub = kind.partition("/")
    if slash and main and sub and " " not in kind:
        return kind
    return default if not kind or kind == "text" else "text/plain"


def _boundary(part: Part) -> bytes:
    said = part.said_type
    found = _VALUE.search(said)
    if found:
        text = found[1].replace("\\", "") if found[1] is not None else found[2]
    else:
        text = "".join(quoted or bare for quoted, bare in _SPLIT_VALUE.findall(said))
    return text.rstrip().encode("latin-1", "replace")
