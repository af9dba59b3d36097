"""A mail server over a real socket that answers as its test likes: oddly, in halves, in other orders."""

import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

__all__ = ["Asked", "Cut", "OddServer", "odd"]

_CAPABILITIES = "IMAP4rev1 UIDPLUS"


class Cut(Exception):
    """The server closes the connection."""


@dataclass(frozen=True)
class Asked:
    """A FETCH: the mails it is about that are there; ``items`` as they came; ``connection`` from 0 on."""

    tag: str
    uids: list[int]
    items: str
    connection: int

    @property
    def is_for_bodies(self) -> bool:
        return "BODY.PEEK[]" in self.items


@dataclass
class OddServer:
    """``mails`` by UID. ``fetch`` gives the whole answer to a command as it is to be sent, with its tagged
    line; None: as a good server. ``examine``, ``login``: the tagged answer without its tag, None: OK.
    """

    mails: dict[int, bytes]
    fetch: Callable[[Asked], Iterable[bytes] | None] = lambda _asked: None
    examine: Callable[[int], str | None] = lambda _connection: None
    login: Callable[[int], str | None] = lambda _connection: None
    capabilities: str = _CAPABILITIES
    validity: int = 7
    exists: int | None = None
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def connect(self) -> IMAPClient:
        """As a client that gives up after some seconds."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=5)
        try:
            client.login("jane", "secret")
        except IMAPClientError:
            client.shutdown()
            raise
        return client

    def answer_of(self, uid: int, items: str) -> bytes:
        """What a good server says of a mail."""
        content = self.mails[uid]
        number = sorted(self.mails).index(uid) + 1
        parts = [b"UID %d" % uid]
        if "RFC822.SIZE" in items:
            parts.append(b"RFC822.SIZE %d" % len(content))
        if "FLAGS" in items:
            parts.append(b'FLAGS (\\Seen) INTERNALDATE "05-Jan-2020 10:11:12 +0100"')
        if "HEADER.FIELDS" in items:
            head = content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            parts.append(b"BODY[HEADER.FIELDS (SUBJECT)] {%d}\r\n%b" % (len(head), head))
        partial = re.search(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>", items)
        if partial:
            start, count = int(partial[1]), int(partial[2])
            piece = content[start : start + count]
            parts.append(b"BODY[]<%d> {%d}\r\n%b" % (start, len(piece), piece))
        elif "BODY.PEEK[]" in items:
            parts.append(b"BODY[] {%d}\r\n%b" % (len(content), content))
        return b"* %d FETCH (%b)\r\n" % (number, b" ".join(parts))

    def well(self, asked: Asked) -> Iterator[bytes]:
        """As a good server."""
        for uid in asked.uids:
            yield self.answer_of(uid, asked.items)
        yield f"{asked.tag} OK done\r\n".encode()

    def answer(self, line: str, connection: int) -> Iterable[bytes]:
        """To a line of a client."""
        tag, _, rest = line.partition(" ")
        words = rest.split(" ", 3)
        name = words[0].upper()
        if name == "CAPABILITY":
            return [f"* CAPABILITY {self.capabilities}\r\n{tag} OK done\r\n".encode()]
        if name == "LOGIN":
            return [f"{tag} {self.login(connection) or 'OK done'}\r\n".encode()]
        if name == "EXAMINE":
            return self._examined(tag, connection)
        if name == "LOGOUT":
            return [f"* BYE\r\n{tag} OK done\r\n".encode()]
        asked = self._asked(tag, words, connection)
        return self.fetch(asked) or self.well(asked)

    def _examined(self, tag: str, connection: int) -> Iterable[bytes]:
        refusal = self.examine(connection)
        if refusal:
            return [f"{tag} {refusal}\r\n".encode()]
        exists = len(self.mails) if self.exists is None else self.exists
        last = max(self.mails, default=0)
        return [
            f"* {exists} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {self.validity}]\r\n"
            f"* OK [UIDNEXT {last + 1}]\r\n* OK [HIGHESTMODSEQ 99]\r\n{tag} OK [READ-ONLY] done\r\n".encode()
        ]

    def _asked(self, tag: str, words: list[str], connection: int) -> Asked:
        by_uid = words[0].upper() == "UID"
        wanted, items = (words[2], words[3]) if by_uid else (words[1], " ".join(words[2:]))
        spans = [[int(end) for end in span.split(":")] for span in wanted.split(",")]
        numbered = enumerate(sorted(self.mails), 1)
        uids = [u for n, u in numbered if any(s[0] <= (u if by_uid else n) <= s[-1] for s in spans)]
        return Asked(tag, uids, items, connection)


@contextmanager
def odd(server: OddServer) -> Iterator[OddServer]:
    """Runs for the block."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            connection = server.connections
            server.connections += 1
            try:
                self.wfile.write(b"* OK ready\r\n")
                for line in self.rfile:
                    text = line.decode().strip()
                    server.commands.append(text)
                    for piece in server.answer(text, connection):
                        self.wfile.write(piece)
            except Cut:
                self._hang_up()
            except OSError:
                return

        def _hang_up(self) -> None:
            """What was sent arrives: a socket that is closed with something unread takes it back."""
            with suppress(OSError):
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_WR)
                while self.connection.recv(65536):
                    pass

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as listener:
        server.port = listener.server_address[1]
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown()
