"""Encoded words of RFC 2047 as mailers write them: cut inside a character, quoted, with spaces in them."""

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from tiketti_migrate_mail.charsets import cleaned, guessed, text_in

__all__ = ["decoded", "one_line"]

_BEGIN = re.compile(rb"=\?([^?\s]{1,60})\?([BbQq])\?")
_BETWEEN = re.compile(rb"[ \t\r\n]*")
_BASE64 = bytes.maketrans(b"-_", b"+/")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


class _Word(NamedTuple):
    """Where an encoded word stands, and what it says."""

    begin: int
    end: int
    charset: bytes
    is_base64: bool
    text: bytes


def one_line(raw: bytes) -> str:
    """A raw value unfolded and as text: UTF-8, else as it looks; control characters out."""
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        text = guessed(raw)
    else:
        if "\x1b$" in text:
            text = guessed(raw)
    return cleaned(text)


def decoded(raw: bytes) -> str:
    """An unstructured value (Subject) with its encoded words read."""
    if b"=?" not in raw:
        return one_line(raw)
    pieces: list[str] = []
    run: list[_Word] = []
    at = 0
    for word in _words(raw):
        # White space between two encoded words is none (RFC 2047, 6.2).
        if not run or _BETWEEN.fullmatch(raw, run[-1].end, word.begin) is None:
            pieces += (_read(run), guessed(raw[at : word.begin]))
            run = []
        run.append(word)
        at = word.end
    pieces += (_read(run), guessed(raw[at:]))
    return cleaned("".join(pieces))


def _words(raw: bytes) -> Iterator[_Word]:
    at = 0
    while begin := _BEGIN.search(raw, at):
        at = raw.find(b"?=", begin.end())
        if at < 0:
            return
        text = raw[begin.end() : at]
        at += 2
        charset = begin[1].partition(b"*")[0].lower()
        yield _Word(begin.start(), at, charset, begin[2] in b"Bb", text)


def _read(run: list[_Word]) -> str:
    """Words side by side; those of one charset are one text, as they may be cut inside a character."""
    pieces: list[str] = []
    at = 0
    while at < len(run):
        until = at + 1
        while until < len(run) and run[until].charset == run[at].charset:
            until += 1
        data = b"".join(_bytes_of(run[at:until]))
        pieces.append(text_in(data, run[at].charset.decode("latin-1")))
        at = until
    return "".join(pieces)


def _bytes_of(words: list[_Word]) -> Iterator[bytes]:
    """What the words hold. Base64 that is cut anywhere goes on in the next word."""
    rest = b""
    for place, word in enumerate(words):
        if not word.is_base64:
            yield binascii.a2b_qp(_quoted(word.text), header=True)
            continue
        rest += _NOT_BASE64.sub(b"", word.text.translate(_BASE64))
        is_cut = len(rest) % 4 and b"=" not in word.text
        if not is_cut or place + 1 == len(words) or not words[place + 1].is_base64:
            yield _from_base64(rest)
            rest = b""


def _from_base64(text: bytes) -> bytes:
    if len(text) % 4 == 1:
        text = text[:-1]
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))


def _quoted(text: bytes) -> bytes:
    """Folded inside of the word: the line break is the mailer's, and would end it otherwise."""
    return text.replace(b"\r", b"").replace(b"\n", b"") if b"\n" in text else text
