"""Copies of one comment, from the ticket, older copies of it and files of comments alone, become one.

What an older ticket says is older; of files alone nobody knows, and where they differ from the rest the
stricter visibility and the redacted text count.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.same_words import TEXTS, squeezed
from tiketti_migrate_zendesk.values import id_in, identifier, items, json_safe, text
from tiketti_migrate_zendesk.who_reads import told_public

__all__ = ["United", "digest_of", "fingerprint", "is_redacted", "raw_of", "united"]

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_PRIVATE = "copies of it differ in who may read it: taken as an internal note"
_WORDS = "another copy of it has another text: left out"
_FILES = "another copy of it has files that this one has not: taken, too"
_REDACTED = "a copy of it is redacted: texts and files of the others are left out"
# What Zendesk puts in the place of each redacted character.
_BLOCK = "\u2587"


class United(NamedTuple):
    """A comment with what is to be said of it."""

    raw: Any
    warnings: tuple[str, ...] = ()


def raw_of(one: Any) -> Any:
    """The comment as found."""
    return one.raw if isinstance(one, United) else one


def united(own: Sequence[Any], apart: Sequence[Any], older: Sequence[Any]) -> list[Any]:
    """The comments that stand in the ticket, and those of the other copies that it does not hold already.

    ``apart``: of files of comments alone and of tickets that may be older or newer, the later one wins;
    ``older``: of older tickets, the newest first.
    Each is the raw comment, or United where something is to be said of it.
    """
    if not apart and not older:
        return list(own)
    found = list(own)
    places: dict[str, int] = {}
    for place, one in enumerate(own):
        places.setdefault(_key(one), place)
    unsaid = {key for key, place in places.items() if _is_unsaid(found[place])}
    for one in older:
        if (key := _key(one)) not in places and _is_unsaid(one):
            unsaid.add(key)
        _sort_in(one, found, places, is_older=True, is_unsaid=key in unsaid)
    last = {_key(one): one for one in apart}
    for one in last.values():
        _sort_in(one, found, places)
    for one in apart:
        if one is not last[key := _key(one)]:
            found[places[key]] = _joined(found[places[key]], one)
    return found


def digest_of(raw: Mapping[str, Any]) -> str:
    """What a comment without an id is known by wherever it stands: who said what and when."""
    at = moment(raw.get("created_at")).at
    when = at.isoformat() if at is not None else text(raw.get("created_at"))
    said = next((squeezed(words) for key in TEXTS if (words := text(raw.get(key)))), "")
    known = "\0".join((identifier(raw.get("author_id")) or "", when, said))
    return hashlib.blake2b(known.encode("utf-8", "replace"), digest_size=8).hexdigest()


def fingerprint(raw: Any) -> bytes:
    """Equal for what is equal but for the types of ids and the ticket it was filed under."""
    if isinstance(raw, Mapping):
        raw = {
            key: identifier(value) or value if str(key).endswith("id") else value
            for key, value in raw.items()
            if key != "ticket_id"
        }
    try:
        return orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError, RecursionError):
        return orjson.dumps(json_safe(raw), option=orjson.OPT_SORT_KEYS)


def is_redacted(raw: Any) -> bool:
    """Whether a comment has blocks in the place of what was taken out."""
    return isinstance(raw, Mapping) and any(_BLOCK in text(raw.get(key)) for key in TEXTS)


def _key(one: Any) -> str:
    raw = raw_of(one)
    known = id_in(raw)
    if known is not None:
        return f"id {known}"
    return digest_of(raw) if isinstance(raw, Mapping) else repr(fingerprint(raw))


def _is_unsaid(one: Any) -> bool:
    """Whether it does not say who may read it, so that every copy that does is heard."""
    raw = raw_of(one)
    return isinstance(raw, Mapping) and told_public(raw) is None


def _sort_in(
    one: Any, found: list[Any], places: dict[str, int], *, is_older: bool = False, is_unsaid: bool = False
) -> None:
    key = _key(one)
    if key not in places:
        places[key] = len(found)
        found.append(one)
        return
    found[places[key]] = _joined(found[places[key]], one, is_older=is_older, is_unsaid=is_unsaid)


def _joined(one: Any, other: Any, *, is_older: bool = False, is_unsaid: bool = False) -> Any:
    """``one`` with what ``other`` has more."""
    base, warnings = one if isinstance(one, United) else United(one)
    more, further = other if isinstance(other, United) else United(other)
    if (
        not isinstance(base, Mapping)
        or not isinstance(more, Mapping)
        or fingerprint(base) == fingerprint(more)
    ):
        return one
    raw = {**more, **base}
    redacted = _redacted_of(base, more, is_older=is_older)
    if redacted is None:
        said = [
            *_join_texts(raw, base, more, is_older=is_older),
            *_join_files(raw, base, more, is_older=is_older),
        ]
    else:
        _take_redacted(raw, redacted)
        other_one = more if redacted is base else base
        said = [_REDACTED] if not is_older and _says_more(other_one, redacted) else []
    if is_unsaid or not is_older:
        said += _join_visibility(raw, base, more)
    if not said and not further and raw == base:
        return one
    return United(raw, tuple(dict.fromkeys([*warnings, *further, *said])))


def _redacted_of(
    base: Mapping[str, Any], more: Mapping[str, Any], *, is_older: bool
) -> Mapping[str, Any] | None:
    """The copy out of which words were taken (more of them than out of the other), None for neither."""
    mine, theirs = _redaction(base), _redaction(more)
    if is_older and mine == theirs and _words(base) == _words(more):
        return None
    if mine and (is_older or mine > theirs):
        return base
    return more if theirs > mine and not is_older else None


def _redaction(raw: Mapping[str, Any]) -> float:
    """How much was taken out of its text: all where that is there but empty."""
    if any(key in raw for key in TEXTS) and not _words(raw):
        return math.inf
    return max(text(raw.get(key)).count(_BLOCK) for key in TEXTS)


def _take_redacted(raw: dict[str, Any], redacted: Mapping[str, Any]) -> None:
    for key in (*TEXTS, "attachments"):
        raw.pop(key, None)
        if key in redacted:
            raw[key] = redacted[key]


def _says_more(one: Mapping[str, Any], redacted: Mapping[str, Any]) -> bool:
    known = set(map(_file_key, items(redacted.get("attachments"))))
    more = any(_file_key(file) not in known for file in items(one.get("attachments")))
    return more or any(text(one.get(key)) not in ("", text(redacted.get(key))) for key in TEXTS)


def _join_texts(
    raw: dict[str, Any], base: Mapping[str, Any], more: Mapping[str, Any], *, is_older: bool
) -> Iterator[str]:
    """All texts of one copy, as words that were taken out of one must not come back from another."""
    mine, theirs = _words(base), _words(more)
    if mine == theirs or not mine or (not is_older and theirs.startswith(mine)):
        chosen = {key: more[key] for key in TEXTS if more.get(key) not in _EMPTY}
        if mine == theirs:
            chosen |= {key: base[key] for key in TEXTS if base.get(key) not in _EMPTY}
    else:
        chosen = {key: base[key] for key in TEXTS if key in base}
        if theirs and not is_older and not mine.startswith(theirs):
            yield _WORDS
    for key in TEXTS:
        raw.pop(key, None)
    raw.update(chosen)


def _join_files(
    raw: dict[str, Any], base: Mapping[str, Any], more: Mapping[str, Any], *, is_older: bool
) -> Iterator[str]:
    mine, theirs = items(base.get("attachments")), items(more.get("attachments"))
    if not theirs or (is_older and "attachments" in base):
        return
    known = set(map(_file_key, mine))
    new = [one for one in theirs if _file_key(one) not in known]
    if new:
        raw["attachments"] = [*mine, *new]
        yield _FILES


def _join_visibility(raw: dict[str, Any], base: Mapping[str, Any], more: Mapping[str, Any]) -> Iterator[str]:
    told = {told_public(base), told_public(more)} - {None}
    if len(told) > 1:
        raw["public"] = False
        yield _PRIVATE
    elif told:
        raw["public"] = told.pop()


def _words(raw: Mapping[str, Any]) -> str:
    return next(
        (squeezed(said, with_addresses=False) for key in TEXTS if (said := text(raw.get(key)).strip())), ""
    )


def _file_key(one: Any) -> str:
    if not isinstance(one, Mapping):
        return repr(fingerprint(one))
    known = identifier(one.get("id")) or text(one.get("content_url"))
    return known or repr(fingerprint(one))
