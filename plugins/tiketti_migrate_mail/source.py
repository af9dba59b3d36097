"""What the three sources have in common: the heads of all mails make a plan, then each mail is read once."""

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import ClassVar

from pydantic import BaseModel

from tiketti_migrate.api import Extracted, Notice, Problem, Recalled, Source
from tiketti_migrate.errors import Interrupted, SourceError
from tiketti_migrate_mail.conversion import Conversion
from tiketti_migrate_mail.mailbox import FolderRemade, Mailbox
from tiketti_migrate_mail.options import MailOptions
from tiketti_migrate_mail.planned import Known
from tiketti_migrate_mail.planning import make_plan
from tiketti_migrate_mail.readings import Done, Reading

__all__ = ["MailSource"]

_READINGS = 3
# How the mailbox is reached says nothing of what becomes of its mails.
_OF_THE_WAY = frozenset({"host", "port", "user", "security", "ca_file", "auth", "token_command", "paths"})


class MailSource(Source):
    """A mailbox. Threads are tickets, mails are messages."""

    title = "Mail"
    regroups = True
    Options: ClassVar[type[BaseModel]] = MailOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._stopping = threading.Event()
        self._notify: Callable[[Notice], None] = lambda _notice: None
        self._tickets: dict[str, str] = {}
        self._settled: set[str] = set()
        self._askers: dict[str, str] = {}

    def recall(self, messages: Iterable[Recalled]) -> None:
        """A message stays in its ticket, whatever other mails make of its thread; one that is written is not
        read again, as a mail never changes."""
        self._tickets, self._settled, self._askers = {}, set(), {}
        for one in messages:
            self._tickets[one.source_id] = one.ticket_id
            if one.is_settled:
                self._settled.add(one.source_id)
            if one.requester_id:
                self._askers[one.ticket_id] = one.requester_id

    def attend(self, stopping: threading.Event, notify: Callable[[Notice], None]) -> None:
        self._stopping, self._notify = stopping, notify

    @property
    @abstractmethod
    def chosen(self) -> MailOptions:
        """The options, checked."""

    @abstractmethod
    def open(self) -> Mailbox:
        """The mailbox that the options name. Raises UsageError, AccessDenied, SourceUnreachable."""

    def account(self) -> str | None:
        """The address of the mailbox, where it is known."""
        return None

    def check(self) -> None:
        """Raises UsageError, AccessDenied or SourceUnreachable when there is no such mailbox."""
        self.open().folders()

    def extract(self, cursor: str | None) -> Iterator[Extracted]:
        """Heads are always read anew, so that tickets are as the mailbox is now; mails that were not staged.

        The cursor tells how those were read that are staged: with other options they are read again.
        """
        mailbox, own = self.open(), self._cursor()
        done = Done(set(self._tickets) if cursor == own else self._settled)
        try:
            yield from self._readings(mailbox, done, own)
        finally:
            mailbox.close()

    def _readings(self, mailbox: Mailbox, done: Done, cursor: str) -> Iterator[Extracted]:
        for number in range(_READINGS):
            try:
                yield from self._read(mailbox, done, cursor, number)
            except FolderRemade:
                self._notify(Notice("a folder was made anew while it was read: it is looked at again"))
                mailbox.close()
                continue
            if not done.missing or number == _READINGS - 1:
                return
            self._notify(Notice("mails were moved while they were read: folders are looked at again"))
            mailbox.close()
        words = "its folders are made anew again and again while they are read"
        raise SourceError(words, where=self.address(), hint="run the same command when nobody works on them")

    def _read(self, mailbox: Mailbox, done: Done, cursor: str, times: int) -> Iterator[Extracted]:
        noticed: list[Problem] = []
        known = Known(self._tickets | done.tickets, self._askers)
        plan = make_plan(mailbox, self.chosen, self.account(), noticed.append, self._seen, known)
        if times == 0:
            yield from mailbox.problems()
            yield from noticed
            yield from self._already_there()
        reading = Reading(mailbox, plan, Conversion(plan, self.chosen), done, cursor)
        for number in range(len(plan.folders)):
            yield from reading.folder(number)
        yield from reading.end(is_last=times == _READINGS - 1)

    def _already_there(self) -> Iterator[Problem]:
        if self._settled:
            count = len(self._settled)
            words = (
                f"{count:,} {'mail is' if count == 1 else 'mails are'} written already and not read again:"
                " what options say of mails holds for new ones alone"
            )
            yield Problem("ALREADY_THERE", words, "the mailbox", lost=0)

    def _seen(self, _count: int) -> None:
        if self._stopping.is_set():
            raise Interrupted("stopped while the heads of mails were read; nothing is lost")

    def _cursor(self) -> str:
        options = self.chosen.model_dump_json(exclude=set(_OF_THE_WAY))
        return f"mail-1-{blake2b(options.encode(), digest_size=16).hexdigest()}"
