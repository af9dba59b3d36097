"""Times of an export: ISO 8601 in UTC, and what older tools made of it (zendesk-format.md)."""

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from dateutil import parser as dateutil_parser

from tiketti_migrate_zendesk.values import number, shown

__all__ = ["Moment", "moment", "usual_moment"]

_BLANK_BEFORE_OFFSET = re.compile(r"\s+([+-]\d\d:?\d\d|Z)$")
_YEAR = re.compile(r"(?<!\d)(19[7-9]\d|2[01]\d\d)(?!\d)")
_LONGEST = 64
# Tools write the year 1 or 1900 for "never".
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_USUAL_LENGTH = len("2023-05-01T12:30:00Z")
# Numbers between these are seconds since 1970 (1973 to 2096); a thousand times as much is milliseconds.
_FIRST_SECOND, _LAST_SECOND = 100_000_000, 4_000_000_000


class Moment(NamedTuple):
    """A time in UTC, None when there is no readable one; ``warning`` says what was guessed or wrong."""

    at: datetime | None
    warning: str | None = None


def moment(value: Any) -> Moment:
    """The time that ``value`` names, to the letter or by a guess that is said."""
    if value is None or value == "":
        return Moment(None)
    if (usual := usual_moment(value)) is not None:
        return Moment(usual)
    if isinstance(value, int | float):
        return _checked(_from_number(value), value, "is read as Unix time")
    if not isinstance(value, str) or len(value) > _LONGEST:
        return _checked(None, value)
    words = _BLANK_BEFORE_OFFSET.sub(r"\1", value.strip())
    try:
        return _checked(datetime.fromisoformat(words), value)
    except ValueError:
        return _checked(_guessed(words), value, "is not ISO 8601 and is read as {}")


def usual_moment(value: Any) -> datetime | None:
    """The time as Zendesk itself writes it; None for every other value."""
    if type(value) is not str or len(value) != _USUAL_LENGTH or value[-1] != "Z":
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _from_number(value: float) -> datetime | None:
    seconds = number(value) or 0
    for scale in (1, 1000):
        if _FIRST_SECOND <= seconds // scale <= _LAST_SECOND:
            return datetime.fromtimestamp(seconds / scale, UTC)
    return None


def _guessed(words: str) -> datetime | None:
    """Other notations; only complete dates, since the parser fills what is missing from its default."""
    if not _YEAR.search(words):
        return None
    try:
        one, other = (
            dateutil_parser.parse(words, default=default, tzinfos=lambda _name, offset: offset)
            for default in (datetime(2000, 1, 1), datetime(2004, 2, 2))
        )
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    return one if one == other else None


def _checked(found: datetime | None, value: Any, warning: str | None = None) -> Moment:
    if found is None:
        return Moment(None, f"the date {shown(value)} cannot be read")
    if found.tzinfo is None:
        found, warning = found.replace(tzinfo=UTC), warning or "names no time zone and is read as UTC"
    try:
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        return Moment(None, f"the date {shown(value)} cannot be read")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return Moment(None, f"the date {shown(value)} is no date of a helpdesk")
    said = warning.format(found.isoformat()) if warning else None
    return Moment(found, f"the date {shown(value)} {said}" if said else None)
