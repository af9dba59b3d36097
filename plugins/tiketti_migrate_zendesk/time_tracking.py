"""Time of the Time Tracking app, which keeps it in custom fields (zendesk-format.md, "Time")."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tiketti_migrate.records import Ticket, TimeEntry
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.values import identifier, items, number, shown, text

__all__ = ["FieldTitles", "time_entries"]

_TOTAL = "total time spent (sec)"
_UPDATE = "time spent last update (sec)"
# More than a century on one ticket is damage.
_MOST_SECONDS = 4_000_000_000


class FieldTitles:
    """Titles of the account's ticket fields by id, and which of them keep time."""

    def __init__(self) -> None:
        self.titles: dict[str, str] = {}

    def add(self, raw: Mapping[str, Any]) -> None:
        """One ticket field; what has no id or title names nothing."""
        field_id = identifier(raw.get("id"))
        title = text(raw.get("title")).strip() or text(raw.get("raw_title")).strip()
        if field_id and title:
            self.titles[field_id] = title

    def is_total(self, field_id: str | None) -> bool:
        """Whether the field holds the seconds spent on the ticket."""
        return self.titles.get(field_id or "", "").casefold() == _TOTAL

    def is_update(self, field_id: str | None) -> bool:
        """Whether the field holds the seconds of the last update."""
        return self.titles.get(field_id or "", "").casefold() == _UPDATE


def time_entries(
    fields: Fields, values: Mapping[str, Any], audits: Sequence[Any], ticket: Ticket, titles: FieldTitles
) -> list[TimeEntry]:
    """One entry a change where the audits tell them, and the rest of the total as one more.

    An update that took exactly as long as the one before leaves no trace in the audits, hence the rest.
    """
    entries = list(_changes(audits, ticket, titles))
    total = _seconds(fields, values, titles)
    rest = total - sum(seconds for seconds, _entry in entries)
    found = [entry for _seconds, entry in entries]
    when = ticket.updated_at or ticket.created_at
    if rest > 0 and when is None:
        fields.warn(f"{rest} seconds of work have no date and are left out")
    elif rest > 0 and when is not None:
        words = f"Total time spent: {rest} s" if not found else f"Further time spent: {rest} s"
        found.append(_entry(ticket, f"{ticket.source_id}-time", rest, words, when, ticket.assignee_id))
    elif total and rest < 0:
        fields.warn(f"the updates add up to {-rest} seconds more than the total time spent")
    return found


def _seconds(fields: Fields, values: Mapping[str, Any], titles: FieldTitles) -> int:
    totals, updates = [0], [0]
    for field_id, value in values.items():
        kept = totals if titles.is_total(field_id) else updates if titles.is_update(field_id) else None
        if kept is None or value in (None, ""):
            continue
        seconds = number(value)
        if seconds is None or not 0 <= seconds <= _MOST_SECONDS:
            fields.warn(f"{titles.titles[field_id]} is no number of seconds but {shown(value)}")
        else:
            kept.append(seconds)
    return max(totals) or max(updates)


def _changes(audits: Sequence[Any], ticket: Ticket, titles: FieldTitles) -> Iterator[tuple[int, TimeEntry]]:
    seen: set[str] = set()
    for position, audit in enumerate(audits, start=1):
        if not isinstance(audit, dict):
            continue
        source_id = f"{ticket.source_id}-time-{identifier(audit.get('id')) or position}"
        seconds = max((_spent(event, titles) for event in items(audit.get("events"))), default=0)
        when = moment(audit.get("created_at")).at or ticket.updated_at or ticket.created_at
        if seconds and when is not None and source_id not in seen:
            seen.add(source_id)
            author = identifier(audit.get("author_id"))
            agent = None if author == "-1" else author
            yield seconds, _entry(ticket, source_id, seconds, f"Time spent: {seconds} s", when, agent)


def _spent(event: Any, titles: FieldTitles) -> int:
    if not isinstance(event, dict) or event.get("type") not in ("Change", "Create"):
        return 0
    if not titles.is_update(identifier(event.get("field_name"))):
        return 0
    seconds = number(event.get("value")) or 0
    return seconds if 0 < seconds <= _MOST_SECONDS else 0


def _entry(
    ticket: Ticket, source_id: str, seconds: int, words: str, when: datetime, agent_id: str | None
) -> TimeEntry:
    return TimeEntry(
        source_id=source_id,
        origin=ticket.origin,
        ticket_id=ticket.source_id,
        # Rounded up, so that no work vanishes; the exact seconds stand in the description.
        duration_minutes=-(-seconds // 60),
        description=words,
        date=when.date(),
        agent_id=agent_id,
    )
