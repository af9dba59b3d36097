"""A server on a real socket that speaks as much IMAP as a login and a list of folders need, as oddly as a
test wants it: what a real one cannot be brought to say.
"""

import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["ImapDouble", "double", "gmail", "says_once"]

_GREETING = b"* OK ready"


@dataclass
class ImapDouble:
    """``answers``: by command, lines of which the last gets the tag (``LIST``: ``[b"* LIST ...", b"OK"]``).

    A status alone gets a word, as imaplib wants.

    ``judge`` gets what a login says, decoded (``LOGIN "u" "p"``, or the mechanism's message), and returns the
    tagged answer. ``reason``: why OAuth is refused, as the second question; what follows is in ``replies``.
    """

    greeting: bytes = _GREETING
    before: str = "IMAP4rev1 AUTH=PLAIN"
    after: str = "IMAP4rev1"
    answers: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    judge: Callable[[bytes], bytes] = lambda _said: b"OK welcome"
    reason: bytes | None = None
    context: ssl.SSLContext | None = None
    tls_first: bool = False
    commands: list[str] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    port: int = 0

    def serve(self, listener: socket.socket) -> None:
        """Until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection:
                if self.tls_first and self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                talk = _Talk(self, connection)
                try:
                    talk.run()
                finally:
                    talk.close()
        except OSError:
            return


class _Talk:
    def __init__(self, server: ImapDouble, connection: socket.socket) -> None:
        self.server = server
        self.connection = connection
        self.lines = connection.makefile("rb")
        self.is_in = server.greeting.startswith(b"* PREAUTH")

    def run(self) -> None:
        self.send(self.server.greeting)
        while line := self.lines.readline():
            tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
            verb = rest.split(b" ")[0].decode("latin-1").upper()
            self.server.commands.append(rest.decode("latin-1") if verb not in _SECRET else verb)
            self.send(*self.answer(verb, tag, rest))
            if verb in ("STARTTLS", "LOGOUT"):
                if verb == "LOGOUT" or not self.server.context:
                    return
                self.lines.close()
                self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
                self.lines = self.connection.makefile("rb")

    def close(self) -> None:
        self.lines.close()
        self.connection.close()

    def answer(self, verb: str, tag: bytes, rest: bytes) -> list[bytes]:
        if verb in self.server.answers:
            *lines, last = self.server.answers[verb]
            return [*lines, tag + b" " + _with_words(last)]
        if verb == "LOGOUT":
            return [b"* BYE see you", tag + b" OK done"]
        if verb == "CAPABILITY":
            can = self.server.after if self.is_in else self.server.before
            return [f"* CAPABILITY {can}".encode(), tag + b" OK done"]
        if verb == "LOGIN":
            return [tag + b" " + _with_words(self.judged(self.literals(rest)))]
        if verb == "AUTHENTICATE":
            return [tag + b" " + _with_words(self.judged(self.asked(b"")))]
        return [tag + b" OK done"]

    def judged(self, said: bytes) -> bytes:
        self.server.said.append(said)
        verdict = self.server.judge(said)
        self.is_in = verdict.startswith(b"OK")
        if not self.is_in and self.server.reason is not None:
            self.server.replies.append(self.asked(self.server.reason))
        return verdict

    def asked(self, question: bytes) -> bytes:
        self.send(b"+ " + question)
        return b64decode(self.lines.readline())

    def literals(self, line: bytes) -> bytes:
        while line.endswith(b"}"):
            head, _, size = line[:-1].rpartition(b"{")
            self.send(b"+ go on")
            line = head + self.lines.read(int(size)) + self.lines.readline().rstrip(b"\r\n")
        return line

    def send(self, *lines: bytes) -> None:
        self.connection.sendall(b"".join(line + b"\r\n" for line in lines))


def _with_words(status: bytes) -> bytes:
    return status if b" " in status else status + b" done"


_SECRET = ("LOGIN", "AUTHENTICATE")


@contextmanager
def double(server: ImapDouble) -> Iterator[ImapDouble]:
    """Listens on loopback for the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            # Wakes accept, which a mere close does not.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


@contextmanager
def says_once(reply: bytes = b"") -> Iterator[int]:
    """Listens, says ``reply`` to whoever comes and hangs up; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def once() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(reply)

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=10)


def gmail(*more: bytes) -> list[bytes]:
    """What Gmail answers to LIST, in German, and ``more``."""
    return [
        rb'* LIST (\HasNoChildren) "/" "INBOX"',
        rb'* LIST (\HasNoChildren) "/" "Kunden/ACME"',
        rb'* LIST (\HasChildren \Noselect) "/" "[Gmail]"',
        rb'* LIST (\All \HasNoChildren) "/" "[Gmail]/Alle Nachrichten"',
        rb'* LIST (\HasNoChildren \Sent) "/" "[Gmail]/Gesendet"',
        rb'* LIST (\Drafts \HasNoChildren) "/" "[Gmail]/Entw&APw-rfe"',
        rb'* LIST (\HasNoChildren \Junk) "/" "[Gmail]/Spam"',
        rb'* LIST (\HasNoChildren \Trash) "/" "[Gmail]/Papierkorb"',
        rb'* LIST (\HasNoChildren \Important) "/" "[Gmail]/Wichtig"',
        *more,
        b"OK Success",
    ]
