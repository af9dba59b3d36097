"""A mailbox as a test opens it: connected, refused, its folders chosen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from imapclient import IMAPClient
from pydantic import SecretStr

from dovecot import PASSWORD, USER
from mail_imap_double import ImapDouble, double
from tiketti_migrate.errors import MigrationError
from tiketti_migrate_mail.imap_connect import connect
from tiketti_migrate_mail.imap_credentials import ImapCredentials
from tiketti_migrate_mail.imap_folders import choose_folders
from tiketti_migrate_mail.imap_options import ImapOptions
from tiketti_migrate_mail.mailbox import Folder

__all__ = ["chosen", "connected", "credentials", "listed", "names", "options", "refused", "session", "token"]


def credentials(user: str = USER, password: str = PASSWORD, **given: Any) -> ImapCredentials:
    return ImapCredentials(user, password=SecretStr(password), **given)


def token(value: str = "ya29.secret-token") -> ImapCredentials:
    return ImapCredentials(USER, token=SecretStr(value))


def options(port: int, **given: Any) -> ImapOptions:
    return ImapOptions(**{"host": "127.0.0.1", "port": port, "security": "plain", **given})


def refused(server: ImapDouble, who: ImapCredentials | None = None, **given: Any) -> MigrationError:
    """The error of connecting to it, which holds no secret and hangs on no other error."""
    with double(server), pytest.raises(MigrationError) as caught:
        connect(options(server.port, **given), who or credentials())
    assert PASSWORD not in str(caught.value)
    assert "secret-token" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


@contextmanager
def connected(how: ImapOptions, who: ImapCredentials | None = None) -> Iterator[IMAPClient]:
    client = connect(how, who or credentials())
    try:
        yield client
    finally:
        client.shutdown()


@contextmanager
def session(port: int, **given: Any) -> Iterator[tuple[IMAPClient, ImapOptions]]:
    options = ImapOptions(host="127.0.0.1", port=port, security="plain", **given)
    client = connect(options, ImapCredentials(USER, password=SecretStr(PASSWORD)))
    try:
        yield client, options
    finally:
        client.shutdown()


def chosen(
    lines: Sequence[bytes],
    *folders: str,
    after: str = "IMAP4rev1",
    answers: dict[str, Sequence[bytes]] | None = None,
    **given: Any,
) -> list[Folder]:
    server = ImapDouble(after=after, answers={"LIST": lines, **(answers or {})})
    with double(server), session(server.port, folder=folders, **given) as (client, options):
        return choose_folders(client, options)


def names(found: Sequence[Folder]) -> list[str]:
    return [one.name for one in found]


def listed(*wire: str, delimiter: str = "/") -> list[bytes]:
    return [*(f'* LIST () "{delimiter}" "{name}"'.encode() for name in wire), b"OK done"]
