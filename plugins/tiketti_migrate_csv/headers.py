"""The name of a column without what only decorates it: case, accents, punctuation, plural, marks, units."""

import re
import unicodedata
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tiketti_migrate_csv.data import read
from tiketti_migrate_csv.zones import zone_named

__all__ = [
    "DurationUnit",
    "base",
    "duration_unit",
    "key",
    "says_nothing",
    "time_zone",
    "without_number",
    "words",
]

DurationUnit = Literal["seconds", "minutes", "hours", "days"]

# Longer than any name that a person or a tool gives a column: the rest of such a cell says nothing.
_LONGEST = 200
_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ð": "d", "ł": "l"}
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBER_SIGN = re.compile(r"(?<![^\W_])n[°º]|№|#", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]{0,40})[)\]][\W_]*\Z")
_WORD = re.compile(r"[^\W_]+")
_ZONES = frozenset({"utc", "gmt", "z"})
_OFFSET = re.compile(r"UTC|GMT|Z|(?:UTC|GMT)?[+-](?:0?\d|1[0-4])(?::?[0-5]\d)?", re.IGNORECASE)
_PLACE = re.compile(r"[CEW]ET|[A-Z][A-Za-z]{1,20}/[A-Z][A-Za-z_/-]{1,40}")
_WORDS = read("vocabulary.toml")
_UNIT_OF: dict[str, DurationUnit] = {word: unit for unit, said in _WORDS["units"].items() for word in said}
# What stands in brackets behind a name and does not change what the column is.
_MARKS = frozenset(_WORDS["marks"])
_PLACEHOLDERS = frozenset(_WORDS["placeholders"])
_IN = frozenset({"in", "en", "em", "i"})
# In front of a name, a second and a day may be something else.
_FIRST_UNITS: frozenset[DurationUnit | None] = frozenset({"minutes", "hours"})
_TRAILING_NUMBER = re.compile(r"(?<=\D)\d{1,4}\Z")


@lru_cache(maxsize=8192)
def words(header: str) -> tuple[str, ...]:
    """The words of a header, folded: ``"Ticket_ID*"`` and ``"ticketId"`` are ``("ticket", "id")``."""
    text = unicodedata.normalize("NFKC", _NUMBER_SIGN.sub(" number ", header[:_LONGEST])).translate(_LETTERS)
    text = _without_mark("".join(map(_folded, unicodedata.normalize("NFD", text))).strip())
    return tuple(_singular(word) for word in _WORD.findall(_CAMEL.sub(" ", text).casefold()))


def key(header: str) -> str:
    """What headers are compared by: their words run together, so that ``E-Mail`` is ``email``."""
    return "".join(words(header))


def without_number(name: str) -> str:
    """A key without the number that makes a repeated column unique (``comment2``, pandas' ``Comment.1``)."""
    return _TRAILING_NUMBER.sub("", name)


def says_nothing(header: str) -> bool:
    """Whether a header is none: empty, a number, one letter, or a placeholder (``Column1``, ``Feld 3``)."""
    name = key(header)
    return len(name) <= 1 or name.isdigit() or without_number(name) in _PLACEHOLDERS


def duration_unit(header: str) -> DurationUnit | None:
    """The only unit that a header names in brackets, last or as its first word, if any.

    ``Time spent (min)``, ``duration_hours``, ``Minutes worked``; but ``Second contact`` names none.
    """
    inside = _BRACKETS.search(unicodedata.normalize("NFKC", header[:_LONGEST]))
    named = [word for word in words(inside[1]) if word not in _IN] if inside else []
    if named and named[-1] in _UNIT_OF:
        return _UNIT_OF[named[-1]]
    named = [word for word in words(header) if word not in _IN]
    found = {_UNIT_OF[word] for word in named if word in _UNIT_OF and len(word) > 1}
    if not named or len(found) > 1:
        return None
    first = _UNIT_OF.get(named[0])
    return _UNIT_OF.get(named[-1]) or (first if first in _FIRST_UNITS else None)


def time_zone(header: str) -> tzinfo | None:
    """The zone that a header names: ``Created (UTC)``, ``created_at_utc``, ``Created (Europe/Helsinki)``."""
    inside = _BRACKETS.search(header[:_LONGEST])
    if inside:
        return _zone_inside(inside[1])
    named = words(header)
    return UTC if named and named[-1] in _ZONES else None


def _folded(character: str) -> str:
    """Accents and invisible characters (a byte order mark) go, control characters part words."""
    if character == "\ufffd":
        # An undecodable letter stands in for one letter, so that the word is only misspelt.
        return "x"
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category == "Cf" or category.startswith("M") else character


def base(header: str) -> str:
    """The key without a unit or a time zone at its end: ``durationMinutes`` is ``duration``."""
    named = list(words(header))
    while named and (named[-1] in _UNIT_OF or named[-1] in _ZONES or named[-1] in _IN):
        named.pop()
    return "".join(named)


@lru_cache(maxsize=1024)
def _zone_inside(text: str) -> tzinfo | None:
    """What stands in brackets; letters such as CST, which several zones bear, name none."""
    name = text.replace(" ", "")
    if _OFFSET.fullmatch(name):
        return zone_named(name)
    try:
        return ZoneInfo(name) if _PLACE.fullmatch(name) else None
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return None


def _without_mark(text: str) -> str:
    while (inside := _BRACKETS.search(text)) is not None:
        if _zone_inside(inside[1]) is not None:
            text = text[: inside.start()]
            continue
        named = [word for word in _WORD.findall(inside[1].casefold()) if word not in _IN]
        if not all(word in _UNIT_OF or word in _ZONES or word in _MARKS for word in named):
            break
        text = text[: inside.start()]
    return text


def _singular(word: str) -> str:
    """English and Romance plurals fall together; ``status``, ``address`` and ``analysis`` are none."""
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word
