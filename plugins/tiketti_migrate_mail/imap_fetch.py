"""Mails asked for in windows, several of them on the way at once (RFC 3501, 6.4.5 and 6.4.8)."""

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from typing import NamedTuple

from tiketti_migrate_mail.imap_answers import Fetched
from tiketti_migrate_mail.imap_retry import Failure, failure_of
from tiketti_migrate_mail.imap_wire import Done, Limits, Unclear, Wire
from tiketti_migrate_mail.mailbox import Unread

__all__ = ["Ask", "Outcome", "Part", "Pipeline", "Sizes", "Window", "in_parts", "listed", "sequence_set"]

_DEPTH = 3
# What may have come and is not in its turn yet, in bytes; each answer weighs so much beside its text.
_MOST_HELD = 64 * 1024 * 1024
_WEIGHT = 500
_NARROWER = 4
_SMALLEST_PART = 64 * 1024
# In a row, of what nobody asked for: a busy folder tells some changes, no server a million.
_MOST_IDLE = 200_000
_LISTING = Limits(65_536, 1024 * 1024)

# None: the mail is gone.
Outcome = Fetched | Unread | None


class Ask(NamedTuple):
    """A window: mails by rising UID, and what is asked of each. ``is_span``: there are no others between."""

    uids: Sequence[int]
    items: str
    is_span: bool = False

    def command(self) -> str:
        mails = f"{self.uids[0]}:{self.uids[-1]}" if self.is_span else sequence_set(self.uids)
        return f"UID FETCH {mails} {self.items}"


