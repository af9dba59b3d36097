"""Short names made of what cells say, the same however a spreadsheet writes these cells when it saves them.

They depend on nothing but the cells: neither on what a column is taken for, nor on other rows, nor on options
such as the time zone or the order of dates, so that correcting those makes nothing new.
"""

import hashlib
import html
import re
from functools import lru_cache

from tiketti_migrate_csv.date_evidence import full_year
from tiketti_migrate_csv.date_parts import Parts, take_apart

__all__ = ["digest", "told", "written"]

_LONGEST = 40
_WHOLE = re.compile(r"0*([0-9]+?)(?:[.,]0*)?")
_BROKEN = re.compile(r"0*([0-9]+)[.,]([0-9]*[1-9])0*")
_CLOCK = re.compile(r"0?([0-9]{1,6}:[0-9]{2})(:[0-9]{2})?")
_DATE = re.compile(
    r"(?:([0-9]{4})([./-])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{1,2})([./-])([0-9]{1,2})\6([0-9]{4}))"
    r"(?:[T ]0?([0-9]{1,2}:[0-9]{2})(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?)?(\s?UTC|Z)?"
)
_MAYBE_A_DATE = re.compile(r"[0-9].*[0-9]{2}", re.DOTALL)
_NIGHT = "0:00"
_BETWEEN = " \u241f "
# "2024-01-05 09:30:15"
_ISO_LENGTH = 19


def digest(*texts: str) -> str:
    """Twelve letters that tell texts apart, but not their case nor how many blanks there are in a row."""
    words = _BETWEEN.join(texts).casefold()
    # Splitting takes more time than all the rest.
    if "  " in words or not words.isprintable():
        words = " ".join(words.split())
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=6).hexdigest()


def told(text: str) -> str:
    """What is equal for a text whether the column it stands in shows entities and written-out line breaks."""
    if "\\" in text:
        text = text.replace("\\r", " ").replace("\\n", " ").replace("\\t", " ")
    return html.unescape(text) if "&" in text else text


def written(cell: str) -> str:
    """A number, time of day or date that begins with a digit in its plainest form; any other text as it is.

    Spreadsheets write ``2024-01-05 09:30:15`` as ``05.01.2024 09:30`` or ``1/5/2024 9:30``: day and month are
    sorted, because what they are is the column's to say, and seconds are dropped.
    """
    cell = cell.strip()
    if len(cell) <= _LONGEST and cell[:1].isdigit():
        return (_iso(cell) if cell[4:5] == "-" else None) or _plainest(cell)
    return cell


def _iso(cell: str) -> str | None:
    """What most exports have, by its day, because days repeat."""
    if len(cell) != _ISO_LENGTH or cell[13] != ":" or cell[16] != ":" or cell[10] not in " T":
        return None
    hour, minute = cell[11:13], cell[14:16]
    if not (hour + minute + cell[17:]).isdecimal():
        return None
    day = _plainest(cell[:10])
    if day[4:5] != "~":
        return None
    return f"{day}~{hour.removeprefix('0')}:{minute}" if hour != "00" or minute != "00" else day


@lru_cache(maxsize=8192)
def _plainest(cell: str) -> str:
    if found := _DATE.fullmatch(cell):
        year, _, month, day, first, _, second, last, clock, zone = found.groups()
        return _date(
            int(year or last),
            int(month or first),
            int(day or second),
            clock or _NIGHT,
            "~UTC" if zone else "",
        )
    if found := _WHOLE.fullmatch(cell):
        return found[1]
    if found := _BROKEN.fullmatch(cell):
        return f"{found[1]}.{found[2]}"
    if found := _CLOCK.fullmatch(cell):
        return found[1] + (found[2] if found[2] not in (None, ":00") else "")
    parts = take_apart(cell) if _MAYBE_A_DATE.match(cell) else None
    return (parts and _taken_apart(parts)) or cell


def _date(year: int, one: int, other: int, clock: str, zone: str = "") -> str:
    return f"{year}~{min(one, other)}~{max(one, other)}{'' if clock == _NIGHT else f'~{clock}'}{zone}"


def _taken_apart(parts: Parts) -> str | None:
    head, clock = parts.head, parts.clock
    if head.order is None and head.short_year:
        return None
    first, second, third = head.numbers
    year, month, day = (first, second, third) if head.order == "ymd" else (third, second, first)
    zone = "" if parts.zone is None else f"~{parts.zone}"
    return _date(full_year(year, head.short_year), month, day, f"{clock.hour}:{clock.minute:02}", zone)
