"""Users and organizations (zendesk-format.md, "Fields that matter")."""

import re

from tiketti_migrate.records import Agent, Company, Contact
from tiketti_migrate_zendesk.files import Line
from tiketti_migrate_zendesk.values import identifier, items, leftovers, text

__all__ = ["company_of", "person_of"]

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
_USER_EXTRAS = ("identities", "tags", "alias", "external_id", "user_fields", "organizations")
_COMPANY_EXTRAS = ("tags", "external_id", "organization_fields")


def person_of(line: Line) -> Agent | Contact | None:
    """An agent for staff, else a contact; None without an id."""
    user = line.data
    user_id = identifier(user.get("id") or user.get("_id"))
    if user_id is None:
        return None
    address = text(user.get("email")).strip()
    name = text(user.get("name")).strip() or address or f"Unknown user {user_id}"
    if text(user.get("role")).lower() in ("agent", "admin"):
        return Agent(source_id=user_id, origin=line.place, name=name, email=address or None)
    return _contact(line, user_id, name, address)


def _contact(line: Line, user_id: str, name: str, address: str) -> Contact:
    user = line.data
    warnings = []
    notes = [part for part in (text(user.get("notes")), text(user.get("details"))) if part.strip()]
    if address and not _ADDRESS.fullmatch(address):
        warnings.append("its e-mail address is none; it stands in the notes")
        notes.append(f"E-mail in Zendesk: {address}")
        address = ""
    if user.get("suspended") is True:
        warnings.append("was suspended in Zendesk")
    if user.get("active") is False or user.get("permanently_deleted") is True:
        warnings.append("was deleted in Zendesk")
    return Contact(
        source_id=user_id,
        origin=line.place,
        url=text(user.get("url")) or None,
        name=name,
        email=address or None,
        phone=text(user.get("phone")).strip() or None,
        company_id=identifier(user.get("organization_id")),
        notes="\n".join(notes) or None,
        extra=leftovers(user, _USER_EXTRAS),
        warnings=tuple(warnings),
    )


def company_of(line: Line) -> Company | None:
    """A company; None without an id."""
    data = line.data
    company_id = identifier(data.get("id") or data.get("_id"))
    if company_id is None:
        return None
    notes = [part for part in (text(data.get("notes")), text(data.get("details"))) if part.strip()]
    domains = tuple(d for d in (text(one).strip() for one in items(data.get("domain_names"))) if d)
    return Company(
        source_id=company_id,
        origin=line.place,
        url=text(data.get("url")) or None,
        name=text(data.get("name")).strip() or f"Organization {company_id}",
        domains=domains,
        notes="\n".join(notes) or None,
        extra=leftovers(data, _COMPANY_EXTRAS),
    )
