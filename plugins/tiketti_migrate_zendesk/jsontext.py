"""A JSON text as a value: strictly and quickly, then as old tools write it, else the reason why not."""

import json
from typing import Any, NamedTuple

import orjson

__all__ = ["Broken", "Decoded", "decode", "decode_line"]

_BOM = b"\xef\xbb\xbf"
_LENIENT = json.JSONDecoder(strict=False)
_BETWEEN = " \t\r\n,\x1e"


class Decoded(NamedTuple):
    """A JSON value; ``repaired``: characters that are not Unicode or not JSON were replaced."""

    value: Any
    repaired: bool = False


class Broken(NamedTuple):
    """Why a text is no JSON."""

    reason: str


def decode(data: bytes) -> Decoded | Broken:
    """The value in a JSON text."""
    found = decode_line(data)
    if isinstance(found, Broken):
        return found
    return found[0] if len(found) == 1 else Broken(f"there are {len(found)} values where one is expected")


def decode_line(data: bytes) -> list[Decoded] | Broken:
    """The values in a text that holds nothing else, one behind the other."""
    try:
        return [Decoded(orjson.loads(data))]
    except orjson.JSONDecodeError:
        pass
    try:
        words, repaired = data.removeprefix(_BOM).decode(), False
    except UnicodeDecodeError:
        words, repaired = data.removeprefix(_BOM).decode("utf-8", "replace"), True
    try:
        return [_decoded(words[start:end], value, repaired) for start, end, value in _values(words)]
    except json.JSONDecodeError as error:
        return Broken(f"{error.msg} at column {error.colno}")
    except (ValueError, RecursionError):
        return Broken("a number is too long or the nesting too deep")


def _values(words: str) -> list[tuple[int, int, Any]]:
    """Takes raw control characters and halves of surrogate pairs, too."""
    found: list[tuple[int, int, Any]] = []
    start = _skip(words, 0)
    while start < len(words) or not found:
        value, end = _LENIENT.raw_decode(words, start)
        found.append((start, end, value))
        start = _skip(words, end)
    return found


def _skip(words: str, start: int) -> int:
    while start < len(words) and words[start] in _BETWEEN:
        start += 1
    return start


def _decoded(words: str, value: Any, repaired: bool) -> Decoded:
    try:
        return Decoded(orjson.loads(words), repaired)
    except ValueError:
        return Decoded(value, True)
