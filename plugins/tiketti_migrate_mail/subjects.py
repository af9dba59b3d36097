"""Subjects without what replies, forwards and lists put before them: the base subject of RFC 5256, 2.1.

Mailers write their prefixes in the language of their users, number them, and set them after one another.
"""

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Subject", "base_subject", "shown_subject", "split_subject"]

_REPLY = frozenset((
    *("re", "aw", "antw", "antwort", "sv", "vs", "odp", "ynt", "yan", "res", "resp", "rif", "r", "rsp"),
    *("odg", "bls", "atb", "vá", "válasz", "rép", "répond", "ats", "tl", "trả lời"),
    *("απ", "απάντηση", "ответ", "отв", "відп", "השב", "תגובה", "رد"),
    *("回复", "回覆", "答复", "答覆", "返信", "回信", "회신", "답장"),
))  # fmt: skip
_FORWARD = frozenset((
    *("fw", "fwd", "wg", "tr", "rv", "vb", "vl", "pd", "enc", "i", "ilt", "i̇lt", "fs", "doorst", "trs"),
    *("yml", "továbbítás", "továbbítva", "prosl", "proslj", "weitergeleitet", "doorgestuurd", "forward"),
    *("transfert", "προωθ", "πρθ", "пересл", "הועבר", "إعادة توجيه"),
    *("转发", "轉寄", "轉發", "転送", "전달"),
))  # fmt: skip
_LEADING = _REPLY | _FORWARD
# RFC 5256: subj-leader. "Re[2]:", "Re^2:", "Re (3) :" and "RE :" are those of old and of French mailers.
_LEADER = re.compile(
    r"\s*((?:\[[^\[\]]{0,100}\]\s*)*)([^\s:\uff1a\[\]()^*]{1,16}(?:\s[^\s:\uff1a\[\]()^*]{1,12})?)\s?"
    r"(?:\[[^\[\]]{0,100}\]|\(\d{1,4}\)|[\^*]\d{1,4})?\s?[:\uff1a]\s*"
)
_BLOB = re.compile(r"\s*\[[^\[\]]{0,100}\]\s*")
_WRAPPED = re.compile(r"\s*\[(?:fwd|fw|wg|tr):(.*)\]\s*$", re.IGNORECASE | re.DOTALL)
_TRAILER = re.compile(r"\(fwd\)$", re.IGNORECASE)
# What filters put before a subject ([SPAM], [EXT] are blobs).
_TAGS = re.compile(r"(?:(?:\*{1,5}\s?spam\s?\*{1,5}|\{(?:spam|disarmed)\??\})\s*+)++(?=\S)", re.IGNORECASE)
_MARKS = ("[", "*", "{")
_LONGEST = 1000


class Subject(NamedTuple):
    """``base``: to compare by, in lower case. ``shown``: for people, with the marks of lists."""

    base: str
    shown: str
    is_reply: bool
    is_forward: bool


def split_subject(subject: str) -> Subject:
    """The parts of a subject on one line, of which the first 1,000 characters count.

    ``is_reply`` and ``is_forward`` are of the first prefix: what the mail itself is.
    """
    text = subject[:_LONGEST].strip()
    if ":" not in text and "\uff1a" not in text and text[:1] not in _MARKS and text[-1:] != ")":
        return Subject(text.casefold(), text, False, False)
    if text[:1] in ("*", "{") and (tags := _TAGS.match(text)):
        return _split(text[tags.end() :])._replace(shown=text)
    return _split(text)


@lru_cache(maxsize=4096)
def _split(text: str) -> Subject:
    first = _leader(text, 0)
    word = first[2].lower() if first else ""
    if "[" not in text and text[-1:] != ")":
        rest = text[_after_leaders(text) :].strip()
        return Subject(rest.casefold(), rest, word in _REPLY, word in _FORWARD)
    is_forward = word in _FORWARD or bool(_WRAPPED.match(text))
    return Subject(_base(text).casefold(), _shown(text), word in _REPLY, is_forward)


def base_subject(subject: str) -> str:
    """What mails of one conversation have in common, in lower case."""
    return split_subject(subject).base


def shown_subject(subject: str) -> str:
    """Without prefixes of replies and forwards."""
    return split_subject(subject).shown


def _base(text: str) -> str:
    """RFC 5256, 2.1, steps 2 to 6."""
    before = None
    while before != text:
        before = text
        text = _without_trailers(text)
        at = _after_leaders(text)
        # A blob goes unless nothing would be left.
        while (blob := _BLOB.match(text, at)) and blob.end() < len(text):
            at = blob.end()
        text = text[at:].strip()
        if wrapped := _WRAPPED.match(text):
            text = wrapped[1].strip()
    return text


def _shown(text: str) -> str:
    text = _without_trailers(text)
    blobs: list[str] = []
    at = 0
    while leader := _leader(text, at):
        blobs += [leader[1].strip()] if leader[1].strip() not in blobs else []
        at = leader.end()
    rest = text[at:].strip()
    if wrapped := _WRAPPED.match(rest):
        rest = wrapped[1].strip()
    return " ".join([*filter(None, blobs), rest]).strip()


def _leader(text: str, at: int) -> re.Match[str] | None:
    found = _LEADER.match(text, at)
    return found if found and found[2].lower() in _LEADING else None


def _after_leaders(text: str) -> int:
    at = 0
    while leader := _leader(text, at):
        at = leader.end()
    return at


def _without_trailers(text: str) -> str:
    while _TRAILER.search(text):
        text = text[:-5].strip()
    return text
