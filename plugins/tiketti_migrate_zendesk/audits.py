"""A ticket's history: the comments that it alone holds, and who may read those that are known."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tiketti_migrate_zendesk.copies import United, fingerprint, raw_of
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.same_words import TEXTS, squeezed
from tiketti_migrate_zendesk.values import id_in, identifier, items, number, text
from tiketti_migrate_zendesk.who_reads import told_public

__all__ = ["events_of", "merged", "with_history"]

_COMMENTS = ("Comment", "VoiceComment", "TpeVoiceComment", "FacebookComment")
# They go with a comment of the same words, as a rule.
_POSTS = ("FacebookEvent", "Tweet", "SMS")
_MADE_PRIVATE = "was made an internal note later, as the ticket's history says"


def merged(own: Sequence[Any], pieces: Sequence[Any]) -> list[Any]:
    """What stands in the record, and the pieces that it does not hold already; of two copies the later."""
    if not pieces:
        return list(own)
    ids = {known for one in own if (known := id_in(one)) is not None}
    seen = {fingerprint(one) for one in own}
    apart: dict[str, Any] = {}
    nameless: list[Any] = []
    for piece in pieces:
        known = id_in(piece)
        if known is not None:
            apart[known] = piece
        elif (print_ := fingerprint(piece)) not in seen:
            seen.add(print_)
            nameless.append(piece)
    return [*own, *(piece for known, piece in apart.items() if known not in ids), *nameless]


def events_of(audits: Iterable[Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each audit with each of its events."""
    for audit in audits:
        if isinstance(audit, Mapping):
            for event in items(audit.get("events")):
                if isinstance(event, Mapping):
                    yield audit, event


def with_history(comments: Sequence[Any], audits: Sequence[Any]) -> list[Any]:
    """The comments, and those that only the history holds, with the author and date of their audit.

    What the history says to be a note is one, whatever an older copy of the comment says.
    """
    if not audits:
        return list(comments)
    visibility = _visibility(audits)
    found = [_as_told(one, visibility) for one in comments]
    told: _Told | None = None
    for kinds in (_COMMENTS, _POSTS):
        for audit, event in events_of(audits):
            if event.get("type") not in kinds:
                continue
            told = _Told(comments) if told is None else told
            raw = _with_audit(event, audit)
            if not told.holds(raw):
                told.add(raw)
                found.append(_as_told(raw, visibility))
    return found


class _Told:
    """What the comments say."""

    def __init__(self, comments: Sequence[Any]) -> None:
        self._ids: set[str] = set()
        self._words: set[str] = set()
        self._nameless: set[str] = set()
        self._at: set[tuple[datetime | None, str]] = set()
        for one in comments:
            self.add(raw_of(one))

    def add(self, raw: Any) -> None:
        words, known = _texts(raw), id_in(raw)
        self._words |= words
        if known is None:
            self._nameless |= words
            return
        self._ids.add(known)
        at = moment(raw.get("created_at")).at
        self._at.update((at, one) for one in words)

    def holds(self, raw: Mapping[str, Any]) -> bool:
        """By id; by the words where there is none, or where they were said at the same time."""
        known, words = id_in(raw), _texts(raw)
        if known is not None and known in self._ids:
            return True
        if raw.get("type") in _POSTS or known is None:
            return not words.isdisjoint(self._words) or (not words and known is not None)
        at = moment(raw.get("created_at")).at
        return not words.isdisjoint(self._nameless) or any((at, one) in self._at for one in words)


def _visibility(audits: Sequence[Any]) -> dict[str, bool]:
    """By comment, as it was in the end; what says it in no known words is a note."""
    found: dict[str, bool] = {}
    for _audit, event in events_of(audits):
        if event.get("type") in _COMMENTS and (known := id_in(event)):
            public = told_public(event)
            if public is not None:
                found[known] = found.get(known, True) and public
    changes = [one for one in events_of(audits) if one[1].get("type") == "CommentPrivacyChange"]
    for _audit, event in sorted(changes, key=_place):
        if known := identifier(event.get("comment_id")):
            found[known] = told_public(event) is True
    return found


def _place(change: tuple[Mapping[str, Any], Mapping[str, Any]]) -> tuple[float, float, bool]:
    """By moment, then by audit; where these do not tell, what makes a comment a note comes last."""
    audit, event = change
    is_private = told_public(event) is not True
    unknown = math.inf if is_private else -math.inf
    at, own_id = moment(audit.get("created_at")).at, number(id_in(audit))
    return (
        unknown if at is None else at.timestamp(),
        unknown if own_id is None else own_id,
        is_private,
    )


def _as_told(one: Any, visibility: Mapping[str, bool]) -> Any:
    raw, warnings = one if isinstance(one, United) else United(one)
    known = id_in(raw)
    told = visibility.get(known) if known is not None else None
    if told is None or (public := told_public(raw)) is False or public is told:
        return one
    return United({**raw, "public": told}, (*warnings, *([] if told else [_MADE_PRIVATE])))


def _with_audit(event: Mapping[str, Any], audit: Mapping[str, Any]) -> dict[str, Any]:
    about = {key: audit.get(key) for key in ("author_id", "created_at") if event.get(key) in (None, "")}
    return {**event, **about}


def _texts(raw: Any) -> set[str]:
    if not isinstance(raw, Mapping):
        return set()
    return {squeezed(words) for key in TEXTS if (words := text(raw.get(key)).strip())}
