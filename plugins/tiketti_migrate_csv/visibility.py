"""Words that say who may read a text, in cells ("Internal note", "Public") and in headers ("private_yn")."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tiketti_migrate_csv.cell_errors import ERROR_WORDS
from tiketti_migrate_csv.data import read
from tiketti_migrate_csv.empties import empty_words
from tiketti_migrate_csv.fields import VISIBILITY, TableKind
from tiketti_migrate_csv.headers import key, words
from tiketti_migrate_csv.status_words import truth_of

__all__ = [
    "NO_FLAG", "Said", "flag_of", "is_channel", "is_internal", "is_kind", "is_plain", "is_role",
    "is_visibility", "lacks_flags", "said_by", "visibility_of",
]  # fmt: skip

_DATA = read("vocabulary.toml")["visibility"]
# A sentence is no such word.
_LONGEST = 60
NO_FLAG = "no cell says who may read"
_NOTHING = empty_words("word")


def _folded(name: str) -> frozenset[str]:
    return frozenset(part for word in _DATA[name] for part in words(word))


_INTERNAL, _PUBLIC, _NOT = _folded("internal"), _folded("public"), _folded("not")
_NOTES, _REPLIES = _folded("notes"), _folded("replies")
_STAFF, _ONLY = _folded("staff"), _folded("only")
_KNOWN = _INTERNAL | _PUBLIC | _NOT | _NOTES | _REPLIES | _STAFF | _ONLY | _folded("neutral")
_HEADERS = frozenset(map(key, _DATA["headers"]))
_KINDS = frozenset(map(key, _DATA["kinds"]))
_PLAIN, _ROLES = frozenset(map(key, _DATA["plain"])), frozenset(map(key, _DATA["roles"]))
_CHANNELS = frozenset(map(key, _DATA["channels"]))


class Said(NamedTuple):
    """``sure``: by a word such as "private"; a note and a reply only probably are internal and public.
    ``of_message``: names a message, too."""

    internal: bool
    sure: bool
    of_message: bool


@lru_cache(maxsize=4096)
def said_by(text: str) -> Said | None:
    """What the words of a cell or header say; None when they say nothing, both, or one is not known."""
    said = set(words(text)) if len(text) <= _LONGEST else set()
    if not said or not said <= _KNOWN:
        return None
    internal, public = bool(said & _INTERNAL), bool(said & _PUBLIC)
    if not public and said & _ONLY and said & _STAFF and not said & (_REPLIES - _STAFF):
        internal = True
    of_message = bool(said & (_NOTES | _REPLIES))
    if internal != public:
        return Said(internal != bool(said & _NOT), True, of_message)
    note, reply = bool(said & _NOTES), bool(said & _REPLIES)
    if internal or note == reply or said & _NOT:
        return None
    return Said(note, False, True)


def is_internal(cell: str, *, yes: bool) -> bool | None:
    """Of a cell in a column where a yes means ``yes``; None when it says neither."""
    truth = truth_of(cell)
    if truth is not None:
        return truth == yes
    said = said_by(cell)
    return said.internal if said else None


def flag_of(header: str) -> str | None:
    """``internal`` or ``public`` for a header that says what a yes below it means."""
    said = said_by(header)
    return ("internal" if said.internal else "public") if said and said.sure else None


def is_visibility(header: str) -> bool:
    """Whether a header is one of words for who may read."""
    return key(header) in _HEADERS


def is_kind(header: str) -> bool:
    """Whether a header is one of kinds, which may be those of messages: some are internal."""
    return key(header) in _KINDS


def is_plain(header: str) -> bool:
    """Whether it is one of kinds, and those of tickets as likely as those of messages."""
    return key(header) in _PLAIN


def is_role(header: str) -> bool:
    """Whether a header is one of what their authors are."""
    return key(header) in _ROLES


def is_channel(header: str) -> bool:
    """Whether a header is one of ways by which people write."""
    return key(header) in _CHANNELS


def lacks_flags(kind: TableKind, field: str, cells: Sequence[str]) -> bool:
    """Whether a column of tickets is no flag in spite of its header: no cell is a word of one."""
    told = [cell for cell in cells if cell not in _NOTHING]
    if kind != "ticket" or field not in VISIBILITY or not told or not ERROR_WORDS.isdisjoint(told):
        return False
    return all(is_internal(cell, yes=True) is None for cell in told)


def visibility_of(
    kind: TableKind, header: str, cells: Sequence[str], *, several_rows: bool, differs: bool
) -> tuple[str, str] | None:
    """The field of a column by its header and cells together, and why; None where they do not say it.

    ``several_rows``: a ticket has several, so that a kind is one of the row's message; one that may be the
    ticket's only where it ``differs`` in them.
    """
    if kind not in ("ticket", "message") or not cells:
        return None
    flag = flag_of(header)
    if flag is not None:
        told = sum(is_internal(cell, yes=flag == "internal") is not None for cell in cells)
        return (flag, "the header and its cells say who may read") if 2 * told >= len(cells) else None
    found = [said_by(cell) for cell in cells]
    said = [one for one in found if one is not None]
    if len(said) < len(found):
        return None
    reason = "its cells say who may read"
    if all(one.sure for one in said) and (kind == "message" or is_visibility(header)):
        return "internal", reason
    of_row = differs if is_plain(header) else several_rows
    of_message = kind == "message" or of_row or any(one.sure and one.of_message for one in said)
    if of_message and (is_kind(header) or is_visibility(header)):
        return "internal", reason
    return None
