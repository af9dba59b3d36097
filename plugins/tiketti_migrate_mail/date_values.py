"""Dates of mails: by one pattern in the usual case, with patience in the others.

RFC 5322, 3.3 and 4.3 (two-digit years, named zones), asctime, ISO 8601, and what old mailers made of them.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz

from dateutil.parser import parse

from tiketti_migrate_mail.encoded_words import one_line

__all__ = ["date_of", "instant_of", "is_credible"]

_USUAL = re.compile(
    rb"\s*(?:[A-Za-z]{3},\s*)?(\d\d?) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? ([+-])(\d\d)([0-5]\d)"
    rb"\s*(?:\([^()]{0,40}\))?\s*"
)
_MONTHS = {
    name: number
    for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)
}
_COMMENT = re.compile(r"\([^()]*\)?")
_OFFSET = re.compile(r"(?:[A-Za-z]{1,5}\s?)?([+-])(\d\d?):?([0-5]\d)$")
_WORD = re.compile(r"\s*\b([A-Za-z]{1,5})$")
_WORD_INSIDE = re.compile(r"\s([A-Za-z]{2,5})(?:\sDST)?(\s\d{4})$")
_TIME = re.compile(r"\d[:.]\d\d")
# Hours before or after UTC; RFC 5322, 4.3, and those of mailers that write them all the same.
_ZONES = {
    **dict.fromkeys(("UT", "UTC", "GMT", "Z", "WET", "GMTST"), 0.0),
    **dict.fromkeys(("MEZ", "CET", "MET", "WEST", "BST", "WAT", "MEWT"), 1.0),
    **dict.fromkeys(("MESZ", "CEST", "MEST", "EET", "SAST", "CAT", "METDST"), 2.0),
    **dict.fromkeys(("EEST", "MSK", "EAT", "TRT"), 3.0),
    **dict.fromkeys(("MSD", "GST"), 4.0),
    **dict.fromkeys(("IST",), 5.5),
    **dict.fromkeys(("HKT", "SGT", "AWST"), 8.0),
    **dict.fromkeys(("JST", "KST"), 9.0),
    **dict.fromkeys(("AEST",), 10.0),
    **dict.fromkeys(("AEDT",), 11.0),
    **dict.fromkeys(("NZST",), 12.0),
    **dict.fromkeys(("NZDT",), 13.0),
    **dict.fromkeys(("ADT", "BRT", "ART", "CLST"), -3.0),
    **dict.fromkeys(("AST", "EDT", "CLT"), -4.0),
    **dict.fromkeys(("EST", "CDT"), -5.0),
    **dict.fromkeys(("CST", "MDT"), -6.0),
    **dict.fromkeys(("MST", "PDT"), -7.0),
    **dict.fromkeys(("PST", "AKDT"), -8.0),
    **dict.fromkeys(("AKST",), -9.0),
    **dict.fromkeys(("HST",), -10.0),
}
_LONGEST = 100
_FIRST_YEAR = 1971
_AHEAD = timedelta(days=2)
# Two days that share neither year, month nor day: what dateutil takes from them was not in the value.
_UNSAID = (datetime(1972, 2, 3), datetime(1973, 4, 5))


def date_of(raw: bytes) -> datetime | None:
    """In UTC, which is also meant where no zone is said; None for what is no date or cannot be one.

    That is one before 1971 or more than two days ahead: of clocks that were never set, and of spam.
    """
    found = instant_of(raw)
    return found if found is not None and is_credible(found) else None


def is_credible(found: datetime) -> bool:
    """Whether a mail can be of this date."""
    return found.year >= _FIRST_YEAR and found <= datetime.now(UTC) + _AHEAD


def instant_of(raw: bytes) -> datetime | None:
    """What is written, in UTC, credible or not."""
    usual = _USUAL.fullmatch(raw)
    if usual is None:
        return _patiently(one_line(raw[: 4 * _LONGEST]))
    day, month, year, hour, minute, second, sign, hours, minutes = usual.groups()
    try:
        found = datetime(
            int(year), _MONTHS[month], int(day), int(hour), int(minute), min(59, int(second or 0)), tzinfo=UTC
        )
        if hours == b"00" == minutes:
            return found
        away = timedelta(hours=int(hours), minutes=int(minutes))
        return found + away if sign == b"-" else found - away
    except (KeyError, ValueError, OverflowError):
        return _patiently(one_line(raw))


def _patiently(text: str) -> datetime | None:
    text = _COMMENT.sub(" ", text)[:_LONGEST].strip(" ;,.\"'")
    if not any(map(str.isdigit, text)):
        return None
    rest, zone = _without_zone(text)
    found = _rfc_822(rest) or _iso(text) or _by_dateutil(rest)
    if found is None:
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _without_zone(text: str) -> tuple[str, tzinfo]:
    """The rest and the zone; of "GMT+0200" the offset counts."""
    if offset := _OFFSET.search(text):
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        if away < timedelta(hours=24) and _TIME.search(text, 0, offset.start()):
            zone = timezone(-away if offset[1] == "-" else away)
            return text[: offset.start()].strip(), zone
    if (word := _WORD.search(text)) and word[1].upper() not in ("AM", "PM"):
        away = timedelta(hours=_ZONES.get(word[1].upper(), 0.0))
        return text[: word.start()].strip(), timezone(away)
    # asctime with a zone: "Mon Jan  5 12:00:00 EST 1998".
    if (inside := _WORD_INSIDE.search(text)) and inside[1].upper() in _ZONES:
        return text[: inside.start()] + inside[2], timezone(timedelta(hours=_ZONES[inside[1].upper()]))
    return text, UTC


def _rfc_822(text: str) -> datetime | None:
    if text[-2:].upper() in ("AM", "PM") or "-" in text[:5]:
        return None
    try:
        parts = parsedate_tz(text)
        # Without a time in it, the value may be one of another order.
        if parts is None or not _TIME.search(text):
            return None
        # Three digits are the years since 1900 (RFC 5322, 4.3).
        year = parts[0] + 1900 if parts[0] < 1000 else parts[0]
        return datetime(year, *parts[1:5], min(59, parts[5]))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text[:4].isdigit() else None
    except ValueError:
        return None


def _by_dateutil(text: str) -> datetime | None:
    try:
        one, other = (parse(text, default=unsaid, tzinfos={}, ignoretz=True) for unsaid in _UNSAID)
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError, ArithmeticError):
        return None
    return one if one.date() == other.date() else None
