"""Did my lost write arrive? One answer a kind, by reading alone (load rule 7).

The lists of Tiketti may be stale, cut or in any order, so a list that does not show what must be in it
proves nothing. What cannot be told apart by reading stays in doubt.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tiketti_migrate.api import Absent, Found, Inconclusive, Lookup, Refs
from tiketti_migrate.errors import Refused
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
from tiketti_migrate_tiketti.adopted import untold
from tiketti_migrate_tiketti.bodies import Provenance, begins_with, ends_with, mentions
from tiketti_migrate_tiketti.client import TikettiClient
from tiketti_migrate_tiketti.people import address_of

__all__ = ["Lookups", "bears_token", "moment"]

_BEFORE_MARK = timedelta(seconds=60)
# A description is written together with its ticket.
_AT_ONCE = timedelta(seconds=5)
_MOST_CHECKED = 20
_LONG_SUBJECT = 20
_READS_WITHOUT_PROOF = 2
# An id that no message has.
_NOBODY = "nobody-f3a91c"

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
                token = self._provenance.token(record.ticket_id, record.source_id)
                return self._text(record, record.ticket_id, token, refs, since, known)
            case LinkNote():
                token = self._provenance.link_token(record.source_id)
                return self._text(record, record.source_id, token, refs, since, known)
            case TimeEntry():
                return self._time_entry(record, refs, since, known)
            case Outcome():
                return self._outcome(record, refs)
            case Contact():
                return self._contact(record)
            case Label():
                return self._label(record, since)
            case Company():
                return self._company(record, known)
            case _:
                return Inconclusive(f"{record.kind} cannot be looked up")

    def _label(self, record: Label, since: datetime | None) -> Lookup:
        """The list tells no total. After a conflict something of this name must be in it."""
        reads = []
        for _ in range(1 + _READS_WITHOUT_PROOF):
            labels = self._client.labels()
            for label in labels.values():
                if _same(label.get("name"), record.name):
                    return _found(label)
            reads.append(labels.keys())
        if (since is None and not reads[0]) or any(keys != reads[0] for keys in reads):
            return Inconclusive("the list of labels was cut")
        return Absent()

    def _contact(self, record: Contact) -> Lookup:
        address = address_of(record, self._source_name)
        listing = self._client.all("contact", search=address)
        for contact in listing.items.values():
            if _same(contact.get("email"), address):
                return _found(contact)
        return Absent() if listing.complete else Inconclusive("the list of contacts was cut")

    def _company(self, record: Company, known: frozenset[str]) -> Lookup:
        token = (self._provenance.token("organization", record.source_id),)
        listing = self._client.all("company")
        namesakes = []
        for company in listing.items.values():
            if begins_with(str(company.get("notes") or ""), token):
                return _found(company, ours=True)
            if _same(company.get("name"), record.name):
                namesakes.append(company)
        for company in namesakes:
            # The list need not show the notes, the object itself does.
            whole = {} if "notes" in company else self._client.get("company", company["id"]) or {}
            if begins_with(str(whole.get("notes") or ""), token):
                return _found(company, ours=True)
        if not listing.complete or self._still_there("company", known - listing.items.keys()):
            return Inconclusive("the list of companies was cut")
        # Whatever its age: without our token it is somebody else's.
        return Found(min(company["id"] for company in namesakes)) if namesakes else Absent()

    def _ticket(self, record: Ticket, refs: Refs, since: datetime | None, known: frozenset[str]) -> Lookup:
        tokens = self._provenance.tokens_of(record, refs)
        if since is None:
            # Its first message may have come later than its description, or may have been another one then.
            tokens = tuple(dict.fromkeys((*tokens, *self._provenance.tokens_of(record, Refs()))))
        contact = refs.target("contact", record.requester_id)
        doubts: list[str] = []
        if since is not None and contact is not None:
            after = (since - _BEFORE_MARK).strftime("%Y-%m-%dT%H:%M:%SZ")
            listing = self._client.all("ticket", contact_id=contact, created_after=after)
            match self._among(listing.items, record, tokens, known):
                case Found() as ours:
                    return ours
                case Inconclusive(reason=reason):
                    doubts.append(reason)
            if not listing.complete or self._hidden(known - listing.items.keys(), contact):
                doubts.append("the list of tickets was cut")
        # Somebody may have given the ticket to another contact meanwhile.
        for token in tokens if since is None else tokens[:1]:
            found = self._client.all("ticket", search=_ids_of(token))
            match self._among(_recent(found.items, since), record, tokens, known):
                case Found() as ours:
                    return ours if since is not None else self._described(ours, record, refs)
                case Inconclusive(reason=reason):
                    doubts.append(reason)
            if not found.complete:
                doubts.append("the search was cut")
        return Inconclusive(doubts[0]) if doubts else Absent()

    def _described(self, ours: Found, record: Ticket, refs: Refs) -> Found:
        """What an earlier import left: with its first message as the description, or with its token alone."""
        first = refs.first_message
        if first is None:
            return ours
        opening = _opening(self._messages(ours.target_id) or {})
        alone = (self._provenance.token(record.source_id),)
        token = (self._provenance.token(record.source_id, first.source_id),)
        bearing = [message for message in opening if bears_token(message, token)]
        if not bearing or any(bears_token(message, alone) for message in opening):
            return ours
        return replace(ours, described=True, untold=untold(first, refs, self._provenance, bearing[0]))

    def _among(
        self, tickets: Mapping[str, Object], record: Ticket, tokens: tuple[str, ...], known: frozenset[str]
    ) -> Found | Inconclusive | None:
        doubtful, bearing = False, []
        for ticket_id, ticket in tickets.items():
            if ticket_id in known:
                continue
            opening = _opening(self._messages(ticket_id) or {})
            if any(bears_token(message, tokens) for message in opening):
                bearing.append(ticket)
            doubtful = doubtful or self._may_be(ticket, record, opening, tokens)
        if bearing:
            # Whoever forwards our text into a ticket of his own does it later.
            return _found(min(bearing, key=lambda ticket: str(ticket.get("created_at"))), ours=True)
        return Inconclusive("a ticket of this subject does not show its description") if doubtful else None

    def _may_be(self, ticket: Object, record: Ticket, opening: list[Object], tokens: tuple[str, ...]) -> bool:
        """Whether a ticket without our token in its opening may be ours all the same.

        Its description may be kept from us, or altered beyond recognition. The subject tells people's own.
        """
        theirs, ours = _folded(ticket.get("subject")), _folded(record.subject) or "(no subject)"
        cut_short = len(theirs) >= _LONG_SUBJECT and ours.startswith(theirs)
        if theirs and theirs != ours and not cut_short:
            return False
        if any(bears_token(message, (self._provenance.mark,)) for message in opening):
            return False
        if not opening or moment(opening[0].get("created_at")) is None:
            return True
        if _lag(ticket, opening[0]) > _AT_ONCE:
            return True
        shown = [str(message.get(part) or "") for message in opening for part in ("body_html", "body")]
        return any(mentions(text, token) for text in shown for token in tokens)

    def _messages(self, ticket_id: str) -> dict[str, Object] | None:
        """None when the ticket is not there."""
        try:
            return self._client.messages(ticket_id)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

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

    def _text(
        self,
        record: Message | LinkNote,
        ticket: str,
        token: str,
        refs: Refs,
        since: datetime | None,
        known: frozenset[str],
    ) -> Lookup:
        ticket_id = refs.target("ticket", ticket)
        if ticket_id is None:
            return Inconclusive("its ticket is not known")
        messages = self._messages(ticket_id)
        if messages is None:
            return self._gone(ticket_id)
        # Of an earlier import it is not known which message was the description.
        opening = _opening(messages)[:1] if since is None else []
        for message_id, message in messages.items():
            described = message in opening
            # What the API writes is outbound, but for a description: a customer's mail that quotes us is not.
            if message_id in known or (message.get("direction") == "inbound" and not described):
                continue
            if bears_token(message, (token,)):
                left = untold(record, refs, self._provenance, message) if since is None else None
                return replace(_found(message, ours=True), described=described, untold=left)
        # The description is a message too, and none of those that we know.
        withheld = not messages.keys() - known or self._withheld(ticket_id, known - messages.keys())
        nobodys = self._provenance.token(ticket, _NOBODY)
        if withheld or self._mentioned(token, nobodys, ticket_id, messages):
            return Inconclusive("the list of messages was cut")
        return Absent()

    def _gone(self, ticket_id: str) -> Inconclusive:
        """Fails for good only when the ticket itself says the same as its list."""
        if self._client.get("ticket", ticket_id) is not None:
            return Inconclusive("the ticket does not show its messages")
        words = "its ticket was deleted in Tiketti"
        raise Refused(words, status=404, code="PARENT_GONE", hint="nothing to do if that was meant")

    def _mentioned(self, token: str, nobodys: str, ticket_id: str, messages: Mapping[str, Object]) -> bool:
        """Whether the search knows of a message that the list, which tells no total, does not show."""
        if not self._search_finds(ticket_id, token):
            return False
        texts = [str(one.get(part) or "") for one in messages.values() for part in ("body_html", "body")]
        quoted = any(mentions(text, token) for text in texts)
        if not quoted and not self._search_finds(ticket_id, nobodys):
            return True
        # Somebody quotes it, or the search finds whatever holds some of the words: that proves nothing.
        again = (self._client.messages(ticket_id).keys() for _ in range(_READS_WITHOUT_PROOF))
        return any(keys != messages.keys() for keys in again)

    def _search_finds(self, ticket_id: str, token: str) -> bool:
        found = self._client.all("ticket", search=_ids_of(token))
        return ticket_id in found.items or not found.complete

    def _withheld(self, ticket_id: str, missing: frozenset[str]) -> bool:
        """Whether messages that the list does not show are there all the same; people may delete some."""
        if len(missing) > _MOST_CHECKED:
            return True
        return any(self._client.message(ticket_id, message_id) is not None for message_id in missing)

    def _time_entry(
        self, record: TimeEntry, refs: Refs, since: datetime | None, known: frozenset[str]
    ) -> Lookup:
        ticket_id = refs.target("ticket", record.ticket_id)
        if ticket_id is None:
            return Inconclusive("its ticket is not known")
        token = self._provenance.token(record.ticket_id, record.source_id)
        listing = self._client.all("time_entry", ticket_id=ticket_id)
        doubtful = False
        for entry_id, entry in listing.items.items():
            user = entry.get("user")
            ours = not isinstance(user, dict) or self._user_id in (None, user.get("id"))
            if entry_id in known or not ours:
                continue
            described = str(entry.get("description") or "")
            if ends_with(described, token):
                return _found(entry, ours=True)
            anonymous = not mentions(described, self._provenance.mark)
            doubtful = doubtful or (anonymous and _same_work(entry, record, since))
        if doubtful:
            return Inconclusive("an equal time entry lost its description or is somebody's own")
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
    """Whether a message begins with one of ``tokens``, however its body was altered."""
    return any(begins_with(str(message.get(part) or ""), tokens) for part in ("body_html", "body"))


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


def _opening(messages: Mapping[str, Object]) -> list[Object]:
    """The earliest messages: a rule of the account may answer in the second of the ticket's creation."""
    ordered = sorted(messages.values(), key=lambda message: str(message.get("created_at")))
    return [message for message in ordered if _lag(ordered[0], message) <= _AT_ONCE]


