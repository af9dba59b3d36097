"""Takes a date apart as it is written, without saying which of two numbers is the day."""

import re
import unicodedata
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal, NamedTuple

from tiketti_migrate_csv.date_tail import tail_of
from tiketti_migrate_csv.date_words import MONTHS, WEEKDAYS
from tiketti_migrate_csv.plain import plain

__all__ = ["Head", "Order", "Parts", "numeric_head", "take_apart", "unix_time"]

Order = Literal["dmy", "mdy", "ymd"]


class Head(NamedTuple):
    """The three numbers of a date in the order in which they stand in the cell.

    ``order`` says what they are where the notation itself settles it: a year of four digits first, dots
    (always day first) or the name of a month. ``end`` is where the date ends in the text.
    """

    numbers: tuple[int, int, int]
    order: Order | None
    short_year: bool
    separator: str
    end: int


class Parts(NamedTuple):
    """A date and the time of day; ``zone`` is an offset, letters that need a zone to be known, or None."""

    head: Head
    clock: time
    zone: tzinfo | str | None


_LONGEST = 100
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANKS = re.compile(r"\s+")

_NUMERIC = re.compile(
    r"([0-9]{1,4})(?:\s?([./-])\s?([0-9]{1,2})\s?\2\s?|\s([0-9]{1,2})\s)([0-9]{4}|[0-9]{1,2})(?![0-9])"
)
_COMPACT = re.compile(r"((?:19|20|21)[0-9]{2})([01][0-9])([0-3][0-9])")
_COMPACT_CLOCK = re.compile(r"[T_ -]?([0-9]{2})([0-9]{2})([0-9]{2})?(?:\.[0-9]{1,9})?(?![0-9.:])")
_WORD = r"([^\W\d_]{3,})\.?"
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th|er|:?e|º|°|\.)?"
_YEAR = r"'?([0-9]{4}(?![0-9])|[0-9]{2}(?![0-9:.h]))"
_NAMED: tuple[tuple[Order, re.Pattern[str]], ...] = (
    ("dmy", re.compile(rf"{_DAY}[\s/.-]*(?:(?:de|of)\s)?{_WORD}[\s/.,-]*(?:del?\s)?{_YEAR}")),
    ("mdy", re.compile(rf"{_WORD}[\s/-]*{_DAY}[\s/,-]+{_YEAR}")),
    ("ymd", re.compile(rf"([0-9]{{4}})[\s/.,-]*{_WORD}[\s/.-]*{_DAY}(?![0-9])")),
)
# What C and Java print: "Tue Mar 03 14:05:09 EET 2021".
_YEAR_LAST = re.compile(rf"{_WORD}\s([0-9]{{1,2}})\s([0-9:]{{5,8}}(?:\s\S{{1,6}})?)\s([0-9]{{4}})")
_FIRST_WORD = re.compile(r"([^\W\d_]{2,}(?:-feira)?)[.,]*\s")
_ARTICLES = frozenset({"den", "der", "el", "le", "am"})
_CLOCK_FIRST = re.compile(
    r"([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\s?[ap]\.?m\.?)?)[\s,]+(\S.*)", re.IGNORECASE
)
# Twelve digits are a compact date with hour and minute, fourteen one with seconds.
_UNIX = re.compile(r"[0-9]{9,10}(?:[.,][0-9]{1,9})?|[0-9]{13}|[0-9]{16}")
# Later seconds would read as a compact date with an hour ("2034011614").
_LAST_UNIX = 2_000_000_000


def take_apart(cell: str) -> Parts | None:
    """The parts of the date in the cell; None when it holds none, or anything beside it."""
    if len(cell) > _LONGEST:
        return None
    text = _BLANKS.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFKC", cell))).strip()
    try:
        return _date_first(text) or _clock_first(text) or _without_first_word(text)
    except ValueError:  # an hour of 25, an offset of +99:00
        return None


def numeric_head(text: str) -> Head | None:
    """The date of three numbers at the beginning of the text."""
    found = _NUMERIC.match(text)
    if found is None:
        return None
    first, separator, second, blank_second, third = found.groups()
    short = len(first) < 3 and len(third) == 2
    if not short and (len(first) == 4) == (len(third) == 4):
        return None
    order: Order | None = "ymd" if len(first) == 4 else "dmy" if separator == "." else None
    numbers = int(first), int(second or blank_second), int(third)
    return Head(numbers, order, short, separator or " ", found.end())


def unix_time(cell: str) -> datetime | None:
    """The time that seconds, milliseconds or microseconds since 1970 name, between 1973 and 2033."""
    if not _UNIX.fullmatch(cell):
        return None
    number, _, part = cell.replace(",", ".").partition(".")
    digits = max(len(number), 10)
    micros = int(number) * 10 ** (16 - digits) + int(part[:6].ljust(6, "0"))
    if micros >= _LAST_UNIX * 1_000_000:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _date_first(text: str) -> Parts | None:
    head = numeric_head(text)
    if head is None and text[:8].isdigit():
        return _compact(text)
    head = head or _named_head(text)
    return _with_tail(head, text, head.end) if head else None


def _with_tail(head: Head, text: str, start: int) -> Parts | None:
    # Finnish and German sentences leave a dot after the year of "3.3.2021.".
    tail = tail_of(text.removesuffix("."), start)
    return tail and Parts(head, tail.clock, tail.zone)


def _compact(text: str) -> Parts | None:
    """``20210303``, ``20210303T140509Z``, ``202103031405``."""
    found = _COMPACT.match(text)
    if found is None:
        return None
    head = Head((int(found[1]), int(found[2]), int(found[3])), "ymd", False, "", found.end())
    clock = _COMPACT_CLOCK.match(text, found.end())
    parts = _with_tail(head, text, clock.end() if clock else head.end)
    if parts is None or clock is None:
        return parts
    return parts._replace(clock=time(int(clock[1]), int(clock[2]), int(clock[3] or 0)))


def _named_head(text: str) -> Head | None:
    for order, pattern in _NAMED:
        found = pattern.match(text)
        if found is None:
            continue
        first, second, third = (_number(group) for group in found.groups())
        if first is not None and second is not None and third is not None:
            year = found[1] if order == "ymd" else found[3]
            return Head((first, second, third), order, len(year) == 2, "name", found.end())
    return None


def _number(group: str) -> int | None:
    return int(group) if group.isdigit() else MONTHS.get(plain(group))


def _clock_first(text: str) -> Parts | None:
    found = _CLOCK_FIRST.fullmatch(text)
    return _date_first(f"{found[2]} {found[1]}") if found else None


def _without_first_word(text: str) -> Parts | None:
    """A date after the day of the week, an article, or with the year behind the time."""
    found = _FIRST_WORD.match(text)
    if found and (plain(found[1]) in WEEKDAYS or found[1].casefold() in _ARTICLES):
        rest = text[found.end() :]
        return _date_first(rest) or _year_last(rest) or _without_first_word(rest)
    return _year_last(text)


def _year_last(text: str) -> Parts | None:
    found = _YEAR_LAST.fullmatch(text)
    return _date_first(f"{found[1]} {found[2]}, {found[4]} {found[3]}") if found else None
