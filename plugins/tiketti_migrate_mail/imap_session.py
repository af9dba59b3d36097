"""The connection to an account, made when it is needed and made again when it is lost."""

import imaplib
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from imapclient import IMAPClient

from tiketti_migrate.errors import AccessDenied, SourceUnreachable
from tiketti_migrate_mail.imap_retry import Failure, failure_of, is_passing, told
from tiketti_migrate_mail.imap_wire import Selected, Wire
from tiketti_migrate_mail.mailbox import Folder

__all__ = ["FolderGone", "Session"]

_GONE = (
    "[nonexistent]",
    "doesn't exist",
    "does not exist",
    "unknown mailbox",
    "no such mailbox",
    "not found",
)
Answer = TypeVar("Answer")
# Before a folder is left out that a server refuses to open, without saying why, or with words that promise
# more: then only if it opens another one.
_TRIES = 3
_MORE_TRIES = 6
# Seconds; a client without a limit of its own would wait for ever.
_SILENCE = 300.0


class FolderGone(Exception):
    """A folder cannot be opened (any more)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Session:
    """``connect`` gives a client that is logged in, or raises our errors.

    A first connection that fails is told at once: it will be a mistyped host or password.
    """

    def __init__(self, connect: Callable[[], IMAPClient]) -> None:
        self._connect = connect
        self._wire: Wire | None = None
        self._key: str | None = None
        self._selected = Selected("", 0, None, None)
        self._refused: dict[str, int] = {}
        self._was_connected = False
        self.host = ""

    def wire(self) -> Wire:
        """Connected, nothing on the way. Raises Failure; AccessDenied and what else ``connect`` raises."""
        if self._wire is not None and not self._wire.is_idle:
            self.drop()
        if self._wire is None:
            self._wire = self._connected()
            self.host = told(self._wire.client.host)
        return self._wire

    def asked(self, ask: Callable[[IMAPClient], Answer]) -> Answer:
        """What IMAPClient itself is asked for. Raises Failure."""
        client = self.wire().client
        try:
            return ask(client)
        except imaplib.IMAP4.abort as error:
            raise failure_of(error, "lost") from error
        except imaplib.IMAP4.error as error:
            raise failure_of(error, "refused") from error
        except OSError as error:
            raise Failure("lost", told(error)) from error

    def opened(self, folder: Folder, *, again: bool = False) -> tuple[Wire, Selected]:
        """With the folder open for reading. Raises Failure, FolderGone."""
        wire = self.wire()
        if self._key != folder.key or again:
            self._key = None
            self._selected = self._examined(wire, folder)
            self._key = folder.key
        return wire, self._selected

    def drop(self) -> None:
        """The connection, whatever is on the way."""
        wire, self._wire, self._key = self._wire, None, None
        if wire is not None:
            wire.close()

    def close(self) -> None:
        wire, self._wire, self._key = self._wire, None, None
        if wire is not None:
            wire.close(politely=True)

    def _connected(self) -> Wire:
        try:
            client = self._connect()
            wire = Wire(client, _prepared(client))
        except (SourceUnreachable, AccessDenied) as error:
            # A server that is asked too much refuses to log in, too.
            may_pass = self._was_connected and isinstance(error, SourceUnreachable)
            if may_pass or is_passing(error.message):
                raise failure_of(error.message, "lost") from error
            raise
        except (OSError, imaplib.IMAP4.error) as error:
            if self._was_connected or is_passing(told(error)):
                raise failure_of(error, "lost") from error
            raise SourceUnreachable(f"the mail server does not answer: {told(error)}") from error
        self._was_connected = True
        return wire

    def _examined(self, wire: Wire, folder: Folder) -> Selected:
        try:
            selected = wire.examine(folder.key)
        except Failure as failure:
            if failure.kind == "refused" and self._is_refused_for_good(wire, folder, failure.reason):
                raise FolderGone(failure.reason) from failure
            raise
        self._refused.pop(folder.key, None)
        return selected

    def _is_refused_for_good(self, wire: Wire, folder: Folder, reason: str) -> bool:
        tries = self._refused[folder.key] = self._refused.get(folder.key, 0) + 1
        if not is_passing(reason):
            return tries >= _TRIES or any(word in reason.lower() for word in _GONE)
        if tries < _MORE_TRIES or folder.key.upper() == "INBOX":
            return False
        try:
            wire.examine("INBOX")
        except Failure:
            return False
        return True


def _prepared(client: IMAPClient) -> set[str]:
    """What the server can; a client that cannot say it is closed."""
    try:
        if client.socket().gettimeout() is None:
            client.socket().settimeout(_SILENCE)
        return {told(one).upper() for one in client.capabilities()}
    except (OSError, imaplib.IMAP4.error):
        with suppress(OSError):
            client.shutdown()
        raise
