"""What is asked of the mails of a folder over IMAP: their heads, their sizes, the mails themselves."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO

from tiketti_migrate_mail.imap_answers import Fetched
from tiketti_migrate_mail.imap_fetch import Ask, Outcome, Part, Pipeline, Sizes, Window, in_parts
from tiketti_migrate_mail.imap_retry import Patience
from tiketti_migrate_mail.imap_wire import Limits, Wire
from tiketti_migrate_mail.mailbox import HEADER_FIELDS, Raw

__all__ = ["HeadJob", "MailJob", "SizeJob"]

_MEBIBYTE = 1024 * 1024
_HEADS_AT_ONCE = 500
_MAILS_AT_ONCE = 200
_BYTES_AT_ONCE = 8 * _MEBIBYTE
_HEADS = Limits(kept=_MEBIBYTE, largest=64 * _MEBIBYTE)
# Servers that estimate sizes are wrong by less; beyond it a mail is read in parts.
_MAILS = Limits(kept=16 * _MEBIBYTE, largest=16 * _MEBIBYTE)
_HEAD_ITEMS = "UID FLAGS INTERNALDATE RFC822.SIZE"
_GMAIL_ITEMS = "X-GM-THRID X-GM-LABELS"
_FIELDS = f"BODY.PEEK[HEADER.FIELDS ({' '.join(HEADER_FIELDS)})]"
_UNKNOWN = 2**62


class HeadJob:
    """What a plan needs, of all mails of a folder: those asked for MUST be all there are between them."""

    def __init__(self, check: Callable[[], None]) -> None:
        self.window = Window(_HEADS_AT_ONCE, _BYTES_AT_ONCE)
        self._check = check

    def run(self, wire: Wire, uids: Sequence[int], at: int) -> Iterator[tuple[int, Outcome]]:
        gmail = f" {_GMAIL_ITEMS}" if wire.is_gmail else ""
        items = f"({_HEAD_ITEMS}{gmail} {_FIELDS})"
        pipeline = Pipeline(wire, _HEADS, self.window, is_whole=_is_head, check=self._check)
        return pipeline.run(_windows(uids, at, items, self.window))

    def swell(self, uid: int) -> bool:  # noqa: ARG002 - there is no other way to a head
        return False


class SizeJob:
    """Sizes alone, for mails whose heads were read by an earlier run."""

    def __init__(self, check: Callable[[], None]) -> None:
        self.window = Window(_HEADS_AT_ONCE, _BYTES_AT_ONCE)
        self._check = check

    def run(self, wire: Wire, uids: Sequence[int], at: int) -> Iterator[tuple[int, Outcome]]:
        pipeline = Pipeline(wire, _HEADS, self.window, is_whole=_has_size, check=self._check)
        return pipeline.run(_windows(uids, at, "(UID RFC822.SIZE)", self.window, is_span=False))

    def swell(self, uid: int) -> bool:  # noqa: ARG002 - a size is a number
        return False


class MailJob:
    """Whole mails; those larger than ``window.part``, or of an unknown size, in parts.

    ``largest``: bytes of a mail that are read.
    """

    def __init__(self, sizes: Sizes, largest: int, patience: Patience) -> None:
        self.window = Window(_MAILS_AT_ONCE, _BYTES_AT_ONCE)
        self._sizes = sizes
        self._largest = largest
        self._patience = patience
        self._swollen: set[int] = set()
        self._part: Part | None = None

    def run(self, wire: Wire, uids: Sequence[int], at: int) -> Iterator[tuple[int, Outcome]]:
        while at < len(uids):
            if self._is_large(uids[at]):
                yield uids[at], self._by_parts(wire, uids[at])
                at += 1
                continue
            for found in self._pipeline(wire, _MAILS).run(self._asks(uids, at)):
                at += 1
                yield found

    def swell(self, uid: int) -> bool:
        if uid in self._swollen:
            return False
        self._swollen.add(uid)
        return True

    def raw(self, uid: int, content: bytes) -> Raw:
        """Whole unless it is as long as a mail may be; the size that a server tells may be wrong."""
        if len(content) < self._largest:
            return Raw(uid, content, len(content))
        size = self._size(uid)
        if size == _UNKNOWN:
            size = self._largest + 1
        return Raw(uid, content[: self._largest], max(size, len(content)))

    def _size(self, uid: int) -> int:
        size = self._sizes.get(uid)
        return _UNKNOWN if size is None or uid in self._swollen else size

    def _is_large(self, uid: int) -> bool:
        return self._size(uid) > min(self.window.part, self._largest)

    def _asks(self, uids: Sequence[int], at: int) -> Iterator[Ask]:
        """Up to the next large one."""
        number = 0
        while at < len(uids) and not self._is_large(uids[at]):
            if number >= self.window.depth:
                self.window.widen()
            end = self._end(uids, at)
            yield Ask(uids[at:end], "(UID BODY.PEEK[])")
            at, number = end, number + 1

    def _end(self, uids: Sequence[int], at: int) -> int:
        taken, most = 0, min(self.window.part, self._largest)
        end, last = at, min(len(uids), at + self.window.count)
        while end < last:
            size = self._size(uids[end])
            taken += size
            if end > at and (size > most or taken > self.window.size):
                break
            end += 1
        return end

    def _by_parts(self, wire: Wire, uid: int) -> Outcome:
        if self._part is None or self._part.uid != uid:
            self._part = Part(uid, self._size(uid), self._largest, BytesIO())
        found = in_parts(
            self._part,
            self.window,
            lambda limits: self._pipeline(wire, limits),
            self._patience.progressed,
        )
        self._part = None
        return found

    def _pipeline(self, wire: Wire, limits: Limits) -> Pipeline:
        return Pipeline(wire, limits, self.window, is_whole=_has_body, check=self._patience.check)


def _windows(
    uids: Sequence[int], at: int, items: str, window: Window, *, is_span: bool = True
) -> Iterator[Ask]:
    number = 0
    while at < len(uids):
        if number >= window.depth:
            window.widen()
        yield Ask(uids[at : at + window.count], items, is_span)
        at, number = at + window.count, number + 1


def _is_head(found: Fetched) -> bool:
    return found.size is not None and found.body is not None


def _has_size(found: Fetched) -> bool:
    return found.size is not None


def _has_body(found: Fetched) -> bool:
    return found.body is not None
