"""A window over a long JSON text: values are taken from its front, the text behind them is fetched as needed.

The scanner of the standard library says where a value ends, which no faster parser does, takes numbers of any
size, and a value that it refuses can be passed over. Measured on tickets of 6 KB: 250 MB/s, ijson's C backend
190 MB/s, and that ends for good at the first number beyond 64 bits.
"""

import codecs
import json
import re
from typing import IO, Any, NamedTuple

import orjson

__all__ = ["STEP", "TooLong", "Unreadable", "Value", "Window"]

STEP = 256 * 1024
_MEBIBYTE = 1024 * 1024
# No token that the scanner stumbles over because it is cut off is longer, but for strings.
_TOKEN = 16
_BEFORE = 200
_SURROGATE = re.compile(r"\\u[dD]")
_OUTSIDE = re.compile(r'["\[\]{},]')
_INSIDE = re.compile(r'["\\]')


class Value(NamedTuple):
    """A value; ``repaired``: what is no Unicode or no JSON was replaced in it."""

    value: Any
    repaired: bool


class Unreadable(Exception):
    """What comes next is no JSON; ``cut``: because the text ends."""

    def __init__(self, reason: str, *, cut: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cut = cut


class TooLong(Unreadable):
    """What comes next is longer than the caller has patience for."""


class Window:
    """``stream`` is read once from its place, which has so many ``lines`` before it, to its end.

    ``text`` from ``pos`` on is what comes next.
    """

    def __init__(self, stream: IO[bytes], lines: int = 0) -> None:
        self.text = ""
        self.pos = 0
        self._stream = stream
        self._decoder: codecs.BufferedIncrementalDecoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._ended = False
        self._replaced = False
        self._odd = False
        self._surrogates = False
        # Lines are counted where somebody asks, and from there on: ``_ahead`` are those behind ``_counted``.
        self._lines = lines
        self._counted = 0
        self._ahead: int | None = None
        self._strict = json.JSONDecoder(parse_constant=self._constant)
        self._lenient = json.JSONDecoder(parse_constant=self._constant, strict=False)

    def peek(self, skip: str) -> str:
        """The next character that is not in ``skip``; "" at the end. Raises OSError."""
        while True:
            text, pos, end = self.text, self.pos, len(self.text)
            while pos < end and text[pos] in skip:
                pos += 1
            self.pos = pos
            if pos < end:
                return text[pos]
            if not self._more():
                return ""

    def value(self, patience: int) -> Value:
        """The next value, taken away. Raises Unreadable, which leaves it where it is, and OSError."""
        decoder, self._odd = self._strict, False
        while True:
            try:
                value, end = decoder.raw_decode(self.text, self.pos)
            except json.JSONDecodeError as error:
                if decoder is self._strict and error.msg.startswith("Invalid control character"):
                    decoder = self._lenient
                    continue
                self._fetch_or_raise(error, patience)
                continue
            except (ValueError, RecursionError) as error:
                raise Unreadable("a number is too long or the nesting too deep") from error
            if end == len(self.text) and self.text[end - 1] not in '}]"' and self._more():
                continue
            repaired = self._odd or decoder is self._lenient or self._is_mended(end)
            self.pos = end
            return Value(value, repaired)

    def line(self) -> int:
        """The number of the line (from 1) that comes next."""
        if self._ahead is None:
            self._ahead = self.text.count("\n", self.pos)
        else:
            self._ahead -= self.text.count("\n", self._counted, self.pos)
        self._counted = self.pos
        return self._lines - self._ahead + 1

    def byte(self) -> int:
        """How many bytes lie before what comes next (nearly, where bytes were no UTF-8)."""
        return self._stream.tell() - len(self.text[self.pos :].encode("utf-8", "surrogatepass"))

    def margin(self) -> str | None:
        """What stands before the next character on its line if that is nothing but blanks."""
        start = self.text.rfind("\n", max(0, self.pos - _BEFORE), self.pos)
        found = self.text[start : self.pos]
        return found if start >= 0 and found.isspace() else None

    def pass_over(self, margin: str | None) -> bool:
        """Go on behind what is unreadable, to the next object with the same ``margin`` where objects stand
        on lines of their own, else behind the brackets that belong together. False at the end."""
        if margin is None:
            return self._pass_balanced()
        indent = len(margin) - 1
        pattern = re.compile(rf"{re.escape(margin)}\{{|\n[ \t]{{0,{max(indent - 1, 0)}}}\]")
        start = self.pos + 1
        while (found := pattern.search(self.text, start)) is None:
            self.pos = max(start, len(self.text) - 2 * _BEFORE)
            if not self._more():
                self.pos = len(self.text)
                return False
            start = self.pos
        self.pos = found.start()
        return True

    def _fetch_or_raise(self, error: json.JSONDecodeError, patience: int) -> None:
        cut = error.pos > len(self.text) - _TOKEN or error.msg.startswith("Unterminated string")
        if cut and not self._ended and len(self.text) - self.pos >= patience:
            raise TooLong(f"is longer than {patience // _MEBIBYTE} MiB") from error
        if cut and self._more():
            return
        raise Unreadable(error.msg, cut=cut) from error

    def _more(self) -> bool:
        """Twice as much as there is, so that a long value is not scanned over and over."""
        if self._ended:
            return False
        kept = max(0, self.pos - _BEFORE)
        data = self._stream.read(max(STEP, len(self.text) - self.pos))
        self._ended = not data
        new = self._decoded(data)
        self.text = self.text[kept:] + new
        self._surrogates = "\\ud" in self.text or "\\uD" in self.text
        self.pos -= kept
        self._counted -= kept
        self._lines += (breaks := data.count(b"\n"))
        self._ahead = None if self._ahead is None or self._counted < 0 else self._ahead + breaks
        return bool(new) or not self._ended

    def _decoded(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, not data)
        except UnicodeDecodeError:
            self._replaced = True
        self._decoder.errors = "replace"
        found = self._decoder.decode(data, not data)
        self._decoder.errors = "strict"
        return found

    def _is_mended(self, end: int) -> bool:
        text = self.text
        if self._replaced and text.find("\ufffd", self.pos, end) >= 0:
            return True
        if not self._surrogates or _SURROGATE.search(text, self.pos, end) is None:
            return False
        try:
            orjson.loads(text[self.pos : end])
        except ValueError:
            return True  # halves of surrogate pairs
        return False

    def _constant(self, words: str) -> float:
        self._odd = True
        return float(words)

    def _pass_balanced(self) -> bool:
        depth, inside, begun = 0, False, False
        while True:
            found = (_INSIDE if inside else _OUTSIDE).search(self.text, self.pos)
            if found is None or (found[0] == "\\" and found.end() == len(self.text) and not self._ended):
                begun = begun or found is None
                self.pos = found.start() if found else len(self.text)
                if not self._more() and found is None:
                    return False
                continue
            sign = found[0]
            if not inside and depth == 0 and (sign in ",]}" or (sign in "[{" and begun)):
                self.pos = found.start()
                return True
            begun = True
            self.pos = found.end() + (sign == "\\")
            if sign == '"':
                inside = not inside
            elif not inside:
                depth += (sign in "[{") - (sign in "]}")
                if depth == 0 and sign in "]}":
                    return True
