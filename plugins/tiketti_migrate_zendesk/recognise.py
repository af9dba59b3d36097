"""What an object is: by its address in the API, else by the fields that only its kind has."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from tiketti_migrate_zendesk.values import text

__all__ = [
    "COLLECTIONS",
    "ORDER",
    "RECORD_KEYS",
    "SINGLES",
    "Item",
    "Kind",
    "collection_of",
    "host_of",
    "kind_by_name",
    "kind_of",
]

# In the order in which they are read: the small tables that others lean on come first.
Kind = Literal[
    "ticket_field",
    "custom_status",
    "group",
    "brand",
    "ticket_form",
    "organization",
    "domain_name",
    "organization_tag",
    "user",
    "user_identity",
    "user_tag",
    "ticket",
    "ticket_tag",
    "comment",
    "audit",
    "chat",
    "chat_event",
]
ORDER: tuple[Kind, ...] = get_args(Kind)
COLLECTIONS: Mapping[str, Kind] = {
    "ticket_fields": "ticket_field",
    "custom_statuses": "custom_status",
    "groups": "group",
    "brands": "brand",
    "ticket_forms": "ticket_form",
    "organizations": "organization",
    "users": "user",
    "identities": "user_identity",
    "tickets": "ticket",
    "deleted_tickets": "ticket",
    "comments": "comment",
    "ticket_comments": "comment",
    "audits": "audit",
    "ticket_audits": "audit",
}
SINGLES: Mapping[str, Kind] = {
    "ticket_field": "ticket_field",
    "custom_status": "custom_status",
    "group": "group",
    "brand": "brand",
    "ticket_form": "ticket_form",
    "organization": "organization",
    "user": "user",
    "identity": "user_identity",
    "ticket": "ticket",
    "comment": "comment",
    "audit": "audit",
}
# An envelope has none of these, a record has some: a user bears "organizations", a ticket "comments".
RECORD_KEYS = frozenset({"id", "_id", "name", "email", "role", "subject", "requester_id", "status", "title"})
_FIELDS: dict[Kind, str] = {
    "ticket": "requester_id submitter_id subject raw_subject comments assignee_id ticket_form_id status"
    " priority satisfaction_rating collaborator_ids follower_ids email_cc_ids via_followup_source_id",
    "user": "email role suspended user_fields time_zone locale verified last_login_at moderator identities"
    " phone alias restricted_agent permanently_deleted",
    "organization": "domain_names organization_fields shared_tickets shared_comments",
    "ticket_field": "title raw_title title_in_portal custom_field_options system_field_options"
    " regexp_for_validation removable editable_in_portal collapsed_for_agents agent_description",
    "comment": "author_id body html_body plain_body public audit_id attachments",
    "audit": "events",
    "custom_status": "status_category agent_label end_user_label raw_agent_label raw_end_user_label",
    "brand": "subdomain brand_url has_help_center help_center_state host_mapping signature_template"
    " ticket_form_ids",
    "ticket_form": "ticket_field_ids end_user_visible in_all_brands restricted_brand_ids display_name"
    " raw_display_name end_user_conditions agent_conditions",
    "user_identity": "user_id primary value deliverable_state undeliverable_count",
    "group": "is_public default deleted",
}
_SIGNATURES = {kind: frozenset(fields.split()) for kind, fields in _FIELDS.items()}
# Rows that say one thing of their owner.
_ROWS: tuple[tuple[str, str, Kind], ...] = (
    ("tag", "ticket_id", "ticket_tag"),
    ("tag", "user_id", "user_tag"),
    ("tag", "organization_id", "organization_tag"),
    ("domain_name", "organization_id", "domain_name"),
    ("chat_id", "ticket_id", "chat"),
    ("chat_id", "chat_index", "chat_event"),
)
_OF_A_TICKET: frozenset[Kind] = frozenset({"comment", "audit"})
_BY_NAME: tuple[tuple[str, Kind], ...] = (
    ("custom_status", "custom_status"),
    ("field", "ticket_field"),
    ("form", "ticket_form"),
    ("brand", "brand"),
    ("domain_name", "domain_name"),
    ("organization_tag", "organization_tag"),
    ("user_tag", "user_tag"),
    ("ticket_tag", "ticket_tag"),
    ("identit", "user_identity"),
    ("comment", "comment"),
    ("audit", "audit"),
    ("organi", "organization"),
    ("user", "user"),
    ("ticket", "ticket"),
    ("group", "group"),
)
_ADDRESS = re.compile(r"https://([a-z0-9][a-z0-9.-]{0,250})/api/v2/([^?#\s]{1,500})", re.IGNORECASE)
_WORD = re.compile(r"[a-z_]+")
_NO_ACCOUNT = frozenset({"zendesk.com", "www.zendesk.com"})


class Item(NamedTuple):
    """One record as found and where it stands (``tickets.ndjson:17``).

    ``repaired``: what is no Unicode or no JSON was replaced in it; ``is_deleted``: it says that the record is
    gone from the account.
    """

    kind: Kind
    raw: Mapping[str, Any]
    where: str
    repaired: bool = False
    is_deleted: bool = False


def host_of(raw: Mapping[str, Any]) -> str | None:
    """The account's host (``acme.zendesk.com``) in the object's own API address."""
    found = _ADDRESS.match(text(raw.get("url")))
    host = found[1].lower() if found else None
    return None if host in _NO_ACCOUNT else host


def collection_of(raw: Mapping[str, Any]) -> str | None:
    """The collection (``tickets``, ``macros``) in the object's own API address."""
    found = _ADDRESS.match(text(raw.get("url")))
    if found is None:
        return None
    parts = [part.removesuffix(".json") for part in found[2].lower().split("/")]
    known = [part for part in parts if part in COLLECTIONS]
    words = known or [part for part in parts if _WORD.fullmatch(part)]
    return words[-1] if words else None


def kind_of(raw: Mapping[str, Any], usual: Kind | None = None) -> Kind | None:
    """The kind of a record; ``usual`` is that of its neighbours, which settles what fields leave open."""
    collection = collection_of(raw)
    if collection is not None:
        return COLLECTIONS.get(collection)
    if (result := text(raw.get("result_type"))) in SINGLES:
        return SINGLES[result]
    for what, owner, kind in _ROWS:
        if what in raw and owner in raw:
            return kind
    if isinstance(raw.get("events"), list):
        return "audit"
    return _by_fields(raw, usual)


def kind_by_name(name: str) -> Kind | None:
    """What a file's name says: asked only where the content leaves it open."""
    words = name.casefold()
    return next((kind for word, kind in _BY_NAME if word in words), None)


def _by_fields(raw: Mapping[str, Any], usual: Kind | None) -> Kind | None:
    scores = {kind: len(signature & raw.keys()) for kind, signature in _SIGNATURES.items()}
    if "ticket_id" in raw and "subject" not in raw:
        # It hangs on a ticket, so it is none, however many fields (requester, assignee) it shares with one.
        scores = {kind: scores[kind] for kind in _OF_A_TICKET}
        usual = usual if usual in _OF_A_TICKET else None
    if usual is not None and scores.get(usual, 0) > 0:
        return usual
    best = max(scores, key=lambda kind: scores[kind])
    tied = sum(score == scores[best] for score in scores.values()) > 1
    return usual if tied else best
