"""What is wrapped in a mail: signed and encrypted content, invitations, and old formats of text.

S/MIME (RFC 8551), OpenPGP (RFC 9580, 7), iCalendar (RFC 5545, 5546), text/enriched (RFC 1896).
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

__all__ = [
    "ENCRYPTED_PGP",
    "ENCRYPTED_SMIME",
    "calendar_text",
    "content_ids",
    "enriched_text",
    "signed_content",
    "unsigned_text",
]

ENCRYPTED_SMIME = "This mail is encrypted (S/MIME): only its recipients can read it. It is kept as a file."
ENCRYPTED_PGP = "This mail is encrypted (PGP): only its recipients can read it. It is kept as a file."

_CID = re.compile(r"cid:([^\"'\s<>)]{1,300})")
_LARGEST_CALENDAR = 262_144
_LONGEST_TEXT = 20_000
_ZONE = re.compile(
    rb"(?im)^BEGIN:VTIMEZONE[^\n]*\n(?:(?!(?:BEGIN|END):VTIMEZONE)[^\n]*\n)*+END:VTIMEZONE[^\n]*\n?"
)
_METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Answer",
    "COUNTER": "Other time proposed",
}
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "accepted tentatively"}
# OSError: names of time zones are looked up as files.
_FAILURES = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, OSError)
_BEGIN, _SIGNATURE = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
_HIDDEN = re.compile(r"(?is)<param>[^<]{0,1000}</param>")
_COMMAND = re.compile(r"<(/?[A-Za-z][\w-]{0,59})>")


def content_ids(html: str) -> set[str]:
    """The ids that a text shows (RFC 2392)."""
    return {unquote(found) for found in _CID.findall(html)}


def enriched_text(text: str) -> str:
    """text/enriched as plain text: single line breaks are none, of several one is none."""
    text = _COMMAND.sub("", _HIDDEN.sub("", text).replace("<<", "\0")).replace("\0", "<")
    return re.sub(r"\n+", lambda found: "\n" * (len(found[0]) - 1) or " ", text).strip(" ")


def unsigned_text(text: str) -> str:
    """A text without the armor of an inline signature; what stands around it stays."""
    kept: list[str] = []
    at = 0
    while (begin := _at_line(text, _BEGIN, at)) >= 0:
        head = text.find("\n\n", begin)
        signature = _at_line(text, _SIGNATURE, begin)
        end = text.find(_END, signature) if signature >= 0 else -1
        if not begin < head < signature < end:
            break
        signed = f"\n{text[head + 2 : signature]}".replace("\n- ", "\n")[1:]
        kept += (text[at:begin], signed)
        at = end + len(_END)
    kept.append(text[at:])
    return "".join(kept)


def _at_line(text: str, mark: str, start: int) -> int:
    if text.startswith(mark, start) and (not start or text[start - 1] == "\n"):
        return start
    found = text.find(f"\n{mark}", start)
    return found + 1 if found >= 0 else -1


def signed_content(content: bytes) -> bytes | None:
    """What an application/pkcs7-mime of signed data holds; None where it is no such, or is detached."""
    # Imported here: few mails need it.
    from asn1crypto import cms

    try:
        found = cms.ContentInfo.load(content)
        if found["content_type"].native != "signed_data":
            return None
        inner = found["content"]["encap_content_info"]["content"].native
    except _FAILURES:
        return None
    return inner if isinstance(inner, bytes) else None


def calendar_text(content: bytes, warnings: list[str]) -> str | None:
    """An invitation as people read it; None for what is none."""
    # Imported here: it takes a while, and few mails need it.
    import icalendar

    if len(content) > _LARGEST_CALENDAR:
        return None
    try:
        # Rules of time zones can name each second of a century.
        calendar = icalendar.Calendar.from_ical(_ZONE.sub(b"", content.replace(b"\r\n", b"\n")))
        event = next(iter(calendar.walk("VEVENT")), None)
        return None if event is None else "\n".join(_event_lines(calendar, event)).strip()
    except _FAILURES:
        warnings.append("The invitation cannot be read; it is kept as a file")
        return None


def _event_lines(calendar: Any, event: Any) -> Iterator[str]:
    method = str(calendar.get("METHOD", "")).upper()
    yield f"{_METHODS.get(method, 'Event')}: {_line(event.get('SUMMARY'))}"
    when = _when(event)
    if when:
        yield f"When: {when}"
    if place := _line(event.get("LOCATION")):
        yield f"Where: {place}"
    if "ORGANIZER" in event:
        yield f"Organizer: {_person(event['ORGANIZER'])}"
    if method == "REPLY":
        yield from _answers(event.get("ATTENDEE"))
    if text := str(event.get("DESCRIPTION", "")).strip():
        yield ""
        yield text[:_LONGEST_TEXT]


def _line(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())[:500]


def _answers(attendees: Any) -> Iterator[str]:
    for one in attendees if isinstance(attendees, list) else [attendees]:
        answer = _ANSWERS.get(str(getattr(one, "params", {}).get("PARTSTAT", "")).upper())
        if answer:
            yield f"{_person(one)}: {answer}"


def _person(value: Any) -> str:
    email = _line(value).removeprefix("mailto:").removeprefix("MAILTO:")
    name = _line(getattr(value, "params", {}).get("CN"))
    return f"{name} <{email}>" if name and name != email else email


def _when(event: Any) -> str:
    start, end = (getattr(event.get(name), "dt", None) for name in ("DTSTART", "DTEND"))
    if not isinstance(start, date):
        return ""
    if not isinstance(start, datetime):
        return start.isoformat()
    zone = event["DTSTART"].params.get("TZID") or ("UTC" if start.tzinfo else "")
    text = f"{start:%Y-%m-%d %H:%M}"
    if isinstance(end, datetime):
        text += f" to {end:%H:%M}" if end.date() == start.date() else f" to {end:%Y-%m-%d %H:%M}"
    return f"{text} ({_line(zone)})" if zone else text
