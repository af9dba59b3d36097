"""The lines that tell mails of an mbox file apart, in the shapes of thirty years.

RFC 4155; the variants of mbox(5) of qmail: https://qmail.omnis.ch/man5/mbox.html. Examples:

    From jane@example.org Mon Jan  1 10:00:00 2001                   delivery agents
    From jane@example.org Mon Jan  1 10:00 MET 2001 remote from x    UUCP
    From - Mon Jan 01 10:00:00 2001                                  Thunderbird
    From ???@??? Mon Jan 01 10:00:00 2001                            Eudora
    From 1234567@xxx Mon Jan 01 10:00:00 +0000 2001                  Google Takeout
    From jane at example.org  Mon Jan  1 10:00:00 2001               Mailman
    From jane@example.org Mon, 1 Jan 2001 10:00:00 +0100             dates of RFC 5322
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

__all__ = ["LONGEST_LINE", "FromLine", "from_line", "is_field", "is_known_field", "unquoted"]

# A line is looked at no further; senders have at most 320 characters (RFC 3696, errata 1690).
LONGEST_LINE = 512
_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = rb"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = rb"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
_ZONE = rb"[+-]\d{4}|[A-Z]{1,5}(?: DST)?"
# asctime(3), with the zone before or after the year.
_ASCTIME = re.compile(
    rb"%s {1,2}%s {1,3}(?P<day>\d{1,2}) {1,2}%s(?: (?P<zone>%s))? (?P<year>\d{4})(?: (?P<late>%s))?"
    % (_DAY, _MONTH, _TIME, _ZONE, _ZONE)
)
_RFC_5322 = re.compile(
    rb"(?:%s, {1,2})?(?P<day>\d{1,2}) %s (?P<year>\d{4}) {1,2}%s"
    rb"(?: (?P<zone>%s))?(?: \([A-Za-z ]{1,40}\))?(?P<late>)" % (_DAY, _MONTH, _TIME, _ZONE)
)
_MONTHS = {name: number for number, name in enumerate(
    (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), start=1
)}  # fmt: skip
_TAIL = re.compile(rb"(?: remote from \S{1,200})?[ \t]*")
# "jane at example.org" is what Mailman makes of an address.
_SENDER = re.compile(rb"(?:[^\s]+|[^\s]+ at [^\s]+|\"[^\"]+\"\S*)")
_FIELD = re.compile(rb"[!-9;-~]{1,100}[ \t]{0,10}:")
_KNOWN = re.compile(
    rb"(?i)(?:x-[!-9;-~]{1,100}|return-path|received|message-id|date|from|to|cc|subject|sender|reply-to|"
    rb"delivered-to|envelope-to|mime-version|content-type|content-length|status|dkim-signature|references|"
    rb"in-reply-to|authentication-results|arc-[a-z-]{1,40}|organization|user-agent|precedence)[ \t]{0,10}:"
)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


class FromLine(NamedTuple):
    """``date`` is in UTC unless the line says otherwise; None where it tells none.

    ``is_exact``: nothing but a sender and a date, as programs write it.
    """

    date: datetime | None
    is_exact: bool


def from_line(line: bytes) -> FromLine:
    """What a line that begins with ``From `` says; without its end."""
    line = line[5:LONGEST_LINE].rstrip(b"\r")
    found = _ASCTIME.search(line) or _RFC_5322.search(line)
    if found is None:
        return FromLine(None, False)
    date = _date_of(found)
    sender = line[: found.start()].strip()
    is_exact = _SENDER.fullmatch(sender) is not None and _TAIL.fullmatch(line, found.end()) is not None
    return FromLine(date, is_exact and date is not None)


def is_field(line: bytes) -> bool:
    """Whether a line begins as a field of a header does (RFC 5322, 2.2)."""
    return _FIELD.match(line) is not None


def is_known_field(line: bytes) -> bool:
    """Whether it is one that mails begin with, and hardly a sentence with a colon."""
    return _KNOWN.match(line) is not None


def unquoted(content: bytes) -> bytes:
    """A mail with one ``>`` less before each ``>From `` of its body.

    That is what mboxrd means by it. mboxo puts a ``>`` before ``From `` alone, so this is right there, too,
    but where a mail itself had a line ``>From ``: nobody can tell these any more.
    """
    return _QUOTED.sub(rb"\1", content) if b"\n>From " in content or b"\n>>" in content else content


def _date_of(found: re.Match[bytes]) -> datetime | None:
    try:
        date = datetime(
            int(found["year"]), _MONTHS[found["month"]], int(found["day"]),
            int(found["hour"]), int(found["minute"]), min(int(found["second"] or 0), 59), tzinfo=UTC,
        )  # fmt: skip
        zone = found["zone"] or found["late"]
        if zone and zone[:1] in b"+-":
            minutes = int(zone[1:3]) * 60 + int(zone[3:5])
            date -= timedelta(minutes=minutes if zone[:1] == b"+" else -minutes)
    except (ValueError, OverflowError):
        return None
    return date
