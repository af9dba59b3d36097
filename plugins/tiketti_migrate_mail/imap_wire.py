"""One connection as a stream of answers, to send several commands before the first is answered."""

import imaplib
from contextlib import suppress
from typing import Any, NamedTuple

from imapclient import IMAPClient

from tiketti_migrate_mail.imap_answers import BadAnswer, Fetched, fetched, literal_size
from tiketti_migrate_mail.imap_retry import Failure, failure_of, told

__all__ = ["Done", "Limits", "Selected", "Unclear", "Wire"]

_STATUS = (b"* OK", b"* NO", b"* BAD", b"* BYE", b"* PREAUTH")
_MOST_PARTS = 2_000
_SKIPPED_AT_ONCE = 65_536
_CUT = "the server closed the connection in the middle of a mail"


class Limits(NamedTuple):
    """Bytes: ``kept`` of a literal, the rest of it is passed over; a ``largest`` answer is not exceeded."""

    kept: int
    largest: int


class Done(NamedTuple):
    """A command has ended. ``text``: what the server says to it."""

    tag: bytes
    is_ok: bool
    text: bytes


class Unclear(NamedTuple):
    """An answer to FETCH that cannot be understood."""

    reason: str


class Selected(NamedTuple):
    """A folder as EXAMINE tells it. ``modseq`` is None where the server keeps none (RFC 7162)."""

    validity: str
    exists: int
    uidnext: int | None
    modseq: int | None


class Wire:
    """Reads and writes beside IMAPClient, whose own parsing of FETCH is several times slower.

    IMAPClient has no way to send a second command before the first is answered, so this class reaches for
    the imaplib object inside it, ``_imap``, and uses only what imaplib documents: ``send``, ``readline``,
    ``read``. Tags begin with a letter that imaplib never uses. Every failure of the connection is a Failure.
    """

    def __init__(self, client: IMAPClient, capabilities: set[str]) -> None:
        self.client = client
        self._imap: Any = client._imap
        self._sent = 0
        self._open: set[bytes] = set()
        self.selection = 0
        self.is_gmail = "X-GM-EXT-1" in capabilities
        self.most_at_once = _message_limit(capabilities)

    @property
    def is_idle(self) -> bool:
        """Whether everything that was asked is answered."""
        return not self._open

    def examine(self, key: str) -> Selected:
        """Opens a folder for reading only. Raises Failure; ``refused`` when the server says no."""
        self.selection += 1
        try:
            answer = self.client.select_folder(key, readonly=True)
        except imaplib.IMAP4.abort as error:
            raise failure_of(error, "lost") from error
        except imaplib.IMAP4.error as error:
            raise failure_of(error, "refused") from error
        except (OSError, ValueError, IndexError) as error:
            raise Failure("lost", told(error)) from error
        return Selected(
            str(answer.get(b"UIDVALIDITY", 0)),
            answer.get(b"EXISTS", 0),
            answer.get(b"UIDNEXT"),
            answer.get(b"HIGHESTMODSEQ"),
        )

    def send(self, command: str) -> bytes:
        """The tag by which its end is known."""
        self._sent += 1
        tag = b"t%d" % self._sent
        try:
            self._imap.send(tag + b" " + command.encode("ascii") + b"\r\n")
        except (OSError, ValueError) as error:
            raise Failure("lost", told(error) or "the connection is closed") from error
        self._open.add(tag)
        return tag

    def answer(self, limits: Limits) -> Done | Fetched | Unclear | None:
        """The next one; None for what nobody asked for. Raises Failure."""
        try:
            line = self._line()
            if line[:2] == b"* ":
                return self._untagged(line, limits)
        except (OSError, ValueError, imaplib.IMAP4.error) as error:
            raise Failure("lost", told(error) or "the connection is closed") from error
        tag, _, rest = line.partition(b" ")
        if not line or tag == b"+":
            return None
        if tag not in self._open:
            raise Failure("lost", f"an answer that makes no sense: {told(line)}")
        self._open.discard(tag)
        return Done(tag, rest[:2].upper() == b"OK", rest)

    def close(self, *, politely: bool = False) -> None:
        """Politely: with LOGOUT."""
        gone_already = (OSError, ValueError, imaplib.IMAP4.error)
        if politely and self.is_idle:
            with suppress(*gone_already):
                self.client.logout()
        with suppress(*gone_already):
            self.client.shutdown()

    def _line(self) -> bytes:
        line: bytes = self._imap.readline()
        if not line.endswith(b"\n"):
            raise Failure("lost", "the server closed the connection")
        return line[:-2] if line.endswith(b"\r\n") else line[:-1]

    def _untagged(self, line: bytes, limits: Limits) -> Fetched | Unclear | None:
        if line[:6].upper().startswith(_STATUS):
            if line[:5].upper() == b"* BYE":
                raise failure_of(line[5:], "lost")
            return None
        parts = self._parts(line, limits)
        try:
            return fetched(parts)
        except BadAnswer as error:
            return Unclear(str(error))

    def _parts(self, line: bytes, limits: Limits) -> list[bytes]:
        size = literal_size(line)
        parts = []
        left = limits.largest
        while size is not None:
            parts.append(line[: line.rindex(b"{")])
            left -= size + len(line)
            if left < 0 or len(parts) > _MOST_PARTS:
                raise Failure("oversized", f"the server sends {size} bytes, more than was asked for")
            parts.append(self._literal(size, limits.kept))
            line = self._line()
            size = literal_size(line)
        parts.append(line)
        return parts

    def _literal(self, size: int, kept: int) -> bytes:
        content: bytes = self._imap.read(min(size, kept))
        left = size - len(content)
        if len(content) < min(size, kept):
            raise Failure("lost", _CUT)
        while left:
            passed_over = len(self._imap.read(min(left, _SKIPPED_AT_ONCE)))
            if not passed_over:
                raise Failure("lost", _CUT)
            left -= passed_over
        return content


def _message_limit(capabilities: set[str]) -> int | None:
    """How many mails a command may be about (RFC 9738)."""
    for capability in capabilities:
        name, _, number = capability.partition("=")
        if name == "MESSAGELIMIT" and number.isdecimal():
            return max(1, int(number[:9]))
    return None
