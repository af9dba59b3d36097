"""Header fields as they come in mails of every age: never an error, always what can be read.

RFC 5322 (syntax), RFC 2047 (encoded words), RFC 6532 (UTF-8 in headers). All in time linear in the input.
"""

import re

from tiketti_migrate_mail.date_values import date_of
from tiketti_migrate_mail.encoded_words import decoded, one_line
from tiketti_migrate_mail.people import Address, addresses

__all__ = ["Address", "addresses", "date_of", "decoded", "fields", "message_ids", "one_line"]

_END = re.compile(rb"\n\r?\n")
_FOLDED = re.compile(rb"\n[ \t]")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
# As most mailers spell what a plan asks for: these need no closer look.
_SPELLED = {
    name.encode(): name.lower()
    for name in (
        *(
            "Message-ID",
            "Message-Id",
            "References",
            "In-Reply-To",
            "Date",
            "From",
            "Sender",
            "Reply-To",
            "To",
        ),
        *("Cc", "CC", "Subject", "Return-Path", "Delivered-To", "Content-Type", "Received", "MIME-Version"),
        *("List-Id", "List-Post", "Precedence", "Auto-Submitted", "X-Original-To", "DKIM-Signature"),
    )
}
_USUAL_IDS = re.compile(rb"(?:\s*<[!#-;=?-~]+>)++\s*")
_USUAL_ID = re.compile(rb"<([^<>]+)>")
_ID = re.compile(r"<([^<>]+)>")
_INVISIBLE = str.maketrans("", "", '" \t<>')
_LONGEST_ID = 1000


def fields(raw: bytes) -> dict[str, list[bytes]]:
    """The fields of a header block by name, in lower case; each value as often as it stands, unfolded.

    The block ends with the first empty line or the input; lines that are no field are passed over.
    """
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    if end := _END.search(raw):
        raw = raw[: end.start()]
    if _FOLDED.search(raw):
        raw = _FOLD.sub(b"", raw)
    found: dict[str, list[bytes]] = {}
    for line in raw.split(b"\n"):
        name, colon, value = line.partition(b":")
        if not colon:
            continue
        spelled = _SPELLED.get(name) or _field_name(name)
        if spelled in found:
            found[spelled].append(value.strip())
        elif spelled:
            found[spelled] = [value.strip()]
    return found


def _field_name(name: bytes) -> str:
    """In lower case, "" for what is none: the line "From ..." of an mbox has a colon, too, behind spaces."""
    name = name.rstrip()
    return name.decode().lower() if name.isascii() and b" " not in name else ""


def message_ids(raw: bytes) -> list[str]:
    """The ids in a value of Message-ID, In-Reply-To or References, without angle brackets, in their order.

    Without quotes, too: ``<"a"@b>`` is ``<a@b>`` (RFC 5256, 2.2). Where nothing stands in brackets, what
    looks like an id is one; of a single word nothing else is asked.
    """
    if _USUAL_IDS.fullmatch(raw) and b"=?" not in raw:
        return [one[:_LONGEST_ID].decode() for one in _USUAL_ID.findall(raw)]
    text = decoded(raw) if b"=?" in raw else one_line(raw)
    found = _ID.findall(text)
    if not found:
        words = text.replace(",", " ").split()
        found = words if len(words) == 1 else [word for word in words if "@" in word]
    ids = (one.translate(_INVISIBLE)[:_LONGEST_ID] for one in found)
    return [one for one in ids if one]
