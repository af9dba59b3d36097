"""What an object is: by its address in the API, else by the fields that only its kind has."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.values import text

__all__ = ["ORDER", "Item", "Kind", "expand", "host_of", "kind_by_name", "kind_of", "page_kinds"]

Kind = Literal["ticket_field", "organization", "user", "ticket", "comment", "audit"]

# What is read, and in which order: the small tables that others lean on come first.
ORDER: tuple[Kind, ...] = ("ticket_field", "organization", "user", "ticket")
_PLURALS: dict[str, Kind] = {f"{kind}s": kind for kind in ORDER}
_SINGULARS: dict[str, Kind] = {str(kind): kind for kind in ORDER}
_SIGNATURES: dict[Kind, frozenset[str]] = {
    "ticket": frozenset(
        [
            "requester_id",
            "submitter_id",
            "subject",
            "raw_subject",
            "comments",
            "assignee_id",
            "ticket_form_id",
            "status",
            "priority",
            "satisfaction_rating",
            "collaborator_ids",
            "follower_ids",
            "email_cc_ids",
            "via_followup_source_id",
        ]
    ),
    "user": frozenset(
        [
            "email",
            "role",
            "suspended",
            "user_fields",
            "time_zone",
            "locale",
            "verified",
            "last_login_at",
            "moderator",
            "identities",
            "phone",
            "alias",
            "restricted_agent",
            "permanently_deleted",
        ]
    ),
    "organization": frozenset(["domain_names", "organization_fields", "shared_tickets", "shared_comments"]),
    "ticket_field": frozenset(
        [
            "title",
            "raw_title",
            "title_in_portal",
            "custom_field_options",
            "system_field_options",
            "regexp_for_validation",
            "removable",
            "editable_in_portal",
            "collapsed_for_agents",
            "agent_description",
        ]
    ),
    "comment": frozenset(
        ["author_id", "body", "html_body", "plain_body", "public", "audit_id", "attachments"]
    ),
    "audit": frozenset({"events", "ticket_id"}),
}
# An envelope has none of these, a record has some: a user bears "organizations", a ticket "comments".
_RECORD_KEYS = frozenset({"id", "_id", "name", "email", "role", "subject", "requester_id", "status", "title"})
_ADDRESS = re.compile(r"https://([a-z0-9][a-z0-9.-]{0,250})/api/v2/([a-z_]+)[/.?]", re.IGNORECASE)


class Item(NamedTuple):
    """One record as found and where it stands (``tickets.ndjson:17``)."""

    kind: Kind
    raw: Mapping[str, Any]
    where: str


def host_of(raw: Mapping[str, Any]) -> str | None:
    """The account's host (``acme.zendesk.com``) in the object's own API address."""
    found = _ADDRESS.match(text(raw.get("url")))
    return found[1].lower() if found else None


def kind_of(raw: Mapping[str, Any], usual: Kind | None = None) -> Kind | None:
    """The kind of a record; ``usual`` is that of its neighbours, which settles what fields leave open."""
    found = _ADDRESS.match(text(raw.get("url")))
    if found:
        return _PLURALS.get(found[2].lower())
    scores = {kind: len(signature & raw.keys()) for kind, signature in _SIGNATURES.items()}
    if usual is not None and scores[usual] > 0:
        return usual
    best = max(scores, key=lambda kind: scores[kind])
    tied = sum(score == scores[best] for score in scores.values()) > 1
    return usual if tied else best


def kind_by_name(name: str) -> Kind | None:
    """What a file's name says: asked only where the content leaves it open."""
    for word, kind in (("field", "ticket_field"), ("organi", "organization"), ("user", "user")):
        if word in name.lower():
            return _SINGULARS[kind]
    return "ticket" if "ticket" in name.lower() else None


def page_kinds(value: Any) -> set[Kind]:
    """What an API page is meant to hold, be it empty; nothing for other values."""
    if not isinstance(value, Mapping) or not _is_envelope(value):
        return set()
    return {kind for key, kind in _PLURALS.items() if isinstance(value.get(key), list)}


def expand(value: Any, usual: Kind | None, where: str) -> Iterator[Item | Problem]:
    """The records in one JSON value: a record, a list of them, an API page or an envelope."""
    if isinstance(value, list):
        for number, one in enumerate(value, start=1):
            yield _item(one, usual, f"{where} #{number}")
    elif isinstance(value, Mapping) and _is_envelope(value):
        yield from _members(value, where)
    else:
        yield _item(value, usual, where)


def _item(value: Any, usual: Kind | None, where: str) -> Item | Problem:
    if not isinstance(value, Mapping):
        return Problem("NO_RECORD", f"is no JSON object but {type(value).__name__}", where)
    kind = kind_of(value, usual)
    if kind is None:
        return Problem("UNKNOWN_RECORD", "is no ticket, user, organization or ticket field", where)
    if kind not in ORDER:
        return Problem("NOT_READ", f"{kind}s are read only inside their ticket", where, lost=0)
    return Item(kind, value, where)


def _is_envelope(value: Mapping[str, Any]) -> bool:
    if _RECORD_KEYS & value.keys():
        return False
    return any(isinstance(value.get(key), list) for key in _PLURALS) or any(
        isinstance(value.get(key), Mapping) for key in _SINGULARS
    )


def _members(page: Mapping[str, Any], where: str) -> Iterator[Item | Problem]:
    for key, value in page.items():
        one = _SINGULARS.get(key)
        many = _PLURALS.get(key)
        if one is not None and isinstance(value, Mapping):
            yield Item(one, value, where)
        elif many is not None and isinstance(value, list):
            for number, member in enumerate(value, start=1):
                yield _item(member, many, f"{where} {key} #{number}")
        elif isinstance(value, list) and value:
            yield Problem("NOT_READ", f"{len(value)} {text(key)} are not read", where, lost=0)
