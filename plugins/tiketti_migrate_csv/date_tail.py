"""What follows a date in a cell: the time of day and the time zone."""

import re
from datetime import UTC, time, timedelta, timezone, tzinfo
from typing import NamedTuple

from tiketti_migrate_csv.date_words import ZONE_OFFSETS

__all__ = ["Tail", "tail_of"]


class Tail(NamedTuple):
    """A time of day; ``zone`` is an offset, the letters of a zone that is not known here, or None."""

    clock: time
    zone: tzinfo | str | None


_CLOCK = (
    r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2})(?:[:.m](?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?s?)?"
    r"(?:\s?(?P<half>[ap])\.?\s?m\b\.?|\s?(?P<whole>uhr|h)\b)?"
)
# "um 14:05", "klo 14.05", "à 14h05", "at 2:05 PM", "T14:05", "-14.05.09" (DB2).
_BETWEEN = r"(?:,?\s(?:klo|kl\.?|um|at|à|às|a\slas?|@|-)\s|,?\s|t|-|,)"
_ZONE = (
    r"(?:\s?\(?(?P<letters>[a-z]{1,5})\)?(?![a-z0-9]))?"
    # Go prints "+0000 UTC".
    r"(?:\s?(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?(?:\s[a-z]{3,4})?)?"
    # Java's "[Europe/Helsinki]" and JavaScript's "(Eastern European Standard Time)" repeat the offset.
    r"(?P<remark>\s?[(\[][^()\[\]]*[)\]])?"
)
_TAIL = re.compile(rf"(?:{_BETWEEN}{_CLOCK})?{_ZONE}", re.IGNORECASE)
_MIDNIGHT = time()
_WIDEST = timedelta(hours=15)


def tail_of(text: str, start: int) -> Tail | None:
    """What stands from ``start`` on; None when that is neither a time nor a zone. Raises ValueError."""
    if start == len(text):
        return Tail(_MIDNIGHT, None)
    found = _TAIL.fullmatch(text, start)
    return found and Tail(_clock(found), _zone(found))


def _clock(found: re.Match[str]) -> time:
    if found["hour"] is None:
        return _MIDNIGHT
    if not (found["minute"] or found["half"] or found["whole"]):
        raise ValueError("an hour without minutes")
    hour = int(found["hour"])
    if found["half"] in ("p", "P") and hour < 12:
        hour += 12
    elif found["half"] in ("a", "A"):
        hour = 25 if hour > 12 else hour % 12
    micros = int((found["part"] or "")[:6].ljust(6, "0"))
    return time(hour, int(found["minute"] or 0), int(found["second"] or 0), micros)


def _zone(found: re.Match[str]) -> tzinfo | str | None:
    letters = found["letters"] and found["letters"].casefold()
    if not found["sign"]:
        if letters is None:
            return None
        offset = ZONE_OFFSETS.get(letters)
        return found["letters"] if offset is None else timezone(offset) if offset else UTC
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if offset > _WIDEST or ZONE_OFFSETS.get(letters or "z") != timedelta():
        raise ValueError("no offset of a time zone")
    return timezone(-offset if found["sign"] == "-" else offset)
