"""Mails as they came, for those who may read their messages."""

import re

__all__ = ["without_bcc"]

_SPACE = re.compile(rb"\s*")
# Whatever ends lines.
_EMPTY_LINE = re.compile(rb"\n\r*+\n|\r\r(?!\n)")
_BCC = re.compile(
    rb"(?:\A(?:\xef\xbb\xbf)?|(?<=[\r\n]))(?:resent-)?bcc[ \t]*+:"
    rb"[^\r\n]*+(?:(?:\r*+\n|\r)[ \t][^\r\n]*+)*+(?:\r*+\n|\r|\Z)",
    re.IGNORECASE,
)


def without_bcc(content: bytes) -> bytes:
    """A mail without the fields Bcc and Resent-Bcc of its header: those in To and Cc never saw them."""
    start = _SPACE.match(content)
    empty = _EMPTY_LINE.search(content, start.end() if start else 0)
    end = empty.start() + 1 if empty else len(content)
    head = _BCC.sub(b"", content[:end])
    return content if len(head) == end else head + content[end:]
