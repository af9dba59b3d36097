"""Where the mails of an mbox file begin and end: mboxo, mboxrd, mboxcl, mboxcl2, and what is near to them."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from tiketti_migrate_mail.blocks import Blocks
from tiketti_migrate_mail.mbox_lines import LONGEST_LINE, FromLine, from_line, is_field, is_known_field

__all__ = ["MOST_HEADER", "Scan", "Span", "header_end", "looks_like_mbox"]

MOST_HEADER = 256 * 1024
_USUAL_HEADER = 8 * 1024
_MOST_ENVELOPE_LINES = 20
_BOM = b"\xef\xbb\xbf"
_LENGTHS = (b"\nContent-Length:", b"\nContent-length:", b"\ncontent-length:")


class Span(NamedTuple):
    """A mail: its first line (``start``), its first field (``head``), the byte after its last (``end``).

    ``header``: up to 256 KB of it. ``date``: that of the From_ line. ``is_exact``: the end is where its
    Content-Length says, so that nothing in it is quoted (mboxcl2).
    """

    start: int
    head: int
    end: int
    header: bytes
    date: datetime | None
    is_exact: bool


class _Separator(NamedTuple):
    start: int
    head: int
    date: datetime | None


def looks_like_mbox(begin: bytes) -> bool:
    """Whether a file that begins with these bytes is an mbox file: some thousand are enough."""
    text = begin.removeprefix(_BOM).lstrip(b"\r\n")
    if not text.startswith(b"From "):
        return False
    line, _, rest = text.partition(b"\n")
    return from_line(line).date is not None or is_field(rest)


def header_end(text: bytes) -> int:
    """Where the header ends in ``text``, which begins with the line break before it; -1 when it does not.

    At an empty line, or a line that begins with ``From ``, as no field does.
    """
    end = text.find(b"\n\n")
    if b"\r" in (text[:end] if end >= 0 else text):
        end = _earlier(text, b"\n\r\n", end)
    return _earlier(text, b"\nFrom ", end)


class Scan:
    """One pass over a file. ``skipped``: bytes before the first mail that are no mail."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._takes_undated = False
        self._lengths_kept = 0
        self._lengths_not = 0
        self.skipped = 0

    def spans(self) -> Iterator[Span]:
        """The mails in their order. Raises OSError and FolderRemade."""
        separator = self._first()
        while separator is not None:
            span, separator = self._mail(separator)
            yield span

    def _first(self) -> _Separator | None:
        begin = self._blocks.read(0, MOST_HEADER)
        at = len(begin) - len(begin.removeprefix(_BOM).lstrip(b"\r\n"))
        if at == len(begin):
            return None
        line, _, rest = begin[at : at + 2 * LONGEST_LINE].partition(b"\n")
        if line.startswith(b"From "):
            self._takes_undated = from_line(line).date is None and is_field(rest)
            if found := self._separator(at, is_after_blank=True):
                return found
        elif is_known_field(line):
            # The beginning was cut off, or the mail never had a From_ line.
            return _Separator(at, at, None)
        found = self._next(at, self._blocks.size)
        self.skipped = (self._blocks.size if found is None else found.start) - at
        return found

    def _mail(self, separator: _Separator) -> tuple[Span, _Separator | None]:
        header = self._header(separator.head)
        body = separator.head + len(header)
        by_length = self._by_length(header, body)
        if by_length:
            end, following = by_length
        else:
            following = self._next(separator.head, self._blocks.size)
            end = self._without_blank(separator.head, following.start if following else self._blocks.size)
        span = Span(separator.start, separator.head, end, header, separator.date, by_length is not None)
        return span, following

    def _header(self, head: int) -> bytes:
        """With the line break that ends its last field."""
        for most in (_USUAL_HEADER, MOST_HEADER):
            text = self._blocks.read(head, head + most)
            end = header_end(b"\n" + text)
            if end >= 0:
                return text[:end]
            if len(text) < most:
                break
        return text

    def _by_length(self, header: bytes, body: int) -> tuple[int, _Separator | None] | None:
        """The end that Content-Length tells, if a mail or the end of the file follows there."""
        length = _length_of(header)
        if length is None:
            self._lengths_not += 1
            return None
        begin = self._blocks.read(body, body + 2)
        end = body + (2 if begin == b"\r\n" else 1) + length
        following = self._separator_after(end)
        if following is None and not self._is_over(end):
            self._lengths_not += 1
            return None
        # Anybody can write the field into a mail: mails are not taken for the body of another one on the word
        # of a single mail, where the others do without.
        if self._lengths_kept < self._lengths_not and self._next(body, end) is not None:
            self._lengths_not += 1
            return None
        self._lengths_kept += 1
        return end, following

    def _is_over(self, end: int) -> bool:
        rest = self._blocks.read(end, end + _USUAL_HEADER)
        return end <= self._blocks.size == end + len(rest) and not rest.strip(b"\r\n")

    def _separator_after(self, end: int) -> _Separator | None:
        """The mail that begins at ``end``, or after the line breaks there."""
        text = self._blocks.read(end - 1, end + 5)
        at = end + len(text) - 1 - len(text[1:].lstrip(b"\r\n"))
        is_line = at > end or text.startswith(b"\n")
        return self._separator(at, is_after_blank=True) if is_line else None

    def _next(self, start: int, stop: int) -> _Separator | None:
        """The first mail that begins after ``start``, its From_ line wholly before ``stop``."""
        at = start - 1
        while (at := self._blocks.find(b"\nFrom ", max(at, 0), stop)) >= 0:
            before = self._blocks.read(at - 2, at)
            is_after_blank = before.endswith(b"\n") or before == b"\n\r"
            if found := self._separator(at + 1, is_after_blank=is_after_blank):
                return found
            at += 1
        return None

    def _separator(self, at: int, *, is_after_blank: bool) -> _Separator | None:
        text = self._blocks.read(at, at + 2 * LONGEST_LINE)
        line, line_break, rest = text.partition(b"\n")
        if not line.startswith(b"From ") or (not line_break and len(text) > LONGEST_LINE):
            return None
        found = from_line(line)
        if is_after_blank:
            is_one = found.is_exact or self._is_near(found, rest)
        else:
            is_one = found.is_exact and is_known_field(rest)
        if not is_one:
            return None
        head = at + len(line) + len(line_break)
        if rest.startswith((b">From ", b"From ")):
            head = self._after_envelope(head)
        return _Separator(at, head, found.date)

    def _is_near(self, found: FromLine, rest: bytes) -> bool:
        if found.date is not None:
            return is_field(rest)
        return self._takes_undated and is_known_field(rest)

    def _after_envelope(self, at: int) -> int:
        """Mails of UUCP have a ``>From `` line for each host, and some a second From_ line: no fields."""
        for _ in range(_MOST_ENVELOPE_LINES):
            line = self._blocks.read(at, at + LONGEST_LINE).partition(b"\n")[0]
            is_one = line.startswith(b">From ") or (line.startswith(b"From ") and from_line(line).is_exact)
            if not is_one or len(line) == LONGEST_LINE:
                break
            at += len(line) + 1
        return min(at, self._blocks.size)

    def _without_blank(self, head: int, end: int) -> int:
        """The empty line before a From_ line belongs to the format."""
        tail = self._blocks.read(max(head, end - 3), end)
        if tail.endswith(b"\n\r\n"):
            return end - 2
        return end - 1 if tail.endswith(b"\n\n") else end


def _earlier(text: bytes, what: bytes, end: int) -> int:
    """Where ``what`` begins in front of ``end``, else ``end``."""
    found = text.find(what, 0, end + len(what) - 1 if end >= 0 else len(text))
    return found if found >= 0 else end


def _length_of(header: bytes) -> int | None:
    for name in _LENGTHS:
        at = header.find(name)
        if at < 0 and header.startswith(name[1:]):
            at = -1
        elif at < 0:
            continue
        value = header[at + len(name) : at + len(name) + 40].partition(b"\n")[0].strip()
        return int(value) if value.isdigit() and len(value) < 16 else None
    return None