class Window:
    """How many mails, and how many bytes, are asked for at once: fewer after a failure, then more again."""

    def __init__(self, count: int, size: int) -> None:
        self._most = (count, size)
        self.count, self.size = self._most

    @property
    def is_single(self) -> bool:
        return self.count == 1

    @property
    def depth(self) -> int:
        """How many windows may be on the way. With one mail a window it has to be known which one failed."""
        return 1 if self.is_single else _DEPTH

    @property
    def part(self) -> int:
        """Bytes; a larger mail is read in parts of so many."""
        return max(self.size // 2, _SMALLEST_PART)

    def limit(self, count: int | None) -> None:
        """No more mails than a server allows."""
        if count is not None:
            self._most = (min(count, self._most[0]), self._most[1])
            self.count = min(count, self.count)

    def narrow(self) -> None:
        self.count = max(1, self.count // _NARROWER)
        self.size = max(2 * _SMALLEST_PART, self.size // _NARROWER)

    def widen(self) -> None:
        self.count = min(self._most[0], self.count * 2)
        self.size = min(self._most[1], self.size * 2)


class Sizes:
    """Bytes of the mails of a folder by rising UID, in 12 bytes a mail."""

    def __init__(self) -> None:
        self._uids = array("I")
        self._sizes = array("Q")

    def add(self, uid: int, size: int) -> None:
        """In its place; at the end, as a rule."""
        if not self._uids or uid > self._uids[-1]:
            self._uids.append(uid)
            self._sizes.append(size)
            return
        place = bisect_left(self._uids, uid)
        if self._uids[place] == uid:
            self._sizes[place] = size
        else:
            self._uids.insert(place, uid)
            self._sizes.insert(place, size)

    def get(self, uid: int) -> int | None:
        """None for a mail that is not known."""
        place = bisect_left(self._uids, uid)
        found = place < len(self._uids) and self._uids[place] == uid
        return self._sizes[place] if found else None


class Pipeline:
    """Sends windows ahead and gives their mails in the order asked for, whatever order they come in.

    ``is_whole`` tells an answer that was asked for from one that a server sends on its own (flags that were
    changed by somebody else); one mail may also be answered in several pieces. ``check`` is called for every
    answer and may raise.
    """

    def __init__(
        self,
        wire: Wire,
        limits: Limits,
        window: Window,
        *,
        is_whole: Callable[[Fetched], bool],
        check: Callable[[], None],
    ) -> None:
        self._wire = wire
        self._limits = limits
        self._window = window
        self._is_whole = is_whole
        self._check = check
        self._selection = wire.selection
        self._whole: dict[int, Fetched] = {}
        self._pieces: dict[int, Fetched] = {}
        self._held = 0
        self._done: dict[bytes, Done] = {}
        self._flying: deque[tuple[bytes, Ask]] = deque()
        self._unclear = ""
        self._idle = 0

    def run(self, asks: Iterable[Ask]) -> Iterator[tuple[int, Outcome]]:
        """Every UID asked for with what became of it. Raises Failure."""
        for ask in asks:
            self._flying.append((self._send(ask), ask))
            while len(self._flying) >= self._window.depth:
                yield from self._finish()
        while self._flying:
            yield from self._finish()

    def _send(self, ask: Ask) -> bytes:
        if self._wire.selection != self._selection:
            raise Failure("lost", "another folder was opened meanwhile")
        return self._wire.send(ask.command())

    def _finish(self) -> Iterator[tuple[int, Outcome]]:
        tag, ask = self._flying.popleft()
        missing: dict[int, Outcome] | None = None
        for number, uid in enumerate(ask.uids):
            while uid not in self._whole and tag not in self._done:
                self._take()
            found = self._taken(uid)
            if found is None:
                self._refuse(tag)
                if missing is None:
                    missing = self._asked_again(ask, number)
                yield uid, missing.get(uid)
            else:
                yield uid, found
        self._wait(tag)
        del self._done[tag]

    def _take(self) -> None:
        self._check()
        answer = self._wire.answer(self._limits)
        self._idle = 0 if isinstance(answer, Fetched | Done) else self._idle + 1
        if self._idle > _MOST_IDLE:
            raise Failure("lost", "the server talks on and on without an answer")
        if isinstance(answer, Fetched):
            self._keep(answer)
        elif isinstance(answer, Done):
            self._done[answer.tag] = answer
        elif isinstance(answer, Unclear):
            self._unclear = answer.reason

    def _keep(self, answer: Fetched) -> None:
        uid = answer.uid
        if uid is None or uid in self._whole:
            return
        self._held += _WEIGHT + len(answer.body or b"")
        if self._held > _MOST_HELD:
            raise Failure("oversized", "the server sends more mails than were asked for")
        piece = self._pieces.pop(uid, None)
        answer = answer if piece is None else _merged(piece, answer)
        if self._is_whole(answer):
            self._whole[uid] = answer
        else:
            self._pieces[uid] = answer

    def _taken(self, uid: int) -> Fetched | None:
        found = self._whole.pop(uid, None)
        if found is not None:
            self._held -= _WEIGHT + len(found.body or b"")
        return found

    def _wait(self, tag: bytes) -> None:
        while tag not in self._done:
            self._take()

    def _refuse(self, tag: bytes) -> None:
        """Raises Failure if a command was refused; what else is on the way comes first, if it comes."""
        done = self._done[tag]
        if done.is_ok or b"[EXPUNGEISSUED]" in done.text.upper():
            return
        failure = failure_of(done.text, "refused")
        if failure.kind == "refused":
            # Exchange says BYE after it refused.
            with suppress(Failure):
                for other, _ in self._flying:
                    self._wait(other)
        raise failure

    def _asked_again(self, ask: Ask, number: int) -> dict[int, Outcome]:
        """Those of a window that did not come: whether they are still there, and then each alone."""
        missing = [uid for uid in ask.uids[number:] if uid not in self._whole]
        for uid in missing:
            self._pieces.pop(uid, None)
        tag = self._send(Ask(missing, "(UID)"))
        self._wait(tag)
        self._refuse(tag)
        found: dict[int, Outcome] = {}
        for uid in missing:
            if uid in self._pieces or uid in self._whole:
                found[uid] = self._alone(uid, ask.items)
        return found

    def _alone(self, uid: int, items: str) -> Outcome:
        self._unclear = ""
        tag = self._send(Ask([uid], items))
        self._wait(tag)
        self._refuse(tag)
        self._pieces.pop(uid, None)
        reason = f"what the server sends of it makes no sense: {self._unclear}"
        return self._taken(uid) or Unread(uid, reason if self._unclear else "the server does not send it")


class Part(NamedTuple):
    """Where a large mail is being put together: ``content`` holds what came so far, maybe over an earlier
    connection; ``size`` is what the server says of it, ``upto`` how much of it is wanted.
    """

    uid: int
    size: int
    upto: int
    content: BytesIO


def in_parts(
    part: Part, window: Window, pipeline: Callable[[Limits], Pipeline], came: Callable[[], None]
) -> Outcome:
    """Reads on until a mail is there; ``came`` is called for each part. Raises Failure.

    What a server says of a size is not always true, so the end is where nothing more comes.
    """
    content = part.content
    while content.tell() < part.upto:
        at, wanted = content.tell(), min(window.part, part.upto - content.tell())
        ask = Ask([part.uid], f"(UID BODY.PEEK[]<{at}.{wanted}>)")
        [(_, found)] = pipeline(Limits(wanted, wanted + _WEIGHT)).run([ask])
        if not isinstance(found, Fetched) or found.body is None:
            return found
        if (found.origin or 0) != at:
            raise Failure("oversized", "the server sends another part of a mail than was asked for")
        content.write(found.body)
        came()
        window.widen()
        if not found.body or (len(found.body) < wanted and content.tell() >= part.size):
            break
    return Fetched(0, part.uid, content.getvalue())


def listed(wire: Wire, exists: int, window: Window, check: Callable[[], None]) -> "array[int]":
    """The UIDs of a folder, rising. Raises Failure.

    Asked for by number: SEARCH answers in one line that may be longer than a client takes, some servers cut
    it short, and during FETCH alone numbers never shift (RFC 3501, 7.4.1).
    """
    found = array("I")
    open_: set[bytes] = set()
    refused: Done | None = None
    first = 1
    while first <= exists or open_:
        if first <= exists and len(open_) < _DEPTH and refused is None:
            last = min(exists, first + window.count - 1)
            open_.add(wire.send(f"FETCH {first}:{last} (UID)"))
            first = last + 1
            continue
        check()
        answer = wire.answer(_LISTING)
        if isinstance(answer, Fetched) and answer.uid is not None and len(found) < 2 * exists:
            found.append(answer.uid)
        elif isinstance(answer, Done):
            open_.discard(answer.tag)
            refused = refused if answer.is_ok else answer
            first = first if refused is None else exists + 1
    if refused is not None:
        raise failure_of(refused.text, "refused")
    return array("I", sorted(set(found)))


def sequence_set(uids: Sequence[int]) -> str:
    """Rising numbers as short as can be: "1:3,7"."""
    spans: list[list[int]] = []
    for uid in uids:
        if spans and uid == spans[-1][1] + 1:
            spans[-1][1] = uid
        else:
            spans.append([uid, uid])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in spans)


def _merged(older: Fetched, newer: Fetched) -> Fetched:
    told = {name: value for name, value in newer._asdict().items() if value not in (None, ())}
    return older._replace(**told)
