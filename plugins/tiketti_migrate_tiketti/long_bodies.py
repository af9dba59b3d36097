"""Texts that Tiketti finds too long (load rule 5): split into several messages, cut, or left to fail.

The pages state no maximum; the server's own words may name one.
"""

import hashlib
import re
from datetime import timedelta
from typing import Literal

from tiketti_migrate.api import Remedy
from tiketti_migrate.errors import Refused
from tiketti_migrate.records import Message
from tiketti_migrate_tiketti.sanitising import plain_text

__all__ = ["made_to_fit"]

_TOO_LONG = ("long", "length", "maximum", "exceed", "at most", "too large")
_SHORTEST_WORTH_IT = 500
# Escaping and our own line make a text longer than it is: half of what is allowed is safe.
_SHARE = 0.5


def made_to_fit(
    message: Message, refused: Refused, how: Literal["split", "truncate", "fail"]
) -> Remedy | None:
    """A shorter form of a message that was refused for its length; None when that is not the reason."""
    words = refused.message.lower()
    if how == "fail" or not any(word in words for word in _TOO_LONG):
        return None
    text = message.body if message.body_format == "text" else plain_text(message.body)
    limit = int((_named_limit(words) or len(text)) * _SHARE)
    if len(text) < _SHORTEST_WORTH_IT or limit >= len(text):
        return None
    return _cut(message, text, limit) if how == "truncate" else _split(message, text, limit)


def _named_limit(words: str) -> int | None:
    numbers = [int(re.sub(r"[ ,.]", "", found)) for found in re.findall(r"\d[\d ,.]*\d", words)]
    return next((number for number in numbers if number >= _SHORTEST_WORTH_IT), None)


def _cut(message: Message, text: str, limit: int) -> Remedy:
    digest = hashlib.sha256(message.body.encode("utf-8", "replace")).hexdigest()
    body = f"{text[:limit]}\n[... cut by the import; SHA-256 of the whole: {digest}]"
    cut = message.model_copy(update={"body": body, "body_format": "text"})
    return Remedy(cut, f"its text of {len(text):,} characters was too long for Tiketti and was cut")


def _split(message: Message, text: str, limit: int) -> Remedy:
    pieces, offset = [], 0
    while offset < len(text):
        end = _end_of_piece(text, offset, limit)
        pieces.append((offset, text[offset:end]))
        offset = end
    first = message.model_copy(update={"body": pieces[0][1], "body_format": "text"})
    rest = tuple(_piece(message, place, piece) for place, piece in pieces[1:])
    return Remedy(first, f"its text was too long for Tiketti and became {len(pieces)} messages", rest)


def _piece(message: Message, offset: int, body: str) -> Message:
    """Named and dated by its offset, so that pieces of pieces keep their order too."""
    later = message.created_at + timedelta(microseconds=offset) if message.created_at else None
    return message.model_copy(
        update={
            "source_id": f"{message.source_id}+{offset}",
            "body": body,
            "body_format": "text",
            "created_at": later,
        }
    )


def _end_of_piece(text: str, start: int, limit: int) -> int:
    """Where a piece ends: behind a line or a word where there is one in its second half."""
    if len(text) - start <= limit:
        return len(text)
    for mark in ("\n", " "):
        found = text.rfind(mark, start + limit // 2, start + limit)
        if found >= 0:
            return found + 1
    return start + limit
