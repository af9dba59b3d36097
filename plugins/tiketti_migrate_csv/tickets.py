"""A ticket of a table with all that hangs on it, as the fields of records."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from tiketti_migrate.api import RecordFields
from tiketti_migrate_csv.columns import keep
from tiketti_migrate_csv.digests import digest, told
from tiketti_migrate_csv.directory import NOBODY, Directory, Met
from tiketti_migrate_csv.layout import Layout
from tiketti_migrate_csv.texts import Text, subject_from
from tiketti_migrate_csv.ticket_rows import UNSIGNED, Said, TicketRow, Work
from tiketti_migrate_csv.told import Descriptions, is_by, is_same, minute
from tiketti_migrate_csv.words import priorities, statuses

__all__ = ["TicketRecords"]

_NO_ASSIGNEE = (None, None, None)
_NO_SUBJECT = "(no subject)"


class TicketRecords:
    """Of one table. ``told``: where descriptions are noted, because a table of messages may repeat them.

    The id of a comment is made of its ticket, its text, and the author and date beside it, never of other
    rows or their order; equal ones are numbered. So are those of texts and work in fields of ``by_row``.
    The ticket's one description and time are called so, and stay the same when they are edited. Where a
    table did not show that rows tell their own when it was first imported, they are those of the earliest
    row: a row that comes before it later cannot be told from a correction of it.
    """

    def __init__(
        self,
        layout: Layout,
        directory: Directory,
        told: Descriptions | None = None,
        by_row: Collection[str] = (),
    ) -> None:
        # How many comments are the description of their ticket once more.
        self.repeated = 0
        self._told = told
        self._by_row = by_row
        self._name = layout.table.name
        self._directory = directory
        self._statuses = statuses(layout.preset, layout.rules)
        self._priorities = priorities(layout.preset, layout.rules)

    def of(self, row: TicketRow) -> list[RecordFields]:
        """First those that the ticket refers to, its outcome last."""
        where = f"{self._name}:{row.line}"
        new: list[RecordFields] = []
        if row.byline is not UNSIGNED:
            _keep_author(row)
        if row.subject is None:
            row.subject = _subject(row)
        asking = self._requester(row, where, new)
        ticket = self._ticket(row, asking.id, where, new)
        # Before the ticket is used: what has no date is told there.
        entries = list(self._times(row, where, ticket, new)) if row.time_spent or row.times else ()
        new.append(ticket)
        named: dict[str, int] = {}
        if row.description is not None:
            new.append(self._description(row, row.description, asking, where, named))
        if row.said:
            new += self._said(row, asking, where, named)
        new += entries
        new.append(self._outcome(row, where))
        return new

    def _description(
        self, row: TicketRow, text: Text, asking: Met, where: str, named: dict[str, int]
    ) -> RecordFields:
        name = "description"
        if "description" in self._by_row:
            name = _numbered(_told_by(text, row.byline.own), named)
        fields = _message(row, name, text, where)
        if row.byline.internal:
            # The customer did not write what they may not read.
            fields |= self._said_by(Said(text, *row.byline[:3]))
        else:
            fields["author_id"] = asking.id
        fields["created_at"] = row.byline.at or row.created_at
        if self._told is not None and not row.byline.internal:
            self._told.add(str(row.id), text, asking, fields["created_at"])
        return fields

    def _ticket(self, row: TicketRow, requester_id: str, where: str, new: list[RecordFields]) -> RecordFields:
        extra, warnings = row.extra, row.warnings
        priority = self._priorities[row.priority]
        if priority.kept:
            keep(extra, "priority", priority.kept)
        if priority.warning:
            warnings.append(priority.warning)
        fields: RecordFields = {
            "kind": "ticket",
            "source_id": row.id,
            "origin": where,
            "subject": row.subject,
            "requester_id": requester_id,
            "priority": priority.meaning,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        if row.labels:
            fields["label_ids"] = self._directory.labels(row.labels, where, new)
        if row.assignee != _NO_ASSIGNEE:
            fields["assignee_id"] = self._assignee(row, where, new)
        if row.url is not None:
            _place_url(row.url, fields, extra)
        if extra:
            fields["extra"] = extra
        if warnings:
            fields["warnings"] = tuple(warnings)
        return fields

    def _requester(self, row: TicketRow, where: str, new: list[RecordFields]) -> Met:
        met = self._directory.requester(row.requester, where, new)
        if met is None:
            row.warnings.append("names no requester: a placeholder stands for one")
            self._directory.nobody(new)
            return Met(NOBODY)
        if met.warning or met.differing:
            _tell(row, met)
        return met

    def _assignee(self, row: TicketRow, where: str, new: list[RecordFields]) -> str | None:
        met = self._directory.agent(row.assignee, where, new)
        if met is not None and met.warning:
            row.warnings.append(met.warning)
        return met.id if met else None

    def _said(self, row: TicketRow, asking: Met, where: str, named: dict[str, int]) -> Iterator[RecordFields]:
        is_told = False
        for one in row.said:
            # Also of one that is left out, so that others keep their numbers.
            name = _numbered(_told_by(one.body, one.own), named)
            if not is_told and self._is_description(row, one, asking):
                is_told = True
                self.repeated += 1
                continue
            yield _message(row, name, one.body, where) | self._said_by(one)

    def _is_description(self, row: TicketRow, one: Said, asking: Met) -> bool:
        """Whether a comment is surely the description once more: people do say the same again."""
        at = row.byline.at or row.created_at
        if row.description is None or row.byline.internal or one.internal or not (at and one.at):
            return False
        if minute(at) != minute(one.at) or not is_same(row.description, one.body):
            return False
        met = self._directory.author(one.author) if one.author else None
        return met is not None and is_by(met, asking)

    def _said_by(self, one: Said) -> RecordFields:
        met = self._directory.author(one.author) if one.author else None
        return {
            "author_id": met.id if met else None,
            "author_name": met.name if met else None,
            "created_at": one.at,
            "is_internal": one.internal,
        }

    def _times(
        self, row: TicketRow, where: str, ticket: RecordFields, new: list[RecordFields]
    ) -> Iterator[RecordFields]:
        works = row.times or [Work(row.time_spent or 0, None, None, (), row.own)]
        names = [*self._work_names(works)]
        at = row.updated_at or row.created_at
        undated = sum(work.minutes for work in works if not (work.at or at))
        if undated:
            keep(ticket.setdefault("extra", {}), "time_spent", f"{undated} min")
            words = "the time spent has no date, which a time entry needs: kept as extra"
            ticket["warnings"] = (*ticket.get("warnings", ()), words)
        for name, work in zip(names, works, strict=True):
            moment = work.at or at
            if moment is not None:
                fields: RecordFields = {
                    "kind": "time_entry",
                    "source_id": f"{row.id}#time-{name}",
                    "origin": where,
                    "ticket_id": row.id,
                    "duration_minutes": work.minutes,
                    "date": moment.date(),
                }
                agent = self._worker(work, ticket, where, new)
                yield fields | {"agent_id": agent} if agent else fields

    def _work_names(self, works: Sequence[Work]) -> Iterator[str]:
        named: dict[str, int] = {}
        for place, work in enumerate(works):
            is_of_ticket = place == 0 and "time_spent" not in self._by_row
            yield "1" if is_of_ticket else _numbered(digest(str(work.minutes), work.own), named)

    def _worker(self, work: Work, ticket: RecordFields, where: str, new: list[RecordFields]) -> str | None:
        """The author of a row worked on it, but for the requester, whom the assignee answers."""
        author = self._directory.author(work.author) if work.author else None
        cells = work.assignee
        if work.author and author and author.id != ticket["requester_id"]:
            cells = (work.author[0], work.author[1], work.author[3])
        met = self._directory.agent(cells, where, new) if any(cells) else None
        return met.id if met else None

    def _outcome(self, row: TicketRow, where: str) -> RecordFields:
        status = self._statuses[row.status]
        fields: RecordFields = {
            "kind": "outcome",
            "source_id": row.id,
            "origin": where,
            "status": status.meaning,
        }
        if status.kept:
            fields["extra"] = {"status": status.kept}
        if status.warning:
            fields["warnings"] = (status.warning,)
        return fields


def _told_by(text: Text, own: str) -> str:
    return digest(told(text.body), own)


def _numbered(name: str, named: dict[str, int]) -> str:
    """The second of equal ones is told by its number."""
    named[name] = number = named.get(name, 0) + 1
    return name if number == 1 else f"{name}-{number}"


def _subject(row: TicketRow) -> str:
    """Of a row that names none."""
    found = subject_from(row.description) if row.description is not None else None
    if found is None:
        row.warnings.append("has neither subject nor description")
    return found or _NO_SUBJECT


def _message(row: TicketRow, name: str, text: Text, where: str) -> RecordFields:
    fields: dict[str, Any] = {
        "kind": "message",
        "source_id": f"{row.id}#{name}",
        "origin": where,
        "ticket_id": row.id,
        "body": text.body,
    }
    if text.body_format != "text":
        fields["body_format"] = text.body_format
    return fields


def _tell(row: TicketRow, met: Met) -> None:
    if met.warning:
        row.warnings.append(met.warning)
    for field, value in met.differing:
        keep(row.extra, field, value)


def _keep_author(row: TicketRow) -> None:
    """The description is by the requester: whoever else it is said to be by is not lost."""
    author = row.byline.author and row.byline.author[1]
    if author and author not in row.requester:
        keep(row.extra, "comment_author", author)


def _place_url(url: str, fields: RecordFields, extra: dict[str, Any]) -> None:
    if url.startswith(("https://", "http://")):
        fields["url"] = url
    else:
        keep(extra, "url", url)
