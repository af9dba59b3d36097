"""Content-Transfer-Encoding undone (RFC 2045, 6; uuencode as in POSIX), also where mailers got it wrong."""

import binascii
import re
from typing import NamedTuple

import pybase64

__all__ = ["FOLLOWED", "UuFile", "decoded_body", "taken_out"]

FOLLOWED = "Something that is no base64 follows it in a part; it was put at its end"

_UU_BEGIN = re.compile(rb"(?m)^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]*\r?\n")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING = re.compile(rb"=+")
_BASE64_LINE = re.compile(rb"[ \t]*[A-Za-z0-9+/]*=*[ \t]*\r?")
_SOFT_BREAK = re.compile(rb"=[ \t]++(?=\r?\n)")


class UuFile(NamedTuple):
    """A file that stood in a text; ``name`` as it was written."""

    name: bytes
    content: bytes


def decoded_body(body: bytes, encoding: str, warnings: list[str]) -> bytes:
    """What an encoded body holds. An unknown encoding is none. ``warnings``: what could not be read."""
    if encoding == "base64":
        return _base64(body, warnings)
    if encoding == "quoted-printable":
        if b"= " in body:
            body = _SOFT_BREAK.sub(b"=", body)
        return binascii.a2b_qp(body)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files = taken_out(body)[1]
        return files[0].content if files else body
    return body


def taken_out(text: bytes) -> tuple[bytes, list[UuFile]]:
    """A text without the uuencoded files in it, and these files."""
    kept: list[bytes] = []
    files: list[UuFile] = []
    at = 0
    while begin := _UU_BEGIN.search(text, at):
        content, end = _uu_lines(text, begin.end())
        if content is None:
            # No other that begins before this line comes to an end either.
            kept.append(text[at:end])
        else:
            kept.append(text[at : begin.start()])
            files.append(UuFile(begin[1], content))
        at = end
    kept.append(text[at:])
    return b"".join(kept), files


def _uu_lines(text: bytes, at: int) -> tuple[bytes | None, int]:
    """The content and where the lines after it begin; None where this is none, and how far that was seen."""
    pieces: list[bytes] = []
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end + 1
        line = text[at:end].rstrip(b"\r\n")
        if line.rstrip() == b"end":
            return b"".join(pieces), end
        if line.strip(b"` "):
            piece = _uu_line(line)
            if piece is None:
                return None, at
            pieces.append(piece)
        at = end
    return None, len(text)


def _uu_line(line: bytes) -> bytes | None:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders pad a line with what is no part of it.
        length = (((line[0] - 32) & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(line[: length + 1]) if len(line) > 1 else None
        except binascii.Error:
            return None


def _base64(body: bytes, warnings: list[str]) -> bytes:
    text = body if body[-1:].isalnum() or body[-1:] == b"=" else body.strip()
    try:
        found = pybase64.b64decode(text)
    except (binascii.Error, ValueError):
        return _broken_base64(text, warnings)
    if _is_whole(text, len(found), _marks(text)):
        return found
    if _is_whole(text, len(found), len(text) - text.count(b"\n") - text.count(b"\r")):
        return found
    return _broken_base64(text, warnings)


def _marks(text: bytes) -> int:
    """How many characters it has beside line breaks, if all lines are as long as the first."""
    width = text.find(b"\n") + 1
    ending = 2 if text[width - 2 : width - 1] == b"\r" else 1
    return len(text) - (len(text) - 1) // width * ending if width else len(text)


def _is_whole(text: bytes, length: int, marks: int) -> bool:
    """Whether nothing of so many characters was passed over."""
    padding = 2 if text.endswith(b"==") else text.endswith(b"=")
    return marks % 4 == 0 and length == marks // 4 * 3 - padding


def _broken_base64(text: bytes, warnings: list[str]) -> bytes:
    """Padding in the middle or missing, characters that are none, a text (a list's footer) behind it."""
    coded, behind = _without_footer(text)
    pieces = _PADDING.split(_NOT_BASE64.sub(b"", coded))
    found = b"".join(map(_padded, pieces))
    if text and not found:
        return text
    if behind.strip():
        warnings.append(FOLLOWED)
        return found + b"\n" + behind
    if _NOT_BASE64.search(b"".join(coded.split())):
        warnings.append("A part has characters that are no base64; it may be damaged")
    return found


def _without_footer(text: bytes) -> tuple[bytes, bytes]:
    at = 0
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        if not _BASE64_LINE.fullmatch(text, at, end):
            break
        at = end + 1
    rest = text[at:]
    # One odd character amid lines of base64 is damage, words are a text.
    return (text, b"") if not _is_words(rest) else (text[:at], rest)


def _is_words(rest: bytes) -> bool:
    sample = rest[:500]
    return bool(sample.strip()) and (b" " in sample.strip() or sample.strip(b"_-=*\r\n ") == b"")


def _padded(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))
