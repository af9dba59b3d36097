"""Mailboxes drawn as text: conversations as trees, heads as a few words, a mailbox that is a list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tiketti_migrate.api import Problem
from tiketti_migrate_mail.mailbox import Folder, Head, Mailbox, Raw, Role
from tiketti_migrate_mail.options import MailOptions
from tiketti_migrate_mail.planned import Known, Plan
from tiketti_migrate_mail.planning import make_plan

__all__ = ["DAY", "START", "ListMailbox", "Note", "Planned", "conversation", "folder", "planned", "said"]

START = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
US, THEM = "support@acme.test", "jane@example.com"


@dataclass(frozen=True)
class Note:
    """A mail as a test says it: what is not said is as usual. ``at``: days after START."""

    id: str | None = "a"
    subject: str = "Printer"
    sender: str | None = THEM
    to: str | None = US
    cc: str | None = None
    at: float | None = 0.0
    refs: str = ""
    reply_to: str | None = None
    more: str = ""
    body: str = "Hello"
    flags: str = ""
    labels: tuple[str, ...] = ()
    thread: str | None = None
    received: datetime | None = None

    def raw(self) -> bytes:
        """The mail as it lies in a mailbox."""
        at = None if self.at is None else START + timedelta(days=self.at)
        lines = {
            "Message-ID": None if self.id is None else f"<{self.id}@x>",
            "Date": at and f"{at:%a, %d %b %Y %H:%M:%S} +0000",
            "From": self.sender,
            "To": self.to,
            "Cc": self.cc,
            "Reply-To": self.reply_to,
            "Subject": self.subject,
            "References": " ".join(f"<{one}@x>" for one in self.refs.split()) or None,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
        return f"{head}{self.more}\r\n{self.body}".encode()


def said(raw: bytes) -> bytes:
    """The header block of a mail."""
    return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def folder(name: str = "INBOX", role: Role | None = None) -> Folder:
    """A folder whose key is its name; any but the inbox is one of the user's, unless it is said otherwise."""
    return Folder(name, role or ("inbox" if name == "INBOX" else "other"), name)


@dataclass
class ListMailbox(Mailbox):
    """Folders with their mails in a list; uids count from 1. ``asked``: which mails were read whole."""

    boxes: list[tuple[Folder, Sequence[Note | Problem]]]
    asked: list[tuple[str, int]] = field(default_factory=list)

    def folders(self) -> Sequence[Folder]:
        return [one for one, _ in self.boxes]

    def heads(self, folder: Folder) -> Iterator[Head | Problem]:
        for uid, note in enumerate(self._notes(folder), start=1):
            if isinstance(note, Problem):
                yield note
                continue
            raw = note.raw()
            flags = frozenset(note.flags.split())
            yield Head(uid, said(raw), len(raw), flags, note.received, note.thread, note.labels)

    def mails(self, folder: Folder, uids: Sequence[int]) -> Iterator[Raw]:
        assert list(uids) == sorted(set(uids))
        for uid in uids:
            self.asked.append((folder.name, uid))
            note = self._notes(folder)[uid - 1]
            assert isinstance(note, Note)
            raw = note.raw()
            yield Raw(uid, raw, len(raw))

    def close(self) -> None:
        self.boxes = []

    def _notes(self, folder: Folder) -> Sequence[Note | Problem]:
        return next(notes for one, notes in self.boxes if one == folder)


@dataclass(frozen=True)
class Planned:
    """A plan, what was told, and which of the mails each ticket holds, as the tests name them."""

    plan: Plan
    told: list[Problem]
    mailbox: ListMailbox

    @property
    def groups(self) -> set[frozenset[str | None]]:
        """The conversations, as sets of the mails' ids."""
        found: dict[str, set[str | None]] = {}
        for (_, notes), mails in zip(self.mailbox.boxes, self.plan.mails, strict=True):
            for mail in mails:
                note = notes[mail.uid - 1]
                assert isinstance(note, Note)
                found.setdefault(mail.ticket_id, set()).add(note.id)
        return {frozenset(ids) for ids in found.values()}

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.told]

    def message(self, code: str) -> str:
        return next(problem.message for problem in self.told if problem.code == code)


def planned(
    *boxes: tuple[Folder, Sequence[Note | Problem]],
    account: str | None = US,
    known: Mapping[str, str] | None = None,
    askers: Mapping[str, str] | None = None,
    **options: Any,
) -> Planned:
    """A plan of some folders; in tests nearly always for the account support@acme.test."""
    told: list[Problem] = []
    mailbox = ListMailbox(list(boxes))
    remembered = Known(known or {}, askers or {})
    plan = make_plan(mailbox, MailOptions.model_validate(options), account, told.append, known=remembered)
    return Planned(plan, told, mailbox)


def conversation(drawn: str) -> list[Note]:
    """Mails of a drawing: a line each, indented below what it answers, one day after the other.

    ``a`` is a mail, ``(b)`` one that is missing, ``c: a x`` one that says these references itself.
    """
    found: list[Note] = []
    above: list[tuple[int, str]] = []
    for line in filter(str.strip, drawn.splitlines()):
        depth = len(line) - len(line.lstrip())
        name, colon, refs = line.strip().partition(":")
        above = [one for one in above if one[0] < depth]
        if not colon:
            refs = " ".join(one for _, one in above)
        above.append((depth, name.strip("()")))
        if not name.startswith("("):
            found.append(Note(name, at=float(len(found)), refs=refs.strip()))
    return found
