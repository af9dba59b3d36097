"""A connection to a mailbox: verified, logged in, and told who we are."""

from imaplib import IMAP4

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError

from tiketti_migrate import __version__
from tiketti_migrate.errors import AccessDenied, MigrationError, SourceError, SourceUnreachable, UsageError
from tiketti_migrate_mail.imap_credentials import ImapCredentials
from tiketti_migrate_mail.imap_errors import for_people, words_of
from tiketti_migrate_mail.imap_login import log_in
from tiketti_migrate_mail.imap_options import ImapOptions
from tiketti_migrate_mail.imap_tls import tls_context

__all__ = ["connect"]

_TIMEOUT = SocketTimeout(connect=30, read=120)


def connect(
    options: ImapOptions, credentials: ImapCredentials, *, timeout: SocketTimeout = _TIMEOUT
) -> IMAPClient:
    """Logged in, with the capabilities of this user; a folder is opened by its ``key`` as it stands.

    A token that the command gave earlier and that is refused now is replaced, once. Raises SourceUnreachable
    for what may pass; AccessDenied, UsageError or SourceError for what does not. With credentials that were
    accepted before, a host that is unknown or another one that answers passes, too: a laptop has moved.
    """
    replaceable = credentials.may_be_stale
    try:
        return _accepted(options, credentials, timeout)
    except AccessDenied:
        if not replaceable:
            raise
    credentials.forget_token()
    return _accepted(options, credentials, timeout)


def _accepted(options: ImapOptions, credentials: ImapCredentials, timeout: SocketTimeout) -> IMAPClient:
    try:
        client = _session(options, credentials, timeout)
    except (UsageError, SourceError) as error:
        if credentials.were_accepted:
            raise SourceUnreachable(error.message, where=error.where, hint=error.hint) from None
        raise
    credentials.were_accepted = True
    return client


def _session(options: ImapOptions, credentials: ImapCredentials, timeout: SocketTimeout) -> IMAPClient:
    with for_people(options.at):
        client = _open(options, timeout)
    try:
        with for_people(options.at, hide=credentials.secrets):
            if options.security == "starttls":
                _encrypt(client, options)
            if client._imap.state == "NONAUTH":
                log_in(client, options, credentials)
            _learn(client)
            _introduce(client)
    except BaseException:
        _drop(client)
        raise
    return client


def _open(options: ImapOptions, timeout: SocketTimeout) -> IMAPClient:
    """Up to the greeting."""
    host, port = options.endpoint
    is_tls = options.security == "tls"
    context = tls_context(options.ca_file) if is_tls else None
    try:
        client = IMAPClient(host, port, ssl=is_tls, ssl_context=context, timeout=timeout)
    except IMAP4.error as error:
        raise _no_welcome(error, options.at) from None
    # Nothing that is sent or said is written down; and names of folders go as they came.
    client._imap.debug = 0
    client.folder_encode = False
    client._imap._encoding = "latin-1"
    return client


def _no_welcome(error: IMAP4.error, at: str) -> MigrationError:
    """For a greeting that is none: RFC 3501, 7.1.5 (BYE), or a server of another kind."""
    words = words_of(error)
    is_other = words.startswith(("unexpected response", "socket error: unterminated line"))
    if is_other or not error.args[0]:  # "+OK" of POP3 looks like a question
        return UsageError(f"{at} does not speak IMAP: {words}", hint="check --host, --port and --security")
    if "not IMAP4" in words or "CAPABILITY" in words:
        return SourceError(f"{at} is no IMAP server of today: {words}")
    if "EOF" in words:
        return SourceUnreachable(f"{at} closed the connection", hint="does --security fit its port?")
    return SourceUnreachable(f"{at} lets nobody in now: {words}")


def _encrypt(client: IMAPClient, options: ImapOptions) -> None:
    """RFC 3501, 6.2.1: what was said before is not to be believed; whoever is let in without TLS (PREAUTH)
    may be talking to somebody in between (RFC 9051, 7.1.4; CVE-2020-12398).
    """
    if client._imap.state != "NONAUTH":
        raise UsageError(
            f"{options.at} lets us in before anything is encrypted", hint="use --security tls (port 993)"
        )
    try:
        client.starttls(tls_context(options.ca_file))
    except CapabilityError:
        raise UsageError(f"{options.at} offers no STARTTLS", hint="use --security tls (port 993)") from None
    client._imap.untagged_responses.clear()


def _learn(client: IMAPClient) -> None:
    """Servers announce more to somebody they know; what was told before is forgotten."""
    client._cached_capabilities = None
    client._imap.untagged_responses.pop("CAPABILITY", None)
    client.capabilities()


def _introduce(client: IMAPClient) -> None:
    """RFC 2971. Some servers (163.com) open no folder for a client that has no name."""
    if not client.has_capability("ID"):
        return
    try:
        client.id_({"name": "tiketti-migrate", "version": __version__})
    except IMAP4.abort:
        raise
    except (IMAP4.error, ValueError):
        # Its answer is of no use to us.
        return


def _drop(client: IMAPClient) -> None:
    try:
        client.shutdown()
    except (OSError, IMAP4.error):
        return
