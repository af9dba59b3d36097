"""What the three sources have in common: the heads of all mails make a plan, then each mail is read once."""

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from tiketti_migrate.api import Checkpoint, Extracted, Notice, Problem, RecordFields, Source
from tiketti_migrate.errors import Interrupted, SourceError
from tiketti_migrate_mail.conversion import Conversion, Converted
from tiketti_migrate_mail.mailbox import Folder, FolderRemade, Mailbox, Raw, Unread
from tiketti_migrate_mail.options import MailOptions
from tiketti_migrate_mail.places import Places
from tiketti_migrate_mail.planned import Plan, PlannedMail
from tiketti_migrate_mail.planning import make_plan

__all__ = ["MailSource"]

_MAILS_A_CHECKPOINT = 100
_CHARACTERS_A_BATCH = 1_000_000
_READINGS = 3


class MailSource(Source):
    """A mailbox. Threads are tickets, mails are messages."""

    title = "Mail"
    regroups = True
    Options: ClassVar[type[BaseModel]] = MailOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._stopping = threading.Event()
        self._notify: Callable[[Notice], None] = lambda _notice: None
        self._known: dict[str, str] = {}

    def recall(self, messages: Iterable[tuple[str, str]]) -> None:
        """A message stays in its ticket, whatever other mails make of its thread."""
        self._known = dict(messages)

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
        """Heads are always read anew, so that tickets are as the mailbox is now; mails from the cursor on."""
        mailbox = self.open()
        try:
            for _ in range(_READINGS):
                try:
                    yield from self._read(mailbox, Places.read(cursor))
                except FolderRemade:
                    self._notify(Notice("a folder was made anew while it was read: it is looked at again"))
                    mailbox.close()
                    cursor = None
                    continue
                return
        finally:
            mailbox.close()
        words = "its folders are made anew again and again while they are read"
        raise SourceError(words, where=self.address(), hint="run the same command when nobody works on them")

    def _read(self, mailbox: Mailbox, places: Places) -> Iterator[Extracted]:
        noticed: list[Problem] = []
        told = noticed.append
        plan = make_plan(mailbox, self.chosen, self.account(), told, self._seen, self._known)
        yield from mailbox.problems()
        yield from noticed
        reading = _Reading(mailbox, plan, Conversion(plan, self.chosen), places)
        for number in range(len(plan.folders)):
            yield from reading.folder(number)

    def _seen(self, _count: int) -> None:
        if self._stopping.is_set():
            raise Interrupted("stopped while the heads of mails were read; nothing is lost")


class _Reading:
    """The mails of a plan, folder by folder."""

    def __init__(self, mailbox: Mailbox, plan: Plan, conversion: Conversion, places: Places) -> None:
        self._mailbox, self._plan, self._conversion, self._places = mailbox, plan, conversion, places
        self._records: list[RecordFields] = []
        self._characters = 0

    def folder(self, number: int) -> Iterator[Extracted]:
        """All that is still to be read of a folder, with checkpoints."""
        folder, reached = self._plan.folders[number], self._places.reached(self._plan.folders[number])
        wanted: list[PlannedMail] = []
        for planned in self._plan.mails[number]:
            if planned.uid > reached or self._needs_its_text(planned):
                wanted.append(planned)
            elif planned.is_lead:
                where = self._mailbox.where(folder, planned.uid)
                self._records += self._conversion.ticket_alone(planned, where)
        yield from self._mails(folder, wanted)
        yield from self._flush()
        if self._plan.mails[number]:
            self._places.reach(folder, max(reached, self._plan.mails[number][-1].uid))
        yield Checkpoint(self._places.cursor())

    def _needs_its_text(self, planned: PlannedMail) -> bool:
        """Its ticket is told by what stands in it; that cannot be known without reading it again."""
        return planned.is_lead and self._plan.threads[planned.ticket_id].requester is None

    def _mails(self, folder: Folder, wanted: Sequence[PlannedMail]) -> Iterator[Extracted]:
        position = 0
        for found in self._mailbox.mails(folder, [planned.uid for planned in wanted]):
            while wanted[position].uid != found.uid:
                yield from self._keep(self._gone(folder, wanted[position]))
                position += 1
            yield from self._keep(self._converted(folder, wanted[position], found))
            position += 1
            if position % _MAILS_A_CHECKPOINT == 0 or self._characters > _CHARACTERS_A_BATCH:
                yield from self._checkpoint(folder, found.uid)
        for planned in wanted[position:]:
            yield from self._keep(self._gone(folder, planned))

    def _converted(self, folder: Folder, planned: PlannedMail, found: Raw | Unread) -> Converted:
        where = self._mailbox.where(folder, found.uid)
        if isinstance(found, Unread):
            return self._conversion.unread(planned, found.reason, where)
        return self._conversion.mail(planned, found, where)

    def _gone(self, folder: Folder, planned: PlannedMail) -> Converted:
        return self._conversion.gone(planned, self._mailbox.where(folder, planned.uid))

    def _keep(self, converted: Converted) -> Iterator[Extracted]:
        yield from converted.contents
        yield from converted.problems
        self._records += converted.records
        self._characters += sum(len(one.get("body", "")) for one in converted.records)

    def _checkpoint(self, folder: Folder, uid: int) -> Iterator[Extracted]:
        yield from self._flush()
        # Leads that were read again lie before what is reached already.
        self._places.reach(folder, max(uid, self._places.reached(folder)))
        yield Checkpoint(self._places.cursor())

    def _flush(self) -> Iterator[Extracted]:
        if self._records:
            yield self._records
            self._records, self._characters = [], 0
