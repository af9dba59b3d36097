"""Users and organizations become agents, contacts and companies (zendesk-format.md, "Fields that matter")."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.account import Account
from tiketti_migrate_zendesk.audits import merged
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.identities import Addresses, addresses_of
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.recognise import host_of
from tiketti_migrate_zendesk.values import REPAIRED, as_text, identifier, shown, text

__all__ = ["NOBODY", "company_records", "is_staff", "nobody", "own_host", "page_of", "person_records"]

# The requester of tickets that name none.
NOBODY = "unknown-requester"
_STAFF = ("agent", "admin", "owner", "administrator")
_GONE = "permanently deleted user"
# Only what no server takes: the target says no to the rest and the load knows what to do then.
_ADDRESS = re.compile(r"[^@\s<>(),;:\"\\]+@[^@\s<>(),;:\"\\]+")
_LONGEST_ADDRESS = 254
# How somebody signs in and looks at Zendesk, which means nothing outside of it.
_BOOKKEEPING = (
    "id", "_id", "created_at", "updated_at", "last_login_at", "verified", "locale_id", "photo", "shared",
    "shared_agent", "shared_phone_number", "two_factor_auth_enabled", "moderator", "ticket_restriction",
    "only_private_comments", "restricted_agent", "chat_only", "default_group_id", "report_csv",
    "remote_photo_url", "authenticity_token", "iana_time_zone", "result_type", "role_type", "custom_role_id",
    "shared_tickets", "shared_comments", "deleted_at", "generated_timestamp",
)  # fmt: skip


def person_records(
    raw: Mapping[str, Any],
    source_id: str,
    where: str,
    identities: Sequence[Any],
    account: Account,
    options: ZendeskOptions,
    repaired: bool = False,
    tags: Sequence[Any] = (),
) -> list[RecordFields]:
    """An agent for staff, a contact for everybody else. ``identities`` and ``tags``: those found apart."""
    fields = Fields(raw, (REPAIRED,) if repaired else ())
    fields.drop(*_BOOKKEEPING)
    role = (fields.line("role") or "").lower()
    reached_by = merged(fields.items("identities"), identities)
    addresses = addresses_of(fields, reached_by)
    found = fields.line("name")
    if found is None:
        fields.warn("the user has no name")
    _say_what_became_of(fields, found)
    person: RecordFields = {
        "source_id": source_id,
        "origin": where,
        "url": page_of("users", source_id, own_host(fields, account)),
        "name": found or addresses.email or f"Unknown user {source_id}",
        "email": addresses.email,
    }
    if is_staff(role):
        # An agent has no notes that could tell them.
        _keep(fields, tags, reached_by, apart=bool(identities))
        fields.keep("phone")
        if role not in _STAFF:
            fields.keep("role")
        return [{**person, "kind": "agent", "extra": fields.extra(), "warnings": tuple(fields.warnings)}]
    if role not in ("end-user", "end_user"):
        fields.keep("role")
        fields.warn(f"the role {shown(role)} is unknown: taken as a customer" if role else "has no role")
    if options.extras == "off":
        _keep(fields, tags, reached_by, apart=bool(identities))
    return [_contact(fields, person, addresses, options, tags)]


def is_staff(role: str) -> bool:
    """Whether a role is one of the helpdesk's own people; accounts make roles of their own, too."""
    return role in _STAFF or "agent" in role


def company_records(
    raw: Mapping[str, Any],
    source_id: str,
    where: str,
    domains: Sequence[Any],
    tags: Sequence[Any],
    account: Account,
    options: ZendeskOptions,
    repaired: bool = False,
) -> list[RecordFields]:
    """A company. ``domains`` and ``tags``: those found apart from the organization."""
    fields = Fields(raw, (REPAIRED,) if repaired else ())
    fields.drop(*_BOOKKEEPING)
    name = fields.line("name")
    if name is None:
        fields.warn("the organization has no name")
    found = [" ".join(word.lower().split()) for word in _texts(fields, "domain_names", domains)]
    notes = [fields.text("notes"), fields.text("details")]
    group_id = fields.identifier("group_id")
    group = account.groups.get(group_id or "", group_id)
    if options.extras != "off":
        notes.append(_lines(fields, tags, (("Group", group),)))
    elif group_id is not None:
        fields.keep("group_id")
    if options.extras == "off" and tags:
        fields.keep_as("tags", [*fields.items("tags"), *tags])
    return [
        {
            "kind": "company",
            "source_id": source_id,
            "origin": where,
            "url": page_of("organizations", source_id, own_host(fields, account)),
            "name": name or f"Organization {source_id}",
            "domains": tuple(dict.fromkeys(domain for domain in found if domain)),
            "notes": _joined(notes),
            "extra": fields.extra(),
            "warnings": tuple(fields.warnings),
        }
    ]


