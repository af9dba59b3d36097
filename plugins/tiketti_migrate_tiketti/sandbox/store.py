"""All data of the server: what organizations share, and a `Space` for each organization."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from . import model
from .journal import Change, Journal, StateFileError
from .table import AnyTable, Row, Table

__all__ = ["Space", "Store", "Transaction"]

R = TypeVar("R", bound=Row)


class Space:
    """The tables of one organization."""

    def __init__(self, organization: str) -> None:
        self.id = organization
        self.companies = Table("companies", model.Company, organization)
        self.contacts = Table("contacts", model.Contact, organization)
        self.labels = Table("labels", model.Label, organization)
        self.tickets = Table("tickets", model.Ticket, organization)
        self.messages = Table("messages", model.Message, organization)
        self.attachments = Table("attachments", model.Attachment, organization)
        self.time_entries = Table("time_entries", model.TimeEntry, organization)
        self.webhooks = Table("webhooks", model.Webhook, organization)
        self.emails = Table("emails", model.Email, organization)
        self.deliveries = Table("deliveries", model.Delivery, organization)
        self._add_indexes()

    def _add_indexes(self) -> None:
        self.companies_by_domain = self.companies.index(lambda row: [d.casefold() for d in row.domains])
        self.contacts_by_email = self.contacts.index(lambda row: [row.email.casefold()])
        self.contacts_by_company = self.contacts.index(lambda row: [row.company_id or ""])
        self.labels_by_name = self.labels.index(lambda row: [row.name.casefold()])
        self.tickets_by_contact = self.tickets.index(lambda row: [row.contact_id])
        self.tickets_by_label = self.tickets.index(lambda row: row.label_ids)
        self.tickets_by_time = self.tickets.time_index(lambda row: row.created_at)
        self.messages_by_ticket = self.messages.index(lambda row: [row.ticket_id])
        self.attachments_by_message = self.attachments.index(lambda row: [row.message_id])
        self.entries_by_ticket = self.time_entries.index(lambda row: [row.ticket_id])

    def tables(self) -> list[AnyTable]:
        return [value for value in vars(self).values() if isinstance(value, Table)]

    def messages_of(self, ticket_id: str) -> list[model.Message]:
        """In the order in which they came."""
        return self.messages.pick(self.messages_by_ticket.ids(ticket_id))


class Transaction:
    """Changes that are made together; nothing is seen of them before the transaction ends."""

    def __init__(self) -> None:
        self.changes: list[tuple[AnyTable, Row | None, str]] = []

    def put(self, table: Table[R], row: R) -> R:
        self.changes.append((table, row, row.id))
        return row

    def remove(self, table: AnyTable, row_id: str) -> None:
        self.changes.append((table, None, row_id))


class Store:
    """Rows in memory, and in a state file if there is one. Raises StateFileError when that is unusable.

    Everything that reads or writes holds ``lock``: one request sees the data of one moment.
    """

    def __init__(self, state: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.organizations = Table("organizations", model.Organization)
        self.users = Table("users", model.User)
        self.users_by_email = self.users.index(lambda row: [row.email.casefold()])
        self.revoked_tokens = Table("revoked_tokens", model.RevokedToken)
        self.secrets = Table("secrets", model.Secret)
        self.spaces: dict[str, Space] = {}
        self._hidden: dict[str, float] = {}
        self._journal = Journal(state) if state else None
        if self._journal:
            self._journal.open()
            try:
                self._load(self._journal)
            except BaseException:
                self._journal.close()
                raise

    def open(self) -> None:
        """Take the state file back after `close`; what is in memory is what it holds."""
        if self._journal:
            self._journal.open()

    def close(self) -> None:
        if self._journal:
            self._journal.close()

    def space(self, organization: str) -> Space:
        if organization not in self.spaces:
            self.spaces[organization] = Space(organization)
        return self.spaces[organization]

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """All or nothing: first into the state file, then into memory."""
        with self.lock:
            transaction = Transaction()
            yield transaction
            if self._journal and transaction.changes:
                self._journal.append([_change(*change) for change in transaction.changes])
            for table, row, row_id in transaction.changes:
                if row is None:
                    table.remove(row_id)
                else:
                    table.put(row)

    def next_number(self, organization: str) -> int:
        """The number of a new ticket; numbers of deleted tickets do not come back."""
        with self.lock:
            row = self.organizations[organization]
            number = row.last_number + 1
            self.organizations.put(replace(row, last_number=number))
            return number

    def hide(self, row_id: str, seconds: float) -> None:
        """Keep a row out of all lists for a while."""
        with self.lock:
            self._hidden[row_id] = time.monotonic() + seconds

    def visible(self, rows: list[R]) -> list[R]:
        """The rows that lists may show now."""
        if not self._hidden:
            return rows
        now = time.monotonic()
        for row_id in [row_id for row_id, until in self._hidden.items() if until <= now]:
            del self._hidden[row_id]
        return [row for row in rows if row.id not in self._hidden]

    def _tables(self) -> list[AnyTable]:
        shared: list[AnyTable] = [self.organizations, self.users, self.revoked_tokens, self.secrets]
        return shared + [table for space in self.spaces.values() for table in space.tables()]

    def _load(self, journal: Journal) -> None:
        replayed = 0
        for number, changes in enumerate(journal.replay(), 2):
            replayed += len(changes)
            for change in changes:
                try:
                    self._apply(change)
                except (KeyError, TypeError) as error:
                    raise StateFileError(
                        f"a change that cannot be read ({error!r})",
                        where=f"{journal.path}:{number}",
                        hint="move the file away to start with an empty sandbox",
                    ) from None
        kept = sum(len(table) for table in self._tables())
        # Half of the file being history is the point where rewriting it costs less than reading it again.
        if replayed > 2 * kept + 1000:
            journal.rewrite(_change(table, row, row.id) for table in self._tables() for row in table)

    def _apply(self, change: Change) -> None:
        organization, name = change["organization"], change["table"]
        candidates = self.space(organization).tables() if organization else self._tables()
        table = next((t for t in candidates if t.name == name and t.organization == organization), None)
        if table is None:
            raise KeyError(name)
        if "removed" in change:
            table.remove(change["removed"])
            return
        row = table.make(**change["row"])
        table.put(row)
        if isinstance(row, model.Ticket):
            self._remember_number(organization, row.number)

    def _remember_number(self, organization: str, number: int) -> None:
        row = self.organizations[organization]
        if number > row.last_number:
            self.organizations.put(replace(row, last_number=number))


def _change(table: AnyTable, row: Row | None, row_id: str) -> Change:
    change: Change = {"table": table.name, "organization": table.organization}
    change |= {"removed": row_id} if row is None else {"row": row}
    return change
