"""Folders full of mails, on a real Dovecot."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from dovecot import PASSWORD, USER, Dovecot, dovecot, free_port
from tiketti_migrate.api import Notice
from tiketti_migrate_mail.imap_mailbox import ImapMailbox
from tiketti_migrate_mail.imap_retry import Pace
from tiketti_migrate_mail.mailbox import Folder

__all__ = ["INBOX", "QUICK", "a_mail", "cut", "filled", "mailbox_of", "put", "running"]

INBOX = Folder("INBOX", "inbox", "INBOX")
# No test waits longer than it must.
QUICK = Pace(first=0.02, longest=0.5)
LARGEST = 50 * 1024 * 1024


def a_mail(number: int, size: int = 2000) -> bytes:
    """Of about so many bytes, CRLF at the ends of lines."""
    head = (
        f"Message-ID: <{number}@acme.test>\r\nFrom: Jane <jane@example.org>\r\nTo: support@acme.test\r\n"
        f"Subject: Request {number}\r\nDate: Mon, 5 Jan 2020 10:11:12 +0100\r\nX-Other: not asked for\r\n\r\n"
    )
    return head.encode() + (b"It jams, again, and nobody knows why at all.\r\n" * (size // 46))


def cut(server: Dovecot) -> None:
    """All connections break; a process that is ending by itself at that moment is no trouble."""
    for _ in range(5):
        with suppress(OSError):
            server.cut()
            return


def put(maildir: Path, number: int, content: bytes, flags: str = "S") -> None:
    """As a mail that was seen; Dovecot gives UIDs by the order of names, which tell the size."""
    name = f"{1_500_000_000 + number}.M1P1.host,S={len(content)},W={len(content)}:2,{flags}"
    (maildir / "cur" / name).write_bytes(content)


def filled(home: Path, mails: int, size: int = 2000) -> Dovecot:
    """Not started yet; mail number n has UID n + 1."""
    server = Dovecot(home, free_port())
    maildir = server.maildir()
    for number in range(mails):
        put(maildir, number, a_mail(number, size))
    return server


@contextmanager
def mailbox_of(
    server: Dovecot,
    *,
    folders: tuple[Folder, ...] = (INBOX,),
    notify: Callable[[Notice], None] = lambda _notice: None,
    stopping: threading.Event | None = None,
    largest: int = LARGEST,
    pace: Pace = QUICK,
) -> Iterator[ImapMailbox]:
    """Of the server's user."""

    def connect() -> IMAPClient:
        client = IMAPClient("127.0.0.1", server.port, ssl=False, timeout=20)
        try:
            client.login(USER, PASSWORD)
        except IMAPClientError:
            client.shutdown()
            raise
        return client

    mailbox = ImapMailbox(
        lambda _client: folders,
        connect,
        stopping=stopping or threading.Event(),
        notify=notify,
        largest=largest,
        pace=pace,
    )
    try:
        yield mailbox
    finally:
        mailbox.close()


@contextmanager
def running(home: Path, mails: int, size: int = 2000) -> Iterator[tuple[Dovecot, ImapMailbox]]:
    """A server with mails, and its mailbox."""
    with dovecot(filled(home, mails, size)) as server, mailbox_of(server) as mailbox:
        yield server, mailbox
