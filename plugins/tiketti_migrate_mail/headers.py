"""Header fields as they come in mails of every age: never an error, always what can be read.

RFC 5322 (syntax), RFC 2047 (encoded words), RFC 6532 (UTF-8 in headers). All in time linear in the input.
"""

import re

from tiketti_migrate_mail.date_values import date_of
from tiketti_migrate_mail.encoded_words import decoded, one_line
from tiketti_migrate_mail.people import Address, addresses

__all__ = ["Address", "addresses", "date_of", "decoded", "fields", "message_ids", "one_line"]

_END = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
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
    if b"\n " in raw or b"\n\t" in raw:
        raw = _FOLD.sub(b"", raw)
    found: dict[str, list[bytes]] = {}
    for line in raw.split(b"\n"):
        name, colon, value = line.partition(b":")
        name = name.rstrip().lower()
        # The line "From ..." of an mbox has a colon, too, but behind spaces.
        if colon and name.isascii() and b" " not in name:
            found.setdefault(name.decode(), []).append(value.strip())
    return found


def message_ids(raw: bytes) -> list[str]:
    """The ids in a value of Message-ID, In-Reply-To or References, without angle brackets, in their order.

    Without quotes, too: ``<"a"@b>`` is ``<a@b>`` (RFC 5256, 2.2). Where nothing stands in brackets, what
    looks like an id is one; of a single word nothing else is asked.
    """
    text = decoded(raw) if b"=?" in raw else one_line(raw)
    found = _ID.findall(text)
    if not found:
        words = text.replace(",", " ").split()
        found = words if len(words) == 1 else [word for word in words if "@" in word]
    ids = (one.translate(_INVISIBLE)[:_LONGEST_ID] for one in found)
    return [one for one in ids if one]
