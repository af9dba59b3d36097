"""A mailbox over IMAP: read only, and read on where it stopped when a connection is lost."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from imapclient import IMAPClient

from tiketti_migrate.api import Notice, Problem
from tiketti_migrate_mail.imap_answers import Fetched
from tiketti_migrate_mail.imap_fetch import Sizes
from tiketti_migrate_mail.imap_jobs import HeadJob, MailJob, SizeJob
from tiketti_migrate_mail.imap_reading import Reading
from tiketti_migrate_mail.imap_retry import Failure, Pace, Patience
from tiketti_migrate_mail.imap_session import FolderGone, Session
from tiketti_migrate_mail.imap_wire import Selected
from tiketti_migrate_mail.mailbox import Folder, Head, Mailbox, Raw, Unread

__all__ = ["FolderState", "ImapMailbox"]

Answer = TypeVar("Answer")


class FolderState(NamedTuple):
    """For a checkpoint: the UIDs below ``uidnext`` mean the same mails as long as ``validity`` is the same.

    ``modseq`` (HIGHESTMODSEQ, RFC 7162) rises with every change of flags. None where the server has none.
    """

    validity: str
    uidnext: int | None
    modseq: int | None


class ImapMailbox(Mailbox):
    """``connect`` logs in and raises our errors; it is called again after a connection was lost.

    ``choose`` names the folders that are read, inbox first. ``largest``: bytes of a mail that are read.
    Folders are opened with EXAMINE and mails read with PEEK: nothing changes on the server.
    """

    def __init__(
        self,
        choose: Callable[[IMAPClient], Sequence[Folder]],
        connect: Callable[[], IMAPClient],
        *,
        stopping: threading.Event,
        notify: Callable[[Notice], None],
        largest: int,
        pace: Pace | None = None,
    ) -> None:
        self._choose = choose
        self._session = Session(connect)
        self._largest = largest
        self._patience = Patience(pace or Pace(), stopping, notify)
        self._folders: Sequence[Folder] | None = None
        self._states: dict[str, FolderState] = {}
        self._sizes: dict[str, Sizes] = {}

    def folders(self) -> Sequence[Folder]:
        """With their validity; without it what cannot be opened, of which ``heads`` gives a Problem."""
        if self._folders is None:
            chosen = self._tried(lambda: self._session.asked(self._choose))
            self._folders = [folder._replace(validity=self.state(folder).validity) for folder in chosen]
        return self._folders

    def state(self, folder: Folder) -> FolderState:
        """As it was when its heads were read, else as it is now; all of it empty if it cannot be opened."""
        if folder.key not in self._states:
            try:
                return _state(self._tried(lambda: self._session.opened(folder)[1]))
            except FolderGone:
                return FolderState("", None, None)
        return self._states[folder.key]

    def heads(self, folder: Folder) -> Iterator[Head | Problem]:
        """Raises FolderRemade, too, when that happens in between."""
        sizes = self._sizes[folder.key] = Sizes()
        left = 1
        try:
            reading = self._reading(folder)
            uids, selected = reading.listed()
            self._states[folder.key] = _state(selected)
            if len(uids) < selected.exists:
                unlisted = selected.exists - len(uids)
                words = f"the server counts {unlisted} mails that it does not list"
                yield Problem("MAIL_UNLISTED", words, folder.name, lost=unlisted)
            left = len(uids)
            for uid, found in reading.read(uids, HeadJob(self._patience.check)):
                left -= 1
                if isinstance(found, Fetched):
                    sizes.add(uid, found.size or 0)
                    yield _head(uid, found)
                elif found is not None:
                    yield Problem("MAIL_UNREADABLE", found.reason, self.where(folder, uid))
        except FolderGone as gone:
            yield Problem("FOLDER_UNREADABLE", f"cannot be opened: {gone.reason}", folder.name, lost=left)

    def mails(self, folder: Folder, uids: Sequence[int]) -> Iterator[Raw | Unread]:
        done = 0
        try:
            reading = self._reading(folder)
            job = MailJob(self._known_sizes(reading, folder, uids), self._largest, self._patience)
            for uid, found in reading.read(uids, job):
                done += 1
                if isinstance(found, Fetched):
                    yield job.raw(uid, found.body or b"")
                elif found is not None:
                    yield found
        except FolderGone as gone:
            yield from (Unread(uid, f"the folder cannot be opened: {gone.reason}") for uid in uids[done:])

    def close(self) -> None:
        self._session.close()
        self._folders = None
        self._states.clear()
        self._sizes.clear()

    def _tried(self, ask: Callable[[], Answer]) -> Answer:
        while True:
            try:
                answer = ask()
            except Failure as failure:
                self._session.drop()
                self._patience.wait(failure, self._session.host or "mail server")
                continue
            self._patience.progressed()
            return answer

    def _reading(self, folder: Folder) -> Reading:
        return Reading(self._session, self._patience, folder)

    def _known_sizes(self, reading: Reading, folder: Folder, uids: Sequence[int]) -> Sizes:
        """Asked for where heads were not read by this run."""
        sizes = self._sizes.setdefault(folder.key, Sizes())
        unknown = [uid for uid in uids if sizes.get(uid) is None]
        for uid, found in reading.read(unknown, SizeJob(self._patience.check)):
            if isinstance(found, Fetched):
                sizes.add(uid, found.size or 0)
        return sizes


def _state(selected: Selected) -> FolderState:
    return FolderState(selected.validity, selected.uidnext, selected.modseq)


def _head(uid: int, found: Fetched) -> Head:
    return Head(
        uid,
        found.body or b"",
        found.size or 0,
        found.flags or frozenset(),
        found.received,
        found.thread,
        found.labels,
    )
