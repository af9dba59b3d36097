"""The mails of a plan, read folder by folder; those that are there already are passed over.

What was read is known by the ledger, mail by mail, and not by how far a folder was read: numbers change,
mails move, and what one plan left out another one wants.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tiketti_migrate.api import Checkpoint, Extracted, Problem, RecordFields
from tiketti_migrate_mail.conversion import Conversion, Converted
from tiketti_migrate_mail.mailbox import Folder, Mailbox, Raw, Unread
from tiketti_migrate_mail.planned import Plan, PlannedMail

__all__ = ["Done", "Reading"]

_MAILS_A_BATCH = 100
_CHARACTERS_A_BATCH = 1_000_000
_NOT_GIVEN = "the mailbox lists it, but does not give it: run the same command again later"


class _Missing(NamedTuple):
    planned: PlannedMail
    where: str


class Done:
    """What is read: by earlier runs (``staged``: ids of messages) and by this one, with the tickets.

    ``missing``: mails that the heads named and the mailbox did not give.
    """

    def __init__(self, staged: set[str]) -> None:
        self._staged = staged
        self.tickets: dict[str, str] = {}
        self.missing: dict[str, _Missing] = {}

    def holds(self, planned: PlannedMail) -> bool:
        """Whether a mail need not be read."""
        return planned.message_id in self.tickets or planned.message_id in self._staged

    def add(self, planned: PlannedMail) -> None:
        """It was read."""
        self.tickets[planned.message_id] = planned.ticket_id
        self.missing.pop(planned.message_id, None)

    def miss(self, planned: PlannedMail, where: str) -> None:
        """It was not given; somebody may have moved it."""
        self.missing[planned.message_id] = _Missing(planned, where)

    def settle_missing(self, plan: Plan) -> Iterator[Problem]:
        """Those that heads no longer name were deleted: that is told, and not a loss."""
        named = {planned.message_id for mails in plan.mails for planned in mails}
        for message_id, missing in list(self.missing.items()):
            if message_id not in named:
                del self.missing[message_id]
                words = "was deleted while the mailbox was read"
                yield Problem("DELETED_MEANWHILE", words, missing.where, lost=0)


class Reading:
    """One plan, read. ``cursor`` goes with every checkpoint."""

    def __init__(self, mailbox: Mailbox, plan: Plan, conversion: Conversion, done: Done, cursor: str) -> None:
        self._mailbox, self._plan, self._conversion = mailbox, plan, conversion
        self._done, self._checkpoint = done, Checkpoint(cursor)
        self._records: list[RecordFields] = []
        self._characters = 0
        self._mails = 0

    def folder(self, number: int) -> Iterator[Extracted]:
        """All that is still to be read of a folder, with checkpoints."""
        folder = self._plan.folders[number]
        wanted: list[PlannedMail] = []
        for planned in self._plan.mails[number]:
            if not self._done.holds(planned) or self._needs_its_text(planned):
                wanted.append(planned)
            elif planned.is_lead:
                # Whatever stands in the mailbox now: flags and labels, and who wrote last.
                where = self._mailbox.where(folder, planned.uid)
                self._records += self._conversion.ticket_alone(planned, where)
        yield from self._read(folder, wanted)

    def end(self, *, is_last: bool) -> Iterator[Extracted]:
        """What waits, and what becomes of mails that were not given; ``is_last``: nobody will ask again."""
        yield from self._done.settle_missing(self._plan)
        for planned, where in list(self._done.missing.values()) if is_last else ():
            yield from self._keep(self._conversion.unread(planned, _NOT_GIVEN, where))
        yield from self._flush()

    def _needs_its_text(self, planned: PlannedMail) -> bool:
        """Its ticket is told by what stands in it; that cannot be known without reading it again."""
        return planned.is_lead and self._plan.threads[planned.ticket_id].requester is None

    def _read(self, folder: Folder, wanted: Sequence[PlannedMail]) -> Iterator[Extracted]:
        position = 0
        for found in self._mailbox.mails(folder, [planned.uid for planned in wanted]):
            while wanted[position].uid != found.uid:
                self._miss(folder, wanted[position])
                position += 1
            yield from self._keep(self._converted(folder, wanted[position], found))
            position += 1
        for planned in wanted[position:]:
            self._miss(folder, planned)

    def _miss(self, folder: Folder, planned: PlannedMail) -> None:
        self._done.miss(planned, self._mailbox.where(folder, planned.uid))

    def _converted(self, folder: Folder, planned: PlannedMail, found: Raw | Unread) -> Converted:
        where = self._mailbox.where(folder, found.uid)
        if self._done.holds(planned):
            # Read again for what it tells of its ticket.
            return Converted([], self._conversion.ticket_of(planned, found, where), [])
        self._done.add(planned)
        if isinstance(found, Unread):
            return self._conversion.unread(planned, found.reason, where)
        return self._conversion.mail(planned, found, where)

    def _keep(self, converted: Converted) -> Iterator[Extracted]:
        yield from converted.contents
        yield from converted.problems
        self._records += converted.records
        self._characters += sum(len(one.get("body", "")) for one in converted.records)
        self._mails += 1
        if self._mails >= _MAILS_A_BATCH or self._characters > _CHARACTERS_A_BATCH:
            yield from self._flush()

    def _flush(self) -> Iterator[Extracted]:
        if self._records:
            yield self._records
            self._records, self._characters, self._mails = [], 0, 0
        yield self._checkpoint
