"""Contacts as Tiketti wants them: everybody has an address."""

import hashlib
import re
from typing import Any

from tiketti_migrate.errors import Refused
from tiketti_migrate.records import Contact

__all__ = ["address_of", "contact_body", "placeholder_of", "remedied", "scope_of"]

# Reserved by RFC 2606: nothing sent there can ever arrive.
_DOMAIN = "no-email.invalid"
_SHORT_NAME = 100
_GONE = "_given_up"
# Codes that speak of what was sent; HTTP_422 stands for an answer without any.
_VALIDATION = re.compile(r"(?i)valid|^HTTP_4")


def scope_of(source_name: str, account: str) -> str:
    """``zendesk-3f2a9c``: two accounts of one helpdesk may use the same id for different people."""
    if not account:
        return source_name
    return f"{source_name}-{hashlib.blake2b(account.encode('utf-8', 'replace'), digest_size=3).hexdigest()}"


def address_of(contact: Contact, scope: str) -> str:
    """The contact's address, or the placeholder that stands for it."""
    return (contact.email or "").strip() or placeholder_of(contact.source_id, scope)


def placeholder_of(source_id: str, scope: str) -> str:
    """``zendesk-3f2a9c-123@no-email.invalid``: the same for the same source id, for no other."""
    safe = re.sub(r"[^a-z0-9-]+", "-", source_id.lower()).strip("-")
    if safe != source_id or len(safe) > 40:
        safe = (
            f"{safe[:30]}-{hashlib.blake2b(source_id.encode('utf-8', 'replace'), digest_size=5).hexdigest()}"
        )
    return f"{scope}-{safe}@{_DOMAIN}"


def contact_body(contact: Contact, scope: str, company_id: str | None, title: str) -> dict[str, object]:
    """What ``POST /contacts`` takes (tiketti-api.md, "Contacts and companies"). ``title``: of the source."""
    address = address_of(contact, scope)
    body: dict[str, object] = {"name": contact.name.strip() or address, "email": address}
    if contact.phone:
        body["phone"] = contact.phone
    if company_id:
        body["company_id"] = company_id
    if notes := _notes(contact, title):
        body["notes"] = notes
    return body


def _notes(contact: Contact, title: str) -> str | None:
    """Whoever sees a placeholder should know that it is one."""
    given_up = _given_up(contact)
    if contact.natural_key or "notes" in given_up:
        return contact.notes
    why = "" if "email" in given_up else f"No usable e-mail address in {title}; "
    return _noted(contact, f"{why}{'t' if why else 'T'}his address is a placeholder.")


def remedied(contact: Contact, refused: Refused) -> tuple[Contact, str] | None:
    """A refused contact without the field that the server's words name, and what to tell about it.

    A ticket needs its requester, so every field can be given up but a part of the name, each of them once;
    the values are kept in the notes and in the ledger. Where a validation names no field, the address is
    the likeliest. None when there is nothing left to give up, or the refusal is not about what was sent.
    """
    if refused.status not in (400, 413, 422):
        return None
    done = _given_up(contact)
    open_fields = [field for field in _GIVEN_UP if field not in done and getattr(contact, field)]
    words = f"{refused.code} {refused.message}".casefold()
    named = [field for field in _GIVEN_UP if any(word in words for word in _GIVEN_UP[field])]
    if not named and _VALIDATION.search(refused.code):
        named = ["email"]
    for field in open_fields:
        if field not in named:
            continue
        changed = _without(contact, field)
        if changed is not None:
            changed["extra"] = {**contact.extra, _GONE: {**done, field: getattr(contact, field)}}
            warning = f"Tiketti refused it ({refused.message}): {_SAID[field]}"
            return contact.model_copy(update=changed), warning
    return None


def _given_up(contact: Contact) -> dict[str, Any]:
    tried = contact.extra.get(_GONE)
    return dict(tried) if isinstance(tried, dict) else {}


# Fields in the order in which they are given up, with the words that name them in a refusal.
_GIVEN_UP = {
    "email": ("email", "e-mail", "address"),
    "phone": ("phone",),
    "notes": ("notes",),
    "company_id": ("company",),
    "name": ("name",),
}
_SAID = {
    "email": "a placeholder address stands for its own, which is kept in the notes",
    "phone": "its phone number is kept in the notes",
    "notes": "its notes are left out; the ledger has them",
    "company_id": "it is linked to no company",
    "name": "its name is shortened; the whole name is kept in the notes",
}


def _without(contact: Contact, field: str) -> dict[str, object] | None:
    value = str(getattr(contact, field))
    match field:
        case "email":
            return {"email": None, "notes": _noted(contact, f"E-mail address in the source: {value}")}
        case "phone":
            return {"phone": None, "notes": _noted(contact, f"Phone in the source: {value}")}
        case "name" if len(value) > _SHORT_NAME:
            return {"name": value[:_SHORT_NAME], "notes": _noted(contact, f"Name in the source: {value}")}
        case "name":
            return None
        case _:
            return {field: None}


def _noted(contact: Contact, line: str) -> str:
    return f"{line}\n{contact.notes}" if contact.notes else line
