"""Bytes that are UTF-8 but for some of them: cut amid a character, or damaged on their way."""

import codecs
import re

__all__ = ["damaged_utf8"]

_MOST_LOOKED_AT = 65_536
_HIGH = re.compile(rb"[\x80-\xff]")
# How nearly all characters of two bytes begin in the languages of Western Europe; as Latin-1 they are rare.
_FIRST_HALVES = (b"\xc2", b"\xc3")


def damaged_utf8(content: bytes) -> str | None:
    """The text, with U+FFFD for what is lost; None where it looks like another charset.

    What is whole in a text of another charset is so by accident, and less than what is broken.
    """
    first = _HIGH.search(content)
    if first is None:
        return None
    sample = content[first.start() : first.start() + _MOST_LOOKED_AT]
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd") - sample.count(b"\xef\xbf\xbd")
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    is_one_half = not whole and broken == 1 and sample.endswith(_FIRST_HALVES)
    is_damaged = is_one_half or whole > broken - _is_cut(sample)
    return content.decode("utf-8", "replace") if is_damaged else None


def _is_cut(content: bytes) -> bool:
    """Whether it ends amid a character."""
    tail = content[-3:]
    return codecs.utf_8_decode(tail, "replace", False)[1] < len(tail)
