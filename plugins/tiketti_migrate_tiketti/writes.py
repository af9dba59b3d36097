"""What each kind sends: exactly one request that cannot be repeated (load rules 1 to 6)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from tiketti_migrate.api import Created, Refs
from tiketti_migrate.errors import Conflict, Refused
from tiketti_migrate.http import Slot
from tiketti_migrate.records import (
    Company,
    Contact,
    Label,
    LinkNote,
    Message,
    Outcome,
    Record,
    Ticket,
    TimeEntry,
)
from tiketti_migrate_tiketti.bodies import Provenance
from tiketti_migrate_tiketti.client import TikettiClient
from tiketti_migrate_tiketti.people import contact_body

__all__ = ["ENDPOINTS", "PALETTE", "Writes"]

# tiketti-api.md: what the write of each kind calls.
ENDPOINTS = {
    "label": "POST /labels",
    "company": "POST /companies",
    "contact": "POST /contacts",
    "ticket": "POST /tickets",
    "message": "POST /tickets/:id/messages",
    "time_entry": "POST /tickets/:id/time-entries",
    "outcome": "PATCH /tickets/:id",
    "link_note": "POST /tickets/:id/messages",
}

# tiketti-api.md, "Labels": the palette the pages suggest.
PALETTE = ("#EF4444", "#F97316", "#EAB308", "#22C55E", "#3B82F6", "#8B5CF6", "#6B7280")

_TAKEN = ("taken", "exist", "duplicate", "unique", "in use", "conflict")


class Writes:
    """Thread-safe. ``scope`` goes into placeholder addresses; to ``refused_assignees`` no ticket is assigned
    any more.
    """

    def __init__(self, client: TikettiClient, provenance: Provenance, scope: str) -> None:
        self._client = client
        self._provenance = provenance
        self._scope = scope
        self.refused_assignees: set[str | None] = set()

    def write(self, record: Record, refs: Refs, slot: Slot) -> Created:
        """See Sink.create."""
        match record:
            case Label():
                return self._unique("label", _label_body(record), slot)
            case Company():
                return _created(self._client.create("company", self._company_body(record), slot))
            case Contact():
                return self._contact(record, refs, slot)
            case Ticket():
                return self._ticket(record, refs, slot)
            case Message():
                body = self._provenance.message(record, refs)
                return self._message(record.ticket_id, body, refs, slot, is_internal=record.is_internal)
            case LinkNote():
                note = self._provenance.link_note(record, refs)
                return self._message(record.source_id, note, refs, slot, is_internal=True)
            case TimeEntry():
                return self._time_entry(record, refs, slot)
            case Outcome():
                return self._outcome(record, refs, slot)
            case _:
                raise Refused(f"Tiketti has no {record.kind}", status=0, code="NO_SUCH_KIND")

    def _unique(self, kind: str, body: Mapping[str, Any], slot: Slot) -> Created:
        try:
            return _created(self._client.create(kind, body, slot))
        except Refused as refused:
            words = f"{refused.code} {refused.message}".lower()
            if refused.status in (400, 409, 422) and any(word in words for word in _TAKEN):
                raise Conflict(refused.message, status=refused.status, code=refused.code) from refused
            raise

    def _contact(self, record: Contact, refs: Refs, slot: Slot) -> Created:
        company_id = refs.target("company", record.company_id)
        body = contact_body(record, self._scope, company_id, self._provenance.title)
        made = self._unique("contact", body, slot)
        warnings = []
        if record.natural_key is None:
            warnings.append(f"has no e-mail address; {body['email']} stands for it")
        if record.company_id and company_id is None:
            warnings.append(f"without its company {record.company_id}")
        return Created(made.target_id, warnings=tuple(warnings))

    def _company_body(self, record: Company) -> dict[str, Any]:
        token = self._provenance.token("organization", record.source_id)
        body: dict[str, Any] = {"name": record.name, "notes": f"{token}\n{record.notes or ''}".strip()}
        if record.domains:
            body["domains"] = list(record.domains)
        if record.hourly_rate is not None:
            body["hourly_rate"] = float(record.hourly_rate)
        for field in ("currency", "ticket_prefix"):
            if getattr(record, field):
                body[field] = getattr(record, field)
        return body

    def _ticket(self, record: Ticket, refs: Refs, slot: Slot) -> Created:
        labels = {label: refs.target("label", label) for label in record.label_ids}
        body: dict[str, Any] = {
            "subject": record.subject.strip() or "(no subject)",
            "contact_id": refs.target("contact", record.requester_id),
            "description": self._provenance.description(record, refs),
            "priority": record.priority,
        }
        label_ids = list(dict.fromkeys(target for target in labels.values() if target))
        if label_ids:
            body["label_ids"] = label_ids
        missing = [name for name, target in labels.items() if not target]
        warnings = [f"without its label {name}" for name in missing if name not in refs.left_out]
        noted: dict[str, JsonValue] = {"_without_labels": list(missing)} if missing else {}
        assignee = refs.target("agent", record.assignee_id)
        if assignee in self.refused_assignees:
            warnings.append(f"without its assignee {record.assignee_id}, whom Tiketti has refused")
        elif assignee:
            body["assignee_id"] = assignee
        if record.assignee_id:
            noted["_assignee"] = body.get("assignee_id", "")
        return _created(self._client.create("ticket", body, slot), tuple(warnings), noted)

    def _message(self, ticket: str, body: str, refs: Refs, slot: Slot, *, is_internal: bool) -> Created:
        ticket_id = _ticket_of(refs, ticket)
        with _Parent():
            made = self._client.create_message(ticket_id, body, is_internal=is_internal, slot=slot)
        return _created(made)

    def _time_entry(self, record: TimeEntry, refs: Refs, slot: Slot) -> Created:
        ticket_id = _ticket_of(refs, record.ticket_id)
        token = self._provenance.token(record.ticket_id, record.source_id)
        agent = refs.people.get(record.agent_id) if record.agent_id else None
        said = " ".join(part for part in (agent and f"{agent.name}:", record.description) if part)
        body: dict[str, Any] = {
            "duration_minutes": record.duration_minutes,
            "description": f"{said} {token}".strip(),
            "billable": record.billable,
            "date": record.date.isoformat(),
        }
        if record.rate is not None:
            body["rate"] = float(record.rate)
        with _Parent():
            return _created(self._client.create_time_entry(ticket_id, body, slot))

    def _outcome(self, record: Outcome, refs: Refs, slot: Slot) -> Created:
        ticket_id = _ticket_of(refs, record.source_id)
        if refs.revisited:
            # The reserved slot may be the probe that the GET would wait for.
            slot.release()
        if refs.revisited and (left := self._left_by_others(ticket_id, record, refs)) is not None:
            return left
        with _Parent():
            made = self._client.patch("ticket", ticket_id, {"status": record.status}, slot)
        status = made.get("status")
        return Created(ticket_id, status=status if isinstance(status, str) else record.status)

    def _left_by_others(self, ticket_id: str, record: Outcome, refs: Refs) -> Created | None:
        """The status as it is, when it needs no change or was changed by somebody else (rule 11).

        After a public reply it is set in any case: the reply itself may still move it.
        """
        ticket = self._client.get("ticket", ticket_id)
        if ticket is None:
            raise _gone()
        status = str(ticket.get("status"))
        if status == record.status and not refs.public_replies:
            return Created(ticket_id, status=status)
        by_us = {record.status, refs.ticket_status or "open"} | (
            {"open", "pending"} if refs.public_replies else set()
        )
        if status in by_us:
            return None
        warning = f"somebody set its status to {status} meanwhile; {record.status} was not set"
        # What we set last stays noted: the next change of the source must not take theirs for ours.
        return Created(ticket_id, status=refs.ticket_status, warnings=(warning,))


class _Parent:
    """Inside, a 404 means that somebody deleted the ticket."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Refused) and error.status == 404:
            raise _gone() from error


def _gone() -> Refused:
    return Refused(
        "its ticket was deleted in Tiketti",
        status=404,
        code="PARENT_GONE",
        hint="nothing to do if that was meant",
    )


def _ticket_of(refs: Refs, source_id: str) -> str:
    ticket_id = refs.target("ticket", source_id)
    if ticket_id is None:
        raise Refused(f"ticket {source_id} is not in Tiketti", status=0, code="MISSING_PARENT")
    return ticket_id


def _label_body(record: Label) -> dict[str, Any]:
    digest = hashlib.blake2b(record.name.casefold().encode("utf-8", "replace"), digest_size=4).digest()
    colour = record.color or PALETTE[int.from_bytes(digest, "big") % len(PALETTE)]
    body = {"name": record.name, "color": colour}
    if record.description:
        body["description"] = record.description
    return body


def _created(
    made: Mapping[str, Any], warnings: tuple[str, ...] = (), noted: Mapping[str, JsonValue] | None = None
) -> Created:
    code, status = made.get("code"), made.get("status")
    return Created(
        str(made["id"]),
        code=code if isinstance(code, str) else None,
        status=status if isinstance(status, str) else None,
        warnings=warnings,
        noted=noted or {},
    )
