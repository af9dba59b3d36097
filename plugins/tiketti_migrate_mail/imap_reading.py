"""Mails of a folder read to the end, through lost connections, throttling and single mails that fail."""

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from tiketti_migrate_mail.imap_answers import Fetched
from tiketti_migrate_mail.imap_fetch import Ask, Outcome, Pipeline, Window, listed
from tiketti_migrate_mail.imap_retry import Failure, Patience, is_passing
from tiketti_migrate_mail.imap_session import Session
from tiketti_migrate_mail.imap_wire import Limits, Selected, Wire
from tiketti_migrate_mail.mailbox import Folder, FolderRemade, Unread

__all__ = ["Job", "Reading"]

# Before a mail is left out that fails alone while others come. Lines are cut for other reasons, too.
_TRIES = {"refused": 3, "oversized": 3, "lost": 5}
_PROBE = "(UID BODY.PEEK[]<0.65536>)"
_PROBED = Limits(65_536, 16 * 1024 * 1024)
_LISTED_AT_ONCE = 5_000


class Job(Protocol):
    """What is asked of mails, in windows that follow ``window``."""

    window: Window

    def run(self, wire: Wire, uids: Sequence[int], at: int) -> Iterator[tuple[int, Outcome]]:
        """What becomes of each from ``uids[at]`` on, in their order. Raises Failure."""

    def swell(self, uid: int) -> bool:
        """More came of a mail than it was said to have: whether it can be asked for in another way."""


class _Suspect(NamedTuple):
    """A mail that failed alone, so many times since anything came."""

    uid: int = 0
    times: int = 0
    came: int = 0


class Reading:
    """One folder. ``validity`` as it was when it was looked at first, or "".

    After a failure fewer mails are asked for at once, down to one. One that fails alone again and again is
    Unread, but only if another one comes in between: else it is the server that does not work.
    """

    def __init__(self, session: Session, patience: Patience, folder: Folder) -> None:
        self._session = session
        self._patience = patience
        self._folder = folder
        self._validity = folder.validity
        self._is_open = False
        self._suspect = _Suspect()
        self._good: int | None = None

    def listed(self) -> tuple["array[int]", Selected]:
        """The UIDs, rising, and the folder as it was then.

        Raises FolderGone, FolderRemade, SourceUnreachable, Interrupted.
        """
        window = Window(_LISTED_AT_ONCE, 1)
        was_short = False
        while True:
            try:
                wire, selected = self._opened(window, again=True)
                found = listed(wire, selected.exists, window, self._patience.check)
                if len(found) >= selected.exists or was_short:
                    return found, selected
                # Mails that others deleted meanwhile are counted until the folder is opened again.
                was_short = True
            except Failure as failure:
                self._recover(failure, window)

    def read(self, uids: Sequence[int], job: Job) -> Iterator[tuple[int, Outcome]]:
        """Every one of them, in their order. Raises what ``listed`` raises."""
        at = 0
        while at < len(uids):
            try:
                wire, _ = self._opened(job.window)
                for uid, outcome in job.run(wire, uids, at):
                    at += 1
                    self._patience.progressed()
                    self._good = uid if isinstance(outcome, Fetched) else self._good
                    yield uid, outcome
            except Failure as failure:
                if at < len(uids) and self._is_at_fault(failure, uids, at, job):
                    yield uids[at], Unread(uids[at], failure.reason)
                    at += 1

    def _opened(self, window: Window, *, again: bool = False) -> tuple[Wire, Selected]:
        self._is_open = False
        self._patience.check()
        wire, selected = self._session.opened(self._folder, again=again)
        self._is_open = True
        if self._validity not in ("", selected.validity):
            raise FolderRemade(f"{self._folder.name}: UIDVALIDITY {selected.validity}, was {self._validity}")
        self._validity = selected.validity
        window.limit(wire.most_at_once)
        return wire, selected

    def _is_at_fault(self, failure: Failure, uids: Sequence[int], at: int, job: Job) -> bool:
        """Whether a mail is to be left out; if not, the next attempt can begin."""
        uid = uids[at]
        if failure.kind == "throttled" or not self._is_open or not job.window.is_single:
            self._recover(failure, job.window)
            return False
        if failure.kind == "oversized" and job.swell(uid):
            self._session.drop()
            return False
        came = self._patience.came
        is_same = (self._suspect.uid, self._suspect.came) == (uid, came)
        self._suspect = _Suspect(uid, self._suspect.times + 1 if is_same else 1, came)
        if self._suspect.times >= _TRIES[failure.kind] and self._others_come(uids, at):
            self._patience.progressed()
            return True
        self._recover(failure, job.window)
        return False

    def _recover(self, failure: Failure, window: Window) -> None:
        """Waits, unless a server that answers was just asked for too many at once."""
        answers = self._is_open and failure.kind in ("refused", "oversized")
        # "User is authenticated but not connected" (Exchange) passes only with the connection.
        if not answers or failure.kind == "oversized" or is_passing(failure.reason):
            self._session.drop()
        was_single = window.is_single
        window.narrow()
        if was_single or not answers:
            self._patience.wait(failure, self._folder.name)

    def _others_come(self, uids: Sequence[int], at: int) -> bool:
        """Whether any of some others does; true where there are none to compare with."""
        others = (self._good,) if self._good is not None else (uids[-1], uids[len(uids) // 2], uids[at // 2])
        probes = [probe for probe in others if probe != uids[at]]
        return not probes or any(self._comes(probe) for probe in probes)

    def _comes(self, probe: int) -> bool:
        window = Window(1, 1)
        try:
            wire, _ = self._opened(window)
            pipeline = Pipeline(
                wire, _PROBED, window, is_whole=lambda it: it.body is not None, check=self._patience.check
            )
            return not any(isinstance(found, Unread) for _, found in pipeline.run([Ask([probe], _PROBE)]))
        except Failure:
            self._session.drop()
            return False
