"""Content-Transfer-Encoding undone (RFC 2045, 6; uuencode as in POSIX), also where mailers got it wrong."""

import binascii
import re
from io import BytesIO
from typing import NamedTuple

import pybase64

__all__ = ["FOLLOWED", "UuFile", "decoded_body", "taken_out"]

FOLLOWED = "Something that is no base64 follows it in a part; it was put at its end"

_UU_BEGIN = re.compile(rb"(?m)^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]*\r?\n")
_CHUNK = 65_536
_SPACES = b" \t\r\n\x0b\x0c"
_NO_BASE64 = re.sub(rb"[A-Za-z0-9+/=]", b"", bytes(range(256)))
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
    found = BytesIO()
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end + 1
        line = text[at:end].rstrip(b"\r\n")
        if line.rstrip() == b"end":
            return found.getvalue(), end
        if line.strip(b"` "):
            piece = _uu_line(line)
            if piece is None:
                return None, at
            found.write(piece)
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
    # Apart, as what was decoded in vain takes as much memory as the mail.
    # By itself, as what it decodes in vain is as large as the mail.
    found = _sound_base64(text)
    return _broken_base64(text, warnings) if found is None else found


def _sound_base64(text: bytes) -> bytes | None:
    try:
        found = pybase64.b64decode(text)
    except (binascii.Error, ValueError):
        return None
    if _is_whole(text, len(found), _marks(text)):
        return found
    is_whole = _is_whole(text, len(found), len(text) - text.count(b"\n") - text.count(b"\r"))
    return found if is_whole else None


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
    end = _footer(text)
    found, is_odd = _pieces_decoded(text, end)
    if text and not found.tell():
        return text
    if end < len(text):
        warnings.append(FOLLOWED)
        found.write(b"\n" + text[end:])
    elif is_odd:
        warnings.append("A part has characters that are no base64; it may be damaged")
    return found.getvalue()


def _pieces_decoded(text: bytes, end: int) -> tuple[BytesIO, bool]:
    """What is between paddings, each for itself; and whether there was anything beside. A chunk at a time."""
    found, is_odd, rest = BytesIO(), False, b""
    for at in range(0, end, _CHUNK):
        chunk = text[at : min(at + _CHUNK, end)].translate(None, _SPACES)
        coded = chunk.translate(None, _NO_BASE64)
        is_odd = is_odd or len(coded) < len(chunk)
        *whole, rest = _PADDING.split(rest + coded)
        for piece in whole:
            found.write(_padded(piece))
        ready = len(rest) - len(rest) % 4
        found.write(binascii.a2b_base64(rest[:ready]))
        rest = rest[ready:]
    found.write(_padded(rest))
    return found, is_odd


def _footer(text: bytes) -> int:
    """Where one begins; the end of the text where there is none."""
    at = 0
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        if not _BASE64_LINE.fullmatch(text, at, end):
            break
        at = end + 1
    # One odd character amid lines of base64 is damage, words are a text.
    return at if _is_words(text[at : at + 500]) else len(text)


def _is_words(sample: bytes) -> bool:
    return bool(sample.strip()) and (b" " in sample.strip() or sample.strip(b"_-=*\r\n ") == b"")


def _padded(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))
