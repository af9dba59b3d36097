"""Did my lost write arrive? One answer a kind, by reading alone (load rule 7).

The lists of Tiketti may be stale, cut or in any order, so a list that does not show what must be in it
proves nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tiketti_migrate.api import Absent, Found, Inconclusive, Lookup, Refs
from tiketti_migrate.errors import Refused
from tiketti_migrate.records import Company, Contact, Label, Message, Outcome, Record, Ticket, TimeEntry
from tiketti_migrate_tiketti.bodies import Provenance, first_line, plain_text
from tiketti_migrate_tiketti.client import TikettiClient
from tiketti_migrate_tiketti.people import address_of

__all__ = ["Lookups", "bears_token", "moment"]

_BEFORE_MARK = timedelta(seconds=60)
_MOST_CHECKED = 20

Object = Mapping[str, Any]


class Lookups:
    """Looks for one record at a time. ``user_id``: ours."""

    def __init__(
        self, client: TikettiClient, provenance: Provenance, source_name: str, user_id: str | None
    ) -> None:
        self._client = client
        self._provenance = provenance
        self._source_name = source_name
        self._user_id = user_id

    def find(self, record: Record, refs: Refs, since: datetime | None, known: frozenset[str]) -> Lookup:
        """See Sink.find."""
        match record:
            case Ticket():
                return self._ticket(record, refs, since, known)
            case Message():
                return self._message(record, refs, known)
            case TimeEntry():
                return self._time_entry(record, refs, known)
            case Outcome():
                return self._outcome(record, refs)
            case Contact():
                return self._contact(record)
            case Label():
                return self._label(record)
            case Company():
                return self._company(record, known)
            case _:
                return Inconclusive(f"{record.kind} cannot be looked up")

    def _label(self, record: Label) -> Lookup:
        for label in self._client.labels().values():
            if _same(label.get("name"), record.name):
                return _found(label)
        return Absent()

    def _contact(self, record: Contact) -> Lookup:
        address = address_of(record, self._source_name)
        listing = self._client.all("contact", search=address)
        for contact in listing.items.values():
            if _same(contact.get("email"), address):
                return _found(contact)
        return Absent() if listing.complete else Inconclusive("the list of contacts was cut")

    def _company(self, record: Company, known: frozenset[str]) -> Lookup:
        token = self._provenance.token("organization", record.source_id)
        listing = self._client.all("company")
        namesakes = []
        for company in listing.items.values():
            if first_line(str(company.get("notes") or "")).startswith(token):
                return _found(company, ours=True)
            if _same(company.get("name"), record.name):
                namesakes.append(company)
        for company in namesakes:
            # The list need not show the notes, the object itself does.
            whole = self._client.get("company", company["id"]) or {}
            ours = first_line(str(whole.get("notes") or "")).startswith(token)
            return _found(company, ours=ours)
        if not listing.complete or self._still_there("company", known - listing.items.keys()):
            return Inconclusive("the list of companies was cut")
        return Absent()

    def _ticket(self, record: Ticket, refs: Refs, since: datetime | None, known: frozenset[str]) -> Lookup:
        tokens = self._provenance.tokens_of(record, refs)
        contact = refs.target("contact", record.requester_id)
        complete = True
        if since is not None and contact is not None:
            after = (since - _BEFORE_MARK).strftime("%Y-%m-%dT%H:%M:%SZ")
            listing = self._client.all("ticket", contact_id=contact, created_after=after)
            answer = self._bearing(listing.items, tokens, known)
            if answer is not None:
                return answer
            complete = listing.complete and not self._hidden(known - listing.items.keys(), contact)
        # Somebody may have given the ticket to another contact meanwhile.
        found = self._client.all("ticket", search=tokens[0])
        answer = self._bearing(found.items, tokens, known)
        if answer is not None:
            return answer
        return Absent() if complete and found.complete else Inconclusive("the list of tickets was cut")

    def _bearing(
        self, tickets: Mapping[str, Object], tokens: tuple[str, ...], known: frozenset[str]
    ) -> Lookup | None:
        unreadable = False
        for ticket_id, ticket in tickets.items():
            if ticket_id in known:
                continue
            first = self._first_message(ticket_id)
            if first is None:
                unreadable = True
            elif bears_token(first, tokens):
                return _found(ticket, ours=True)
        return Inconclusive("a ticket shows no message yet") if unreadable else None

    def _first_message(self, ticket_id: str) -> Object | None:
        try:
            messages = self._client.messages(ticket_id)
        except Refused as refused:
            if refused.status == 404:
                return {}
            raise
        return min(messages.values(), key=lambda m: str(m.get("created_at")), default=None)

    def _hidden(self, missing: frozenset[str] | set[str], contact: str) -> bool:
        """Whether a ticket that the list does not show should be in it: moved and deleted ones should not."""
        if len(missing) > _MOST_CHECKED:
            return True
        for ticket_id in missing:
            ticket = self._client.get("ticket", ticket_id)
            holder = ticket.get("contact") if ticket else None
            if isinstance(holder, dict) and holder.get("id") == contact:
                return True
        return False

    def _message(self, record: Message, refs: Refs, known: frozenset[str]) -> Lookup:
        ticket_id = refs.target("ticket", record.ticket_id)
        if ticket_id is None:
            return Inconclusive("its ticket is not known")
        token = self._provenance.token(record.ticket_id, record.source_id)
        messages = self._client.messages(ticket_id)
        for message_id, message in messages.items():
            if message_id not in known and bears_token(message, (token,)):
                return _found(message, ours=True)
        cut = Inconclusive("the list of messages was cut")
        # The description is a message too, and none of those that we know.
        if not messages.keys() - known or self._withheld(ticket_id, known - messages.keys()):
            return cut
        # This list tells no total. The search looks at messages as well, and by another way.
        found = self._client.all("ticket", search=token)
        return Absent() if found.complete and ticket_id not in found.items else cut

    def _withheld(self, ticket_id: str, missing: frozenset[str]) -> bool:
        """Whether messages that the list does not show are there all the same; people may delete some."""
        if len(missing) > _MOST_CHECKED:
            return True
        return any(self._client.message(ticket_id, message_id) is not None for message_id in missing)

    def _time_entry(self, record: TimeEntry, refs: Refs, known: frozenset[str]) -> Lookup:
        ticket_id = refs.target("ticket", record.ticket_id)
        if ticket_id is None:
            return Inconclusive("its ticket is not known")
        token = self._provenance.token(record.ticket_id, record.source_id)
        listing = self._client.all("time_entry", ticket_id=ticket_id)
        for entry_id, entry in listing.items.items():
            user = entry.get("user")
            ours = not isinstance(user, dict) or self._user_id in (None, user.get("id"))
            described = " ".join(plain_text(str(entry.get("description") or "")).split())
            if entry_id not in known and ours and described.endswith(token):
                return _found(entry, ours=True)
        if not listing.complete or self._still_there("time_entry", known - listing.items.keys()):
            return Inconclusive("the list of time entries was cut")
        return Absent()

    def _still_there(self, kind: str, missing: frozenset[str]) -> bool:
        """Whether what a list does not show exists: then the list is wrong, else somebody deleted it."""
        if len(missing) > _MOST_CHECKED:
            return True
        return any(self._client.get(kind, target_id) is not None for target_id in missing)

    def _outcome(self, record: Outcome, refs: Refs) -> Lookup:
        ticket_id = refs.target("ticket", record.source_id)
        ticket = self._client.get("ticket", ticket_id) if ticket_id else None
        if ticket is None:
            return Absent()
        return _found(ticket, ours=True) if ticket.get("status") == record.status else Absent()


def bears_token(message: Object, tokens: tuple[str, ...]) -> bool:
    """Whether the first line of a message begins with one of ``tokens``, however the body was altered."""
    return any(first_line(str(message.get(part) or "")).startswith(tokens) for part in ("body_html", "body"))


def moment(value: Any) -> datetime | None:
    """A time as Tiketti writes it, None when it cannot be read."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _found(item: Object, *, ours: bool = False) -> Found:
    status, code = item.get("status"), item.get("code")
    return Found(
        item["id"],
        ours=ours,
        created_at=moment(item.get("created_at")),
        code=code if isinstance(code, str) else None,
        status=status if isinstance(status, str) else None,
    )


def _same(theirs: Any, ours: str) -> bool:
    return isinstance(theirs, str) and theirs.strip().casefold() == ours.strip().casefold()
