"""Values of header fields as they come in mails of every age: never an error, always what can be read.

RFC 5322 (syntax), RFC 2047 (encoded words), RFC 6532 (UTF-8 in headers).
"""

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import NamedTuple

__all__ = ["Address", "addresses", "date_of", "decoded", "message_ids", "one_line"]

_ID = re.compile(r"<([^<>\s]+)>")
_WHITE = re.compile(r"\s+")


class Address(NamedTuple):
    """``email`` in lower case, with an ``@``; ``name`` is "" where there is none."""

    name: str
    email: str


def one_line(raw: bytes) -> str:
    """A raw value unfolded and as text: UTF-8, else Latin-1; control characters out."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return _WHITE.sub(" ", text).strip()


def decoded(raw: bytes) -> str:
    """An unstructured value (Subject) with its encoded words read."""
    text = one_line(raw)
    if "=?" not in text:
        return text
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "ascii", "replace")
        for part, charset in parts
    )


def addresses(raw: bytes) -> list[Address]:
    """The people in a value of From, To, Cc, ...; groups are opened. What is no address is passed over."""
    return [
        Address(decoded(name.encode("utf-8", "replace")), email.lower())
        for name, email in getaddresses([one_line(raw)], strict=False)
        if "@" in email
    ]


def message_ids(raw: bytes) -> list[str]:
    """The ids in a value of Message-ID, In-Reply-To or References, without angle brackets, in their order."""
    return _ID.findall(one_line(raw))


def date_of(raw: bytes) -> datetime | None:
    """With a time zone (UTC where it says none); None for what is no date."""
    try:
        found = parsedate_to_datetime(one_line(raw))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
