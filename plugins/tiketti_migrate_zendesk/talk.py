"""The conversation of a ticket: comments of wherever they stand, chats, and the description they may lack."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.account import Pieces
from tiketti_migrate_zendesk.audits import with_history
from tiketti_migrate_zendesk.chats import Chats, transcripts
from tiketti_migrate_zendesk.comments import Draft, drafts, from_description, oldest_first
from tiketti_migrate_zendesk.copies import raw_of, united
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.repeated import agreed
from tiketti_migrate_zendesk.same_words import Telling, telling, tells
from tiketti_migrate_zendesk.usual import Asked
from tiketti_migrate_zendesk.who_reads import told_public

__all__ = ["Talk", "talk_of"]

_NO_CHATS = Chats([], [])


class Talk(NamedTuple):
    """Messages, the oldest first, and what is wrong with comments."""

    drafts: list[Draft]
    problems: list[Problem]


def talk_of(fields: Fields, pieces: Pieces, audits: Sequence[Any], asked: Asked) -> Talk:
    """All of it; warnings go to the ticket."""
    comments: Sequence[Any] = fields.items("comments")
    if audits or pieces.comments or pieces.older:
        comments = with_history(united(agreed(comments), pieces.comments, pieces.older), audits)
    comments = agreed(comments)
    raws = [raw_of(one) for one in comments]
    chats = transcripts(audits, raws, asked) if audits else _NO_CHATS
    description = fields.text("description")
    authors = (asked.requester_id, asked.submitter_id or "")
    told = telling(description, raws, authors) if description is not None else None
    is_told = description is None or told is not None
    found, problems = drafts(comments, asked, opens=is_told)
    _say_what_they_tell(found, told, chats, asked)
    if description is not None and told is None and not any(chat.tells(description) for chat in chats.found):
        if found:
            fields.warn("its description is not among its comments: it comes before them")
        found.insert(0, from_description(description, asked, is_note=_is_a_note(description, found)))
    found += [Draft(chat.message, chat.files) for chat in chats.found]
    if not found:
        fields.warn("has no comments")
    return Talk(oldest_first(found), problems)


def _is_a_note(description: str, found: Sequence[Draft]) -> bool:
    """Whether a note has these words: a ticket that an agent began with a note is described by it."""
    notes = [one.raw for one in found if one.message.get("is_internal") and isinstance(one.raw, Mapping)]
    # Words of which nothing else is known may be the customer's as well.
    known = [raw for raw in notes if raw.get("author_id") or told_public(raw) is False]
    return any(tells(description, raw) for raw in known)


def _say_what_they_tell(found: Sequence[Draft], told: Telling | None, chats: Chats, asked: Asked) -> None:
    """Where the comments come only later, what an earlier import told in their place is not told again."""
    tellers = list(chats.told)
    if told is not None and told.is_whole:
        tellers.append((told.comment, f"{asked.ticket_id}-description"))
    for comment, formerly in tellers:
        for draft in found:
            if draft.raw is comment:
                draft.message.setdefault("formerly", formerly)
                break
