"""Contacts as Tiketti wants them: everybody has an address."""

import hashlib
import re

from tiketti_migrate.errors import Refused
from tiketti_migrate.records import Contact

__all__ = ["address_of", "contact_body", "placeholder_of", "without_address"]

# Reserved by RFC 2606: nothing sent there can ever arrive.
_DOMAIN = "no-email.invalid"
_TAKES_NO_REMEDY = "_placeholder"


def address_of(contact: Contact, source_name: str) -> str:
    """The contact's address, or the placeholder that stands for it."""
    return contact.email.strip() if contact.email else placeholder_of(contact.source_id, source_name)


def placeholder_of(source_id: str, source_name: str) -> str:
    """``zendesk-123@no-email.invalid``: the same for the same source id, for no other."""
    safe = re.sub(r"[^a-z0-9-]+", "-", source_id.lower()).strip("-")
    if safe != source_id or len(safe) > 40:
        safe = (
            f"{safe[:30]}-{hashlib.blake2b(source_id.encode('utf-8', 'replace'), digest_size=5).hexdigest()}"
        )
    return f"{source_name}-{safe}@{_DOMAIN}"


def contact_body(contact: Contact, source_name: str, company_id: str | None) -> dict[str, object]:
    """What ``POST /contacts`` takes (tiketti-api.md, "Contacts and companies")."""
    body: dict[str, object] = {"name": contact.name, "email": address_of(contact, source_name)}
    if contact.phone:
        body["phone"] = contact.phone
    if company_id:
        body["company_id"] = company_id
    if contact.notes:
        body["notes"] = contact.notes
    return body


def without_address(contact: Contact, refused: Refused) -> Contact | None:
    """A requester whom the server refuses, as a placeholder; None when that was tried already."""
    if contact.email is None or contact.extra.get(_TAKES_NO_REMEDY) or refused.status not in (400, 422):
        return None
    notes = f"E-mail address in the source: {contact.email}"
    return contact.model_copy(
        update={
            "email": None,
            "notes": f"{notes}\n{contact.notes}" if contact.notes else notes,
            "extra": {**contact.extra, _TAKES_NO_REMEDY: True},
        }
    )
