"""A ticket with all that hangs on it: messages, attachments, time and its outcome."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tiketti_migrate.api import Problem, RecordFields
from tiketti_migrate_zendesk.account import Account, Pieces
from tiketti_migrate_zendesk.audits import merged
from tiketti_migrate_zendesk.comments import Draft
from tiketti_migrate_zendesk.custom_fields import titled, values_of
from tiketti_migrate_zendesk.extra_row import CUSTOM, Row
from tiketti_migrate_zendesk.extras import Around, rows_of
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.fields_note import fields_note, fitting, short
from tiketti_migrate_zendesk.labels import label_ids, labels, tags_of
from tiketti_migrate_zendesk.links import link_note
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.people import NOBODY, nobody, own_host, page_of
from tiketti_migrate_zendesk.references import References
from tiketti_migrate_zendesk.talk import talk_of
from tiketti_migrate_zendesk.time_tracking import Worked, is_time, time_entries
from tiketti_migrate_zendesk.usual import Asked
from tiketti_migrate_zendesk.values import REPAIRED, identifier, json_safe, number, text
from tiketti_migrate_zendesk.words import SKIPPED, StatusWord, priority_of, status_of

__all__ = ["ticket_records"]

_LONGEST_SUBJECT = 200
# Zendesk's own bookkeeping: repeats other fields or means nothing outside of it.
_BOOKKEEPING = (
    "id", "_id", "generated_timestamp", "result_type", "encoded_id", "has_incidents", "is_public",
    "allow_channelback", "allow_attachments", "from_messaging_channel", "sharing_agreement_ids", "count",
    "comment_count", "metric_set", "slas", "support_type",
)  # fmt: skip


def ticket_records(
    raw: Mapping[str, Any],
    source_id: str,
    where: str,
    pieces: Pieces,
    account: Account,
    options: ZendeskOptions,
    repaired: bool = False,
) -> list[RecordFields | Problem]:
    """Fields of records: what the ticket needs (labels, a requester for none), the ticket, what hangs on it.

    Labels and ``nobody()`` come with each ticket that needs them. A deleted ticket is one Problem.
    """
    word = text(raw.get("status")).strip().lower()
    if word in SKIPPED:
        code, said = SKIPPED[word]
        return [Problem(code, f"ticket {source_id} {said}", where, lost=0)]
    fields = Fields(raw, (REPAIRED,) if repaired else ())
    return _Ticket(fields, source_id, where, pieces, account, options).records()


class _Ticket:
    """One ticket while it is converted."""

    def __init__(
        self,
        fields: Fields,
        source_id: str,
        where: str,
        pieces: Pieces,
        account: Account,
        options: ZendeskOptions,
    ) -> None:
        self._fields = fields
        self._id = source_id
        self._where = where
        self._pieces = pieces
        self._account = account
        self._options = options
        self._references = References(account)
        self._host = own_host(fields, account)
        self._problems: list[Problem] = []
        fields.drop(*_BOOKKEEPING)

    def records(self) -> list[RecordFields | Problem]:
        """All of it."""
        fields = self._fields
        audits = merged(fields.items("audits"), self._pieces.audits)
        if audits:
            fields.warn("of its history only comments, chats and time are taken")
        requester_id = self._requester()
        created_at, updated_at = fields.moment("created_at"), fields.moment("updated_at")
        asked = self._asked(requester_id, created_at)
        talk, self._problems = talk_of(fields, self._pieces, audits, asked)
        ticket = self._ticket(asked, talk, updated_at)
        values = values_of(fields)
        worked = Worked(self._id, self._where, ticket.get("assignee_id"), updated_at or ticket["created_at"])
        entries = time_entries(fields, values, audits, worked, self._account.fields, self._options)
        if values and self._options.time != "off":
            values = {key: value for key, value in values.items() if not self._is_time(key, value)}
        status = self._status()
        rows = rows_of(fields, Around(requester_id, values, self._references))
        used = self._used(rows)
        tags = self._labels(used)
        ticket["label_ids"] = tuple(tags)
        talk += self._notes(used, talk, updated_at)
        link_notes = self._link_note(talk, used)
        ticket["extra"], ticket["warnings"] = self._extra(values, used), tuple(fields.warnings)
        needed = [nobody()] if requester_id == NOBODY else []
        found: list[RecordFields | Problem] = [*labels(tags, self._where), *needed, ticket, *self._problems]
        for draft in talk:
            found.append(draft.message)
            found += draft.files
        return [*found, *entries, self._outcome(status), *link_notes]

    def _asked(self, requester_id: str, created_at: datetime | None) -> Asked:
        raw = self._fields.raw
        is_private = raw.get("is_public") not in (None, "") and self._fields.flag("is_public") is not True
        submitter_id = identifier(raw.get("submitter_id"))
        about = (self._id, requester_id, created_at, self._where, self._references, self._hosts())
        return Asked(*about, submitter_id, is_private)

    def _extra(self, values: Mapping[str, Any], used: Sequence[Row]) -> dict[str, Any]:
        """What has no field, for mapping files; ``_noted``: what is no loss, as it is told elsewhere."""
        raw, extra = self._fields.raw, self._fields.extra()
        told = {row.key for row in used}
        # That it came by mail or from the web is no news.
        plain = told | {"via"}
        noted = [key for key in raw if key in plain and key not in extra and key != CUSTOM and raw[key]]
        extra |= {key: json_safe(raw[key]) for key in noted}
        if values:
            extra[CUSTOM] = titled(values, self._account.fields)
            if CUSTOM in told and sum(row.key == CUSTOM for row in used) == len(values):
                noted.append(CUSTOM)
        return {**extra, "_noted": noted} if noted else extra

    def _hosts(self) -> tuple[str, ...]:
        """Those whose links lead to tickets."""
        if self._options.links == "off":
            return ()
        hosts = self._account.hosts
        return hosts if self._host is None or self._host in hosts else (self._host, *hosts)

    def _requester(self) -> str:
        fields, references = self._fields, self._references
        requester_id = fields.identifier("requester_id")
        if requester_id is not None:
            fields.warn(references.warning("requester", "user", requester_id))
            return requester_id
        submitter_id = fields.identifier("submitter_id")
        if submitter_id is not None:
            fields.warn("names no requester: whoever submitted it is taken")
            fields.warn(references.warning("submitter", "user", submitter_id))
            return submitter_id
        fields.warn("names neither requester nor submitter")
        return NOBODY

    def _ticket(self, asked: Asked, talk: Sequence[Draft], updated_at: datetime | None) -> RecordFields:
        fields = self._fields
        priority = priority_of(fields.raw.get("priority"))
        fields.warn(priority.warning)
        if priority.warning is None:
            fields.drop("priority")
        if asked.created_at is None:
            fields.warn("has no readable date of its own: that of its first comment is taken")
        assignee_id = fields.identifier("assignee_id")
        fields.warn(self._references.warning("assignee", "user", assignee_id))
        return {
            "kind": "ticket",
            "source_id": self._id,
            "origin": self._where,
            "url": page_of("tickets", self._id, self._host),
            "subject": self._subject(),
            "requester_id": asked.requester_id,
            "assignee_id": assignee_id,
            "priority": priority.priority,
            "created_at": asked.created_at or (talk[0].message["created_at"] if talk else None),
            "updated_at": updated_at,
        }

    def _subject(self) -> str:
        subject, raw_subject = self._fields.line("subject"), self._fields.line("raw_subject")
        if subject or raw_subject:
            return subject or raw_subject or ""
        first_line = text(self._fields.raw.get("description")).strip().partition("\n")[0].strip()
        return first_line[:_LONGEST_SUBJECT] or "(no subject)"

    def _status(self) -> StatusWord:
        fields = self._fields
        custom = self._account.statuses.get(identifier(fields.raw.get("custom_status_id")) or "")
        fields.drop("status")
        if custom is None and fields.raw.get("status"):
            # Without its name a status of the account's own says no more than the standard one.
            fields.drop("custom_status_id")
        return status_of(fields.raw.get("status"), custom.category if custom else "")

    def _used(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that find a place; the others stay beside the ticket."""
        extras = self._options.extras
        used = fitting(rows) if extras == "note" else short(rows) if extras == "label" else []
        if len(used) == len(rows):
            return used
        places = set(map(id, used))
        left = [row for row in rows if id(row) not in places]
        for row in left:
            # Custom fields are kept one by one.
            if row.key != CUSTOM:
                self._fields.keep(row.key)
        if extras != "off":
            titles = dict.fromkeys(row.title for row in left)
            why = "too long for a note" if extras == "note" else "no labels"
            self._fields.warn(f"{', '.join(titles)}: {why}, kept as extra")
        return used

    def _labels(self, used: Iterable[Row]) -> dict[str, str]:
        more = [label for row in used for label in row.labels] if self._options.extras == "label" else []
        tags = tags_of(self._fields, self._pieces.tags)
        return {**tags, **label_ids(more)} if more else tags

    def _notes(self, used: Sequence[Row], talk: Sequence[Draft], updated_at: datetime | None) -> list[Draft]:
        if not used or self._options.extras != "note":
            return []
        moments = [at for at in (updated_at, *(one.message["created_at"] for one in talk)) if at is not None]
        when = max(moments, default=None)
        host = self._host if self._options.links == "on" else None
        return [Draft(fields_note(used, self._id, self._where, when, host))]

    def _link_note(self, talk: Iterable[Draft], used: Iterable[Row]) -> list[RecordFields]:
        if self._options.links == "off":
            return []
        linked = [
            ticket for draft in talk if "links" in draft.message for ticket in draft.message["links"].values()
        ]
        linked += [ticket for row in used for ticket in row.tickets]
        if not linked:
            return []
        note, warning = link_note(self._id, linked, self._where)
        self._fields.warn(warning)
        return [] if note is None else [note]

    def _outcome(self, status: StatusWord) -> RecordFields:
        word = text(self._fields.raw.get("status"))
        outcome: RecordFields = {
            "kind": "outcome",
            "source_id": self._id,
            "origin": self._where,
            "status": status.status,
        }
        # Tiketti has fewer words: what the ticket was in Zendesk stays known.
        if word.lower() not in ("open", "closed", ""):
            outcome["extra"] = {"status": word}
        if status.warning:
            outcome["warnings"] = (status.warning,)
        return outcome

    def _is_time(self, field_id: str, value: Any) -> bool:
        return is_time(self._account.fields.get(field_id)) and number(value) is not None
