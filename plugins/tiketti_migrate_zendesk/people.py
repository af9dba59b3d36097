"""Users and organizations become agents, contacts and companies (zendesk-format.md, "Fields that matter")."""

import re

from tiketti_migrate.records import Agent, Company, Contact
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.recognise import host_of
from tiketti_migrate_zendesk.values import identifier, shown, text

__all__ = ["NOBODY", "company_of", "nobody", "page_of", "person_of"]

# The requester of tickets that name none.
NOBODY = "unknown-requester"
_STAFF = ("agent", "admin")
# Only what no server takes: the target says no to the rest and the load knows what to do then.
_ADDRESS = re.compile(r"[^@\s<>(),;:\"\\]+@[^@\s<>(),;:\"\\]+")
_LONGEST_ADDRESS = 254


def person_of(fields: Fields, user_id: str, where: str, host: str | None) -> Agent | Contact:
    """An agent for staff, a contact for everybody else."""
    role = (fields.line("role") or "").lower()
    address = fields.line("email")
    found = fields.line("name") or address
    if found is None:
        fields.warn("the user has no name")
    name = found or f"Unknown user {user_id}"
    if fields.flag("suspended"):
        fields.warn("was suspended in Zendesk")
    if fields.flag("active") is False or fields.flag("permanently_deleted"):
        fields.warn("was deleted in Zendesk")
    url = page_of(fields, "users", user_id, host)
    if role in _STAFF:
        extra = fields.extra()
        warnings = tuple(fields.warnings)
        return Agent(
            source_id=user_id, origin=where, url=url, name=name, email=address, extra=extra, warnings=warnings
        )
    if role != "end-user":
        fields.warn(f"the role {shown(role)} is unknown: taken as a customer" if role else "has no role")
    return _contact(fields, user_id, where, name, address, url)


def _contact(
    fields: Fields, user_id: str, where: str, name: str, address: str | None, url: str | None
) -> Contact:
    notes = [fields.text("notes"), fields.text("details")]
    if address is not None and not (_ADDRESS.fullmatch(address) and len(address) <= _LONGEST_ADDRESS):
        fields.warn(f"{shown(address)} is no e-mail address: it stands in the notes")
        notes.append(f"E-mail in Zendesk: {address}")
        address = None
    phone = fields.line("phone")
    company_id = fields.identifier("organization_id")
    return Contact(
        source_id=user_id,
        origin=where,
        url=url,
        name=name,
        email=address,
        phone=phone,
        company_id=company_id,
        notes=_joined(notes),
        extra=fields.extra(),
        warnings=tuple(fields.warnings),
    )


def company_of(fields: Fields, company_id: str, where: str, host: str | None) -> Company:
    """A company with its e-mail domains."""
    name = fields.line("name")
    if name is None:
        fields.warn("the organization has no name")
    found = (text(domain).strip().lower() for domain in fields.items("domain_names"))
    domains = tuple(dict.fromkeys(domain for domain in found if domain))
    notes = _joined([fields.text("notes"), fields.text("details")])
    return Company(
        source_id=company_id,
        origin=where,
        url=page_of(fields, "organizations", company_id, host),
        name=name or f"Organization {company_id}",
        domains=domains,
        notes=notes,
        extra=fields.extra(),
        warnings=tuple(fields.warnings),
    )


def nobody() -> Contact:
    """Stands for whoever asked a ticket that names neither requester nor submitter."""
    warning = "stands for the requesters of tickets that name nobody"
    return Contact(source_id=NOBODY, name="Unknown requester", warnings=(warning,))


def page_of(fields: Fields, section: str, object_id: str, host: str | None) -> str | None:
    """Where staff saw the object (https://acme.zendesk.com/agent/tickets/1), if the host is known."""
    if host_of(fields.raw) is not None:
        fields.drop("url")
    is_plain = identifier(object_id) is not None and object_id.isascii() and object_id.isalnum()
    return f"https://{host}/agent/{section}/{object_id}" if host and is_plain else None


def _joined(parts: list[str | None]) -> str | None:
    return "\n\n".join(part.strip() for part in parts if part) or None
