"""From the heads of all mails to the tickets they become: nothing is read whole but what has to be."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from operator import attrgetter

from tiketti_migrate.api import Problem
from tiketti_migrate_mail.copies import united
from tiketti_migrate_mail.envelopes import NO_DATE, REPORT, Envelope, envelope_of
from tiketti_migrate_mail.headers import Address, addresses
from tiketti_migrate_mail.identities import id_of, keys_of
from tiketti_migrate_mail.internals import internals
from tiketti_migrate_mail.left_out import LeftOutCount
from tiketti_migrate_mail.looked_into import look_into, needs_a_look
from tiketti_migrate_mail.mailbox import Folder, Mailbox
from tiketti_migrate_mail.options import MailOptions
from tiketti_migrate_mail.ours import guess_ours
from tiketti_migrate_mail.planned import Known, Ours, Plan, PlannedMail, Thread
from tiketti_migrate_mail.regrouped import regrouped
from tiketti_migrate_mail.requesters import Asking, asking, author_of
from tiketti_migrate_mail.robots import Fields
from tiketti_migrate_mail.threads import ticket_ids, tickets_of
from tiketti_migrate_mail.tickets import moment, thread_of

__all__ = ["make_plan"]

Tell = Callable[[Problem], None]
_EVERY = 500
# Addresses to which mails were delivered; a mailbox has few, a catch-all of a domain may have many.
_MOST_DELIVERED = 10_000
_NOTHING = Known()


def make_plan(
    mailbox: Mailbox,
    options: MailOptions,
    account: str | None,
    tell: Tell,
    progress: Callable[[int], None] | None = None,
    known: Known = _NOTHING,
) -> Plan:
    """Every mail is planned once, or told as a copy or as left out. ``progress``: heads read so far.

    ``account``: the address of the mailbox, where it has one. Problems of the mailbox itself are passed on to
    ``tell``. ``known``: messages of it stay where they are, and tickets with who asked. Raises FolderRemade,
    and what a Mailbox raises.
    """
    folders = tuple(mailbox.folders())
    reading = _Reading(mailbox, folders, options, tell, progress)
    for number in range(len(folders)):
        reading.read(number)
    mails, copies = united(reading.mails, known.tickets)
    reading.mails.clear()
    reading.left_out.add("COPIES", copies)
    # The oldest first; those that nobody can date last.
    mails.sort(key=lambda mail: (mail.date is None, mail.date or 0, mail.identity))
    guess = guess_ours(mails, options, account, reading.delivered)
    for problem in guess.problems:
        tell(problem)
    ids = ticket_ids(mails, options.thread_by, guess.ours)
    tickets = tickets_of(mails, ids, options.split_after)
    if known.tickets:
        tickets = regrouped(tickets, known, guess.ours)
    people = _names(mails)
    mails.clear()
    assembly = _Assembly(folders, guess.ours, options, reading.left_out, people)
    # Used up, so that each mail is held only once.
    while tickets:
        assembly.add(*tickets.popitem(), known)
    plan = assembly.plan()
    for problem in reading.left_out.problems():
        tell(problem)
    return plan


class _Reading:
    """The heads of a mailbox as envelopes."""

    def __init__(
        self,
        mailbox: Mailbox,
        folders: Sequence[Folder],
        options: MailOptions,
        tell: Tell,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._mailbox = mailbox
        self._folders = folders
        self._options = options
        self._tell = tell
        self._progress = progress
        self._count = 0
        self.mails: list[Envelope] = []
        self.delivered: Counter[str] = Counter()
        self.left_out = LeftOutCount(options)

    def read(self, number: int) -> None:
        """The mails of one folder."""
        folder = self._folders[number]
        begin = len(self.mails)
        for head in self._mailbox.heads(folder):
            if isinstance(head, Problem):
                self._tell(head)
                continue
            mail, found = envelope_of(head, number, folder, self._options.folder_labels)
            if not self.left_out.is_no_mail(mail):
                self.mails.append(mail)
                self._note_delivery(found)
            self._count += 1
            if self._progress and self._count % _EVERY == 0:
                self._progress(self._count)
        if self._progress:
            self._progress(self._count)
        self._look_into(folder, begin)

    def _note_delivery(self, found: Fields) -> None:
        values = {*found.get("delivered-to", ()), *found.get("x-original-to", ())}
        for email in {one.email for value in values for one in addresses(value[:1000])}:
            if email in self.delivered or len(self.delivered) < _MOST_DELIVERED:
                self.delivered[email] += 1

    def _look_into(self, folder: Folder, begin: int) -> None:
        unclear = [mail for mail in self.mails[begin:] if needs_a_look(mail)]
        seen = look_into(self._mailbox, folder, unclear) if unclear else {}
        kept = []
        for mail in self.mails[begin:]:
            mail = seen.get(mail.uid, mail)
            if self.left_out.is_too_young(mail):
                continue
            if mail.marks & NO_DATE:
                self.left_out.add("UNDATED" if mail.date is None else "DATES")
            kept.append(mail)
        self.mails[begin:] = kept


class _Assembly:
    """Tickets with their mails, one after another."""

    def __init__(
        self,
        folders: Sequence[Folder],
        ours: Ours,
        options: MailOptions,
        left_out: LeftOutCount,
        people: Mapping[str, str],
    ) -> None:
        self._people = people
        self._folders = folders
        self._ours = ours
        self._options = options
        self._left_out = left_out
        self._planned: list[list[PlannedMail]] = [[] for _ in folders]
        self._threads: dict[str, Thread] = {}
        self._colleagues: set[str] = set()

    def add(self, ticket_id: str, mails: Sequence[Envelope], known: Known) -> None:
        """Mails of one ticket, oldest first."""
        asker = self._asker(ticket_id, known)
        asked = self._asking(ticket_id, mails, known)
        if asker is not None:
            asked = asked._replace(requester=asker, guess=asker)
        internal = internals(mails, asked, self._ours)
        thread = thread_of(ticket_id, mails, asked, internal, self._ours, self._options)
        thread = thread._replace(is_known=asker is not None)
        requester = (thread.requester or thread.guess).email
        if self._left_out.is_unwanted(thread, len(mails), requester):
            return
        self._threads[ticket_id] = thread
        keys = {mail.key for mail in mails if mail.key}
        for mail, is_internal in zip(mails, internal, strict=True):
            planned = _planned(mail, thread, is_internal, self._ours, keys)
            self._planned[mail.folder].append(planned)
            if is_internal and planned.author and not self._ours.is_near(requester):
                self._colleagues.add(planned.author.email)

    def _asker(self, ticket_id: str, known: Known) -> Address | None:
        """Who asks in a ticket that is there, his mail still in the mailbox or not."""
        email = known.askers.get(ticket_id, "")
        return Address(self._people.get(email, ""), email) if "@" in email else None

    def _asking(self, ticket_id: str, mails: Sequence[Envelope], known: Known) -> Asking:
        """Told by what a ticket had, where it is there."""
        tickets = known.tickets
        staged = [mail for mail in mails if tickets.get(id_of(mail.identity)) == ticket_id] if tickets else ()
        return asking(staged or mails, self._ours)

    def plan(self) -> Plan:
        """All that was added. Who talks with us about customers, in a domain of ours, is of us."""
        for of_folder in self._planned:
            of_folder.sort(key=attrgetter("uid"))
        asked = {(thread.requester or thread.guess).email for thread in self._threads.values()}
        colleagues = {one for one in self._colleagues - asked if self._ours.is_near(one)}
        ours = self._ours._replace(emails=self._ours.emails | colleagues)
        return Plan(self._folders, self._planned, self._threads, ours, self._people)


def _names(mails: Sequence[Envelope]) -> dict[str, str]:
    """The newest name by which each who wrote was called."""
    names: dict[str, str] = {}
    for mail in mails:
        for one in (mail.sender, mail.reply_to):
            if one is not None and (one.name or one.email not in names):
                names[one.email] = one.name
    return names


def _planned(
    mail: Envelope, thread: Thread, is_internal: bool, ours: Ours, keys: AbstractSet[bytes]
) -> PlannedMail:
    return PlannedMail(
        uid=mail.uid,
        message_id=id_of(mail.identity),
        ticket_id=thread.ticket_id,
        created_at=moment(mail.date),
        is_lead=(mail.folder, mail.uid) == thread.lead,
        is_internal=is_internal,
        is_report=bool(mail.marks & REPORT),
        author=author_of(mail, ours) or mail.sender,
        answers=any(key in keys for key in keys_of(mail.references)),
    )
