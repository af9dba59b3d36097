"""What the heads of all mails come to: tickets, and which mail is read for which of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tiketti_migrate.records import Priority, Status
from tiketti_migrate_mail.headers import Address
from tiketti_migrate_mail.mailbox import Folder

__all__ = ["Known", "Ours", "Plan", "PlannedMail", "Thread"]


class Ours(NamedTuple):
    """Whose mails are replies: ``emails`` and ``domains`` (without ``@``), all in lower case.

    ``mailboxes``: those of them that belong to nobody in person (support@acme.com). ``near``: domains in
    which only colleagues and, in an office's helpdesk, its customers have addresses.
    """

    emails: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()

    def has(self, email: str) -> bool:
        """Whether an address is one of ours."""
        return email in self.emails or email.rpartition("@")[2] in self.domains

    def is_near(self, email: str) -> bool:
        """Whether an address is ours or in a domain of ours."""
        return email in self.emails or email.rpartition("@")[2] in self.near


class Known(NamedTuple):
    """What earlier readings staged: ``tickets`` by the ids of messages, ``askers`` (addresses) by tickets."""

    tickets: Mapping[str, str] = {}
    askers: Mapping[str, str] = {}


class PlannedMail(NamedTuple):
    """A mail that is read, once, wherever its copies lie.

    ``message_id`` is the source id of its message. ``is_lead``: with this one its ticket is made.
    ``created_at`` from Date, else Received, else INTERNALDATE. ``is_internal``: the customer neither
    wrote nor got it.
    ``is_report``: the head says that it is a bounce or an automatic reply. ``author``: who speaks in it,
    behind lists, forms and robots; None where the head does not tell. ``answers``: a mail that it answers is
    in its ticket, so that what it quotes is told there.
    """

    uid: int
    message_id: str
    ticket_id: str
    created_at: datetime | None
    is_lead: bool = False
    is_internal: bool = False
    is_report: bool = False
    author: Address | None = None
    answers: bool = False


class Thread(NamedTuple):
    """A ticket. ``requester`` is None where only the text of the lead can tell it (forwarded by one of us,
    sent by a form or a robot); ``guess`` is who it is when that does not tell it either.
    """

    ticket_id: str
    subject: str
    requester: Address | None
    guess: Address
    labels: tuple[str, ...]
    status: Status
    priority: Priority
    assignee: Address | None
    created_at: datetime | None
    updated_at: datetime | None
    lead: tuple[int, int]  # number of the folder, uid
    warnings: tuple[str, ...] = ()
    is_known: bool = False  # who asks was staged with it
    has_word: bool = True  # somebody asks or answers in what is here of it


class Plan(NamedTuple):
    """``mails``: by number of the folder, by rising uid. ``threads`` by ticket id.

    ``people``: how those who wrote are called, by address, "" where no mail says it.
    """

    folders: Sequence[Folder]
    mails: Sequence[Sequence[PlannedMail]]
    threads: Mapping[str, Thread]
    ours: Ours
    people: Mapping[str, str] = {}
