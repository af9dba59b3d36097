"""Lines of texts, and those of them by which a quoted or forwarded mail begins."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from tiketti_migrate_mail.quote_words import FORWARDED, LABELS, ORIGINAL

__all__ = [
    "Line",
    "Mark",
    "email_in",
    "header_block",
    "is_forward_marker",
    "is_original_marker",
    "is_whole_head",
    "label_of",
    "line_of",
]

Mark = Literal["", "quote", "attribution", "head"]

_LONGEST_LINE = 300
_MOST_HEADERS = 12
_MOST_BROKEN = 3
_OF_PEOPLE = ("from", "to", "cc", "reply-to")
_SET_OFF = "-_=*>:\uff1a\u2014\u2013"
_UNSEEN = "\u200b\ufeff\u2060\u200e\u200f\u00ad\u00a0 "
_EMAIL = re.compile(r"[^\s<>()\[\]:;,\"'@]{1,64}@[^\s<>()\[\]:;,\"'@]{1,255}")
_DAY = re.compile(
    r"\b(?:19|20)\d\d\b|(?:19|20)\d\d[\u5e74\ub144]|\b\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}\b"
    r"|\b(?:[^\W\d_]{3,12}-\d{1,2}|\d{1,2}-[^\W\d_]{3,12})-\d\d\b"
)
_WHOLE = ["from", "sent", "to", "subject"]
_LABEL = re.compile(r"[*\s]{0,5}([^\W\d_][^:\uff1a*]{0,19}?)\s?\*?\s?[:\uff1a]")


class Line(NamedTuple):
    """A line without white space around it, cut where it is longer than what is looked for.

    ``mark``: what the markup around it says: that it is a quote, or that one begins with it.
    """

    text: str
    is_quoted: bool = False
    mark: Mark = ""


def line_of(text: str, mark: Mark = "") -> Line:
    """A line of a text."""
    short = text[: 4 * _LONGEST_LINE].strip()[:_LONGEST_LINE]
    if not short.isascii():
        short = short.strip(_UNSEEN)
    return Line(short, mark == "quote" or short[:1] == ">", mark)


def email_in(text: str) -> str | None:
    """The first mail address in a line, in lower case."""
    found = _EMAIL.search(text[:_LONGEST_LINE])
    return found[0].strip(".*").lower() if found else None


def is_forward_marker(text: str) -> bool:
    """Whether a line says that a forwarded mail begins below."""
    return text[-1:] in _SET_OFF and _separator(text) in FORWARDED


def is_original_marker(text: str) -> bool:
    """Whether a line says that the mail begins below which is answered, or forwarded."""
    return text[-1:] in _SET_OFF and _separator(text) in ORIGINAL


def label_of(text: str) -> str | None:
    """Which field of a head a line begins with, by the names of LABELS."""
    label = _LABEL.match(text)
    return LABELS.get(label[1].strip().casefold()) if label else None


def header_block(lines: Sequence[Line], start: int, fewest: int = 3) -> dict[str, str]:
    """The head of a mail as programs write it above what they quote ("From:", "Sent:", "To:", "Subject:").

    By the names of LABELS, the first of each. Empty if none begins with line ``start`` that has ``fewest`` of
    them, and something that only mails have: a journey has a From, a To and a Date, too.
    """
    found: dict[str, str] = {}
    last, others = "", 0
    for line in lines[start : start + _MOST_HEADERS]:
        text = line.text.lstrip("> ")
        label = _LABEL.match(text)
        name = label_of(text)
        if line.is_quoted != lines[start].is_quoted:
            break
        if label is not None and name is not None and name not in found:
            found[name] = text[label.end() :].strip("* ")
            last, others = name, 0
            continue
        # A long list of people is broken into lines.
        others += 1
        if name is not None or not text or last not in _OF_PEOPLE or others > _MOST_BROKEN:
            break
        found[last] = f"{found[last]} {text}".strip()
    is_of_mail = "subject" in found or "sent" in found or "@" in found.get("from", "") + found.get("to", "")
    return found if "from" in found and len(found) >= fewest and is_of_mail else {}


def is_whole_head(block: dict[str, str]) -> bool:
    """Whether a head is as a program writes it, so that without a separator above it is no list of an author.

    The sender with an address, the day, whom it went to and the subject, in this order.
    """
    names = ["sent" if name == "date" else name for name in block]
    day = block.get("sent") or block.get("date") or ""
    is_ordered = [name for name in names if name in _WHOLE] == _WHOLE
    return is_ordered and email_in(block["from"]) is not None and _DAY.search(day) is not None


def _separator(text: str) -> str:
    """The words of a line that stand among dashes, or before a colon; "" for any other line."""
    words = text.strip(f"{_SET_OFF}\u00a0 ")
    is_set_off = text != words and len(words) < 60
    return " ".join(words.casefold().split()) if is_set_off else ""