def nobody() -> RecordFields:
    """Stands for whoever asked a ticket that names neither requester nor submitter."""
    warning = "stands for the requesters of tickets that name nobody"
    return {"kind": "contact", "source_id": NOBODY, "name": "Unknown requester", "warnings": (warning,)}


def own_host(fields: Fields, account: Account) -> str | None:
    """The host that the object's own address names, else the account's."""
    found = host_of(fields.raw)
    if found is not None:
        fields.drop("url")
    return found or account.host


def page_of(section: str, object_id: str, host: str | None) -> str | None:
    """Where staff saw the object (https://acme.zendesk.com/agent/tickets/1), if the host is known."""
    is_plain = identifier(object_id) is not None and object_id.isascii() and object_id.isalnum()
    return f"https://{host}/agent/{section}/{object_id}" if host and is_plain else None


def _say_what_became_of(fields: Fields, name: str | None) -> None:
    if fields.flag("suspended"):
        fields.warn("was suspended in Zendesk")
    is_gone = fields.flag("permanently_deleted") or (name or "").casefold() == _GONE
    is_inactive = fields.flag("active") is False
    if is_gone:
        fields.warn("was deleted for good in Zendesk: nothing else is known of the person")
    elif is_inactive:
        fields.warn("was deleted in Zendesk")


def _keep(fields: Fields, tags: Sequence[Any], identities: Sequence[Any], *, apart: bool) -> None:
    """What came apart stays beside the person like what did not."""
    fields.keep("identities")
    if apart:
        fields.keep_as("identities", [*identities])
    if tags:
        fields.keep_as("tags", [*fields.items("tags"), *tags])


def _contact(
    fields: Fields,
    person: RecordFields,
    addresses: Addresses,
    options: ZendeskOptions,
    tags: Sequence[Any],
) -> RecordFields:
    notes = [fields.text("notes"), fields.text("details")]
    address = person["email"]
    if address is not None and not (_ADDRESS.fullmatch(address) and len(address) <= _LONGEST_ADDRESS):
        fields.warn(f"{shown(address)} is no e-mail address: it stands in the notes")
        notes.append(f"E-mail in Zendesk: {address}")
        address = None
    company_id = fields.identifier("organization_id")
    if options.extras != "off":
        notes.append(_lines(fields, tags, addresses.others))
    return {
        **person,
        "kind": "contact",
        "email": address,
        "phone": addresses.phone,
        "company_id": company_id,
        "notes": _joined(notes),
        "extra": fields.extra(),
        "warnings": tuple(fields.warnings),
    }


def _texts(fields: Fields, key: str, apart: Sequence[Any]) -> list[str]:
    """Those of a list and those found apart; what is no text is kept with a warning."""
    listed = [*fields.items(key), *apart]
    if any(one is not None and not isinstance(one, str) and not text(one) for one in listed):
        fields.warn(f"{key}: some are no words: kept as extra")
        fields.keep_as(key, listed)
    return [words for one in listed if (words := text(one).strip())]


def _lines(fields: Fields, tags: Sequence[Any], more: Iterable[tuple[str, str | None]]) -> str | None:
    """What has no field of its own, a line each."""
    lines = [(title, fields.line(key)) for key, title in (("alias", "Alias"), ("external_id", "External id"))]
    lines += more
    words = [" ".join(tag.split()) for tag in _texts(fields, "tags", tags)]
    lines.append(("Tags", ", ".join(dict.fromkeys(words))))
    for key in ("user_fields", "organization_fields"):
        own = fields.raw.get(key)
        if isinstance(own, Mapping):
            fields.drop(key)
            lines += [(text(str(name)), as_text(value)) for name, value in own.items() if value or value == 0]
    return "\n".join(f"{title}: {words}" for title, words in lines if words) or None


def _joined(parts: Iterable[str | None]) -> str | None:
    return "\n\n".join(part.strip() for part in parts if part) or None
