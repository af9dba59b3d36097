"""Time of the Time Tracking app, which keeps it in custom fields (zendesk-format.md, "Time")."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.account import TicketField
from tiketti_migrate_zendesk.audits import events_of
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.values import identifier, number, shown

__all__ = ["Worked", "is_time", "time_entries"]

_TOTAL = "total time spent (sec)"
_UPDATE = "time spent last update (sec)"
# More than a century on one ticket is damage.
_MOST_SECONDS = 4_000_000_000
_TIME, _TOTAL_ID = "-time", "-time-total"
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Worked(NamedTuple):
    """The ticket that was worked on; ``assignee_id`` and ``when`` stand for what the total does not tell."""

    ticket_id: str
    where: str
    assignee_id: str | None
    when: datetime | None


class _Update(NamedTuple):
    """Work that one change of the ticket tells."""

    seconds: int
    at: datetime | None
    author_id: str | None


def is_time(field: TicketField | None) -> bool:
    """Whether a custom field keeps time."""
    return field is not None and field.title.casefold() in (_TOTAL, _UPDATE)


def time_entries(
    fields: Fields,
    values: Mapping[str, Any],
    audits: Sequence[Any],
    worked: Worked,
    titles: Mapping[str, TicketField],
    options: ZendeskOptions,
) -> list[RecordFields]:
    """One entry a change where the audits tell them, and the rest of the total as one more.

    An update that took exactly as long as the one before leaves no trace in the audits, hence the rest. The
    total and the updates tell the same time, so each names the other as what may have been written already.
    """
    if options.time == "off" or not (values or audits):
        return []
    updates = _updates(fields, audits, titles)
    total = _seconds(fields, values, titles)
    if 0 < total < (spent := _sum(updates)):
        fields.warn(f"the updates add up to {spent - total} seconds more than the total time spent")
    if options.time == "updates" and updates:
        found = _each(fields, updates, total, worked)
    else:
        found = _as_one(fields, updates, total, worked)
    for entry in found:
        entry["billable"], entry["rate"] = options.billable, options.rate
    return found


def _each(fields: Fields, updates: Mapping[str, _Update], total: int, worked: Worked) -> list[RecordFields]:
    found: list[RecordFields] = []
    for own_id, (seconds, at, author_id) in updates.items():
        agent_id = None if author_id == "-1" else author_id
        source_id, words = f"{worked.ticket_id}{_TIME}-{own_id}", f"Time spent: {seconds} s"
        found += _entry(
            fields, worked._replace(when=at or worked.when, assignee_id=agent_id), source_id, seconds, words
        )
    rest = total - _sum(updates)
    if rest > 0:
        found += _entry(fields, worked, f"{worked.ticket_id}{_TIME}", rest, f"Further time spent: {rest} s")
    for entry in found:
        entry["formerly"] = f"{worked.ticket_id}{_TOTAL_ID}"
    return found


def _as_one(fields: Fields, updates: Mapping[str, _Update], total: int, worked: Worked) -> list[RecordFields]:
    seconds = total or _sum(updates)
    if not seconds:
        return []
    words = f"Total time spent: {seconds} s"
    found = _entry(fields, worked, f"{worked.ticket_id}{_TOTAL_ID}", seconds, words)
    for entry in found:
        entry["formerly"] = next((f"{worked.ticket_id}{_TIME}-{own_id}" for own_id in updates), None)
    return found


def _seconds(fields: Fields, values: Mapping[str, Any], titles: Mapping[str, TicketField]) -> int:
    totals, updates = [0], [0]
    for field_id, value in values.items():
        field = titles.get(field_id)
        if field is None or value in _EMPTY or not is_time(field):
            continue
        seconds = number(value)
        if seconds is None or not 0 <= seconds <= _MOST_SECONDS:
            fields.warn(f"{field.title} is no number of seconds but {shown(value)}")
        else:
            (totals if field.title.casefold() == _TOTAL else updates).append(seconds)
    return max(totals) or max(updates)


def _updates(fields: Fields, audits: Sequence[Any], titles: Mapping[str, TicketField]) -> dict[str, _Update]:
    """By an id that does not depend on what else the history holds, or in which order."""
    found: dict[str, _Update] = {}
    equal: Counter[str] = Counter()
    for audit in audits:
        seconds = max((_spent(fields, event, titles) for _audit, event in events_of([audit])), default=0)
        if not seconds:
            continue
        update = _Update(seconds, moment(audit.get("created_at")).at, identifier(audit.get("author_id")))
        own_id = identifier(audit.get("id"))
        if own_id is None:
            own_id = _made_of(update)
            equal[own_id] += 1
            own_id += f"-{equal[own_id]}" if equal[own_id] > 1 else ""
        if own_id not in found or seconds > found[own_id].seconds:
            found[own_id] = update
    return found


def _made_of(update: _Update) -> str:
    when = f"{update.at:%Y%m%dT%H%M%S}" if update.at else "undated"
    return f"{when}-{update.seconds}-{update.author_id or 'nobody'}"


def _sum(updates: Mapping[str, _Update]) -> int:
    return sum(update.seconds for update in updates.values())


def _spent(fields: Fields, event: Mapping[str, Any], titles: Mapping[str, TicketField]) -> int:
    if event.get("type") not in ("Change", "Create"):
        return 0
    field = titles.get(identifier(event.get("field_name")) or "")
    value = event.get("value")
    if field is None or field.title.casefold() != _UPDATE or value in _EMPTY:
        return 0
    seconds = number(value)
    if seconds is None or not 0 <= seconds <= _MOST_SECONDS:
        fields.warn(f"an update's {field.title} is no number of seconds but {shown(value)}")
        return 0
    return seconds


def _entry(fields: Fields, worked: Worked, source_id: str, seconds: int, words: str) -> list[RecordFields]:
    """One, or none where nobody knows when it was."""
    if worked.when is None:
        fields.warn(f"{seconds} seconds of work have no date and are left out")
        return []
    return [
        {
            "kind": "time_entry",
            "source_id": source_id,
            "origin": worked.where,
            "ticket_id": worked.ticket_id,
            # Rounded up, so that no work vanishes; the exact seconds stand in the description.
            "duration_minutes": -(-seconds // 60),
            "description": words,
            "date": worked.when.date(),
            "agent_id": worked.assignee_id,
        }
    ]