def _lag(earlier: Object, later: Object) -> timedelta:
    """Zero where the times cannot be read, so that nothing is ruled out by them."""
    begun, then = moment(earlier.get("created_at")), moment(later.get("created_at"))
    return then - begun if begun and then else timedelta()


def _recent(tickets: Mapping[str, Object], since: datetime | None) -> Mapping[str, Object]:
    """Of a search that found far more than one ticket, what is young enough to be ours."""
    if since is None or len(tickets) <= _MOST_CHECKED:
        return tickets
    earliest = since - _BEFORE_MARK
    return {key: one for key, one in tickets.items() if (moment(one.get("created_at")) or since) >= earliest}


def _ids_of(token: str) -> str:
    """What to search for, as white space may be altered. A ticket's id alone would be in too many texts."""
    ids = token.rpartition(" ")[2]
    return ids if "/" in ids and ids.endswith("]") else token


def _same_work(entry: Object, record: TimeEntry, since: datetime | None) -> bool:
    if since is None or (moment(entry.get("created_at")) or since) < since - _BEFORE_MARK:
        return False
    same = (entry.get("duration_minutes"), str(entry.get("date"))[:10])
    return same == (record.duration_minutes, record.date.isoformat())


def _folded(text: Any) -> str:
    return " ".join(text.split()).casefold() if isinstance(text, str) else ""


def _same(theirs: Any, ours: str) -> bool:
    return isinstance(theirs, str) and theirs.strip().casefold() == ours.strip().casefold()
