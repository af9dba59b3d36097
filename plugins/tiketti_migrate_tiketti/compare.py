"""Verify one ticket: what was written beside what Tiketti shows now."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tiketti_migrate.api import Difference, Refs
from tiketti_migrate.records import LinkNote, Message, Outcome, Record, Ticket, TimeEntry
from tiketti_migrate_tiketti.bodies import Provenance, essence
from tiketti_migrate_tiketti.client import TikettiClient
from tiketti_migrate_tiketti.lookups import bears_token

__all__ = ["compare"]

Object = Mapping[str, Any]


def compare(
    client: TikettiClient,
    provenance: Provenance,
    ticket: Ticket,
    target_id: str,
    refs: Refs,
    lane: list[tuple[Record, str | None]],
) -> list[Difference]:
    """Two or three requests: the ticket, its messages, and its time entries if there should be any."""
    shown = client.get("ticket", target_id)
    if shown is None:
        return [Difference("ticket", ticket.source_id, "is no longer in Tiketti")]
    records = [record for record, _ in lane]
    found = list(_ticket(ticket, shown, refs, records))
    talk = client.messages(target_id)
    messages = [record for record in records if isinstance(record, Message)]
    found += _messages(messages, talk, provenance, refs)
    for note in (record for record in records if isinstance(record, LinkNote)):
        found += _note(note, talk, provenance, refs)
    entries = [(record, entry_id) for record, entry_id in lane if isinstance(record, TimeEntry)]
    if entries:
        found += _time(entries, client.all("time_entry", ticket_id=target_id).items)
    return found


def _ticket(ticket: Ticket, shown: Object, refs: Refs, records: list[Record]) -> Iterator[Difference]:
    # What is there by now was not always there when the ticket was written.
    without = ticket.extra.get("_without_labels")
    missing = set(map(str, without)) if isinstance(without, list) else set()
    labels = {refs.target("label", label) for label in ticket.label_ids if label not in missing} - {None}
    expected: dict[str, tuple[Any, Any]] = {
        "subject": (_folded(ticket.subject) or "(no subject)", _folded(str(shown.get("subject")))),
        "priority": (ticket.priority, shown.get("priority")),
        "contact": (refs.target("contact", ticket.requester_id), _id_of(shown.get("contact"))),
        "labels": (sorted(map(str, labels)), sorted(map(str, map(_id_of, shown.get("labels") or [])))),
    }
    assignee = ticket.extra.get("_assignee", refs.target("agent", ticket.assignee_id))
    if assignee:
        expected["assignee"] = (assignee, _id_of(shown.get("assignee")))
    for record in records:
        if isinstance(record, Outcome):
            expected["status"] = (record.status, shown.get("status"))
    for field, (ours, theirs) in expected.items():
        if ours != theirs:
            yield Difference("ticket", ticket.source_id, f"{field}: written {ours!r}, now {theirs!r}")


def _messages(
    messages: list[Message], shown: Mapping[str, Object], provenance: Provenance, refs: Refs
) -> Iterator[Difference]:
    in_order = _in_order(shown)
    places = []
    for message in messages:
        token = provenance.token(message.ticket_id, message.source_id)
        bearing = _bearing(token, in_order)
        places += bearing[:1]
        bodies = [in_order[place] for place in bearing]
        # What an earlier import wrote has the codes that were known then.
        sent = {provenance.message(message, one) for one in (refs, replace(refs, codes={}))}
        yield from _message(message, bodies, sent, refs.codes, is_internal=message.is_internal)
    if places != sorted(places) and messages:
        yield Difference("ticket", messages[0].ticket_id, "its messages are in another order")


def _note(
    note: LinkNote, shown: Mapping[str, Object], provenance: Provenance, refs: Refs
) -> Iterator[Difference]:
    """Its place tells nothing: what is new in the source comes after it."""
    in_order = _in_order(shown)
    bodies = [in_order[place] for place in _bearing(provenance.link_token(note.source_id), in_order)]
    yield from _message(note, bodies, {provenance.link_note(note, refs)}, {}, is_internal=True)


def _message(
    record: Message | LinkNote,
    bearing: list[Object],
    sent: set[str],
    codes: Mapping[str, str],
    *,
    is_internal: bool,
) -> Iterator[Difference]:
    """``bearing``: the messages that bear its token. ``sent``: what it may say, with any of ``codes``."""
    if not bearing:
        yield Difference(record.kind, record.source_id, "is not in Tiketti")
        return
    if len(bearing) > 1:
        yield Difference(record.kind, record.source_id, f"is in Tiketti {len(bearing)} times")
    shown = bearing[0]
    if bool(shown.get("is_internal")) != is_internal:
        yield Difference(record.kind, record.source_id, "internal and public are exchanged")
    theirs = {essence(str(shown.get(part) or "")) for part in ("body", "body_html")}
    ours = set(map(essence, sent))
    if ours.isdisjoint(theirs) and _unnumbered(ours, codes).isdisjoint(_unnumbered(theirs, codes)):
        yield Difference(record.kind, record.source_id, "its text differs")


def _unnumbered(texts: set[str], codes: Mapping[str, str]) -> set[str]:
    """As they read before links got numbers."""
    if not codes:
        return texts
    numbers = sorted({essence(code) for code in codes.values()}, key=len, reverse=True)
    inserted = re.compile("|".join([*map(re.escape, numbers), r"\(was", "[()]"]))
    return {inserted.sub("", text) for text in texts}


def _in_order(shown: Mapping[str, Object]) -> list[Object]:
    return sorted(shown.values(), key=lambda message: str(message.get("created_at")))


def _bearing(token: str, in_order: list[Object]) -> list[int]:
    return [place for place, one in enumerate(in_order) if bears_token(one, (token,))]


def _time(entries: list[tuple[TimeEntry, str | None]], shown: Mapping[str, Object]) -> Iterator[Difference]:
    for entry, entry_id in entries:
        theirs = shown.get(entry_id or "")
        if theirs is None:
            yield Difference("time_entry", entry.source_id, "is not in Tiketti")
            continue
        for field, ours in (("duration_minutes", entry.duration_minutes), ("billable", entry.billable)):
            if theirs.get(field) != ours:
                what = f"{field}: written {ours!r}, now {theirs.get(field)!r}"
                yield Difference("time_entry", entry.source_id, what)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _id_of(item: Any) -> Any:
    return item.get("id") if isinstance(item, dict) else None
