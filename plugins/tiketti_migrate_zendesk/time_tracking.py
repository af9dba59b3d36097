"""Time of the Time Tracking app, which keeps it in custom fields (zendesk-format.md, "Time")."""

from collections.abc import Iterator, Mapping, Sequence
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
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Worked(NamedTuple):
    """The ticket that was worked on; ``assignee_id`` and ``when`` stand for what the total does not tell."""

    ticket_id: str
    where: str
    assignee_id: str | None
    when: datetime | None


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

    An update that took exactly as long as the one before leaves no trace in the audits, hence the rest.
    """
    if options.time == "off":
        return []
    entries = list(_changes(fields, audits, worked, titles)) if options.time == "updates" else []
    total = _seconds(fields, values, titles)
    rest = total - sum(seconds for seconds, _entry in entries)
    found = [entry for _seconds, entry in entries]
    if rest > 0 and worked.when is None:
        fields.warn(f"{rest} seconds of work have no date and are left out")
    elif rest > 0 and worked.when is not None:
        words = f"Total time spent: {rest} s" if not found else f"Further time spent: {rest} s"
        own_id = f"{worked.ticket_id}-time"
        found.append(_entry(worked, own_id, rest, words, worked.when, worked.assignee_id))
    elif total and rest < 0:
        fields.warn(f"the updates add up to {-rest} seconds more than the total time spent")
    for entry in found:
        entry["billable"], entry["rate"] = options.billable, options.rate
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


def _changes(
    fields: Fields, audits: Sequence[Any], worked: Worked, titles: Mapping[str, TicketField]
) -> Iterator[tuple[int, RecordFields]]:
    spent: dict[str, tuple[int, Mapping[str, Any]]] = {}
    for position, (audit, event) in enumerate(events_of(audits), start=1):
        source_id = f"{worked.ticket_id}-time-{identifier(audit.get('id')) or position}"
        seconds = _spent(fields, event, titles)
        if seconds > spent.get(source_id, (0, audit))[0]:
            spent[source_id] = (seconds, audit)
    for source_id, (seconds, audit) in spent.items():
        when = moment(audit.get("created_at")).at or worked.when
        author = identifier(audit.get("author_id"))
        agent = None if author == "-1" else author
        if when is not None:
            yield seconds, _entry(worked, source_id, seconds, f"Time spent: {seconds} s", when, agent)


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


def _entry(
    worked: Worked, source_id: str, seconds: int, words: str, when: datetime, agent_id: str | None
) -> RecordFields:
    return {
        "kind": "time_entry",
        "source_id": source_id,
        "origin": worked.where,
        "ticket_id": worked.ticket_id,
        # Rounded up, so that no work vanishes; the exact seconds stand in the description.
        "duration_minutes": -(-seconds // 60),
        "description": words,
        "date": when.date(),
        "agent_id": agent_id,
    }
