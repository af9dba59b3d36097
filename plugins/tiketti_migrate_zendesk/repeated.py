"""A comment that stands in one list more than once, and says different things about who may read it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tiketti_migrate_zendesk.copies import United, digest_of, raw_of
from tiketti_migrate_zendesk.values import id_in
from tiketti_migrate_zendesk.who_reads import FOR_AGENTS, FOR_CUSTOMERS, told_public

__all__ = ["agreed"]

_PRIVATE = "it stands in the ticket both as public and as a note: taken as an internal note"
_LARGEST = 2**63
_KEYS = (*FOR_CUSTOMERS, *FOR_AGENTS)


def agreed(comments: Sequence[Any]) -> Sequence[Any]:
    """The same comments; those of one id (without one: of one author, date and text) as private as one is."""
    keys = [_key(one) for one in comments]
    if len(set(keys)) == len(keys):
        return comments
    told: dict[str, set[bool | None]] = {}
    for key, one in zip(keys, comments, strict=True):
        if key:
            told.setdefault(key, set()).add(told_public(raw_of(one)))
    return [_agreed(one, told.get(key, set())) for key, one in zip(keys, comments, strict=True)]


def _agreed(one: Any, told: set[bool | None]) -> Any:
    if len(told) < 2:
        return one
    raw, warnings = one if isinstance(one, United) else United(one)
    said = told - {None}
    raw = {**{key: value for key, value in raw.items() if key not in _KEYS}, "public": said == {True}}
    return United(raw, (*warnings, *([_PRIVATE] if len(said) > 1 else [])))


def _key(one: Any) -> str:
    # Nearly all of them are such, and every ticket's comments are asked.
    if type(one) is dict and type(own_id := one.get("id")) is int and 0 <= own_id < _LARGEST:
        return str(own_id)
    raw = raw_of(one)
    if not isinstance(raw, Mapping):
        return ""
    return id_in(raw) or f"digest {digest_of(raw)}"
