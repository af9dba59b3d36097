"""Logging in: which way, and what it means when the server says no.

LOGIN: RFC 3501, 6.2.3; PLAIN: RFC 4616; OAUTHBEARER: RFC 7628; XOAUTH2:
https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
"""

import json
from base64 import b64encode
from collections.abc import Iterable
from imaplib import IMAP4
from typing import Literal

from imapclient import IMAPClient

from tiketti_migrate.errors import AccessDenied, MigrationError, SourceUnreachable, UsageError
from tiketti_migrate.http import shortened
from tiketti_migrate_mail.imap_credentials import ImapCredentials
from tiketti_migrate_mail.imap_errors import without, words_of
from tiketti_migrate_mail.imap_hints import login_hint
from tiketti_migrate_mail.imap_options import ImapOptions
from tiketti_migrate_mail.imap_retry import is_passing

__all__ = ["Mechanism", "log_in", "mechanism"]

Mechanism = Literal["login", "plain", "xoauth2", "oauthbearer"]

_OAUTH: tuple[Mechanism, ...] = ("xoauth2", "oauthbearer")


def mechanism(options: ImapOptions, announced: Iterable[str], *, by_token: bool) -> Mechanism:
    """How to log in. ``announced``: capabilities, in upper case.

    Raises UsageError where the server takes no password at all.
    """
    can = frozenset(announced)
    if options.auth != "auto" and not (options.auth == "login" and "LOGINDISABLED" in can):
        return options.auth
    if options.auth == "auto" and by_token:
        return "oauthbearer" if "AUTH=OAUTHBEARER" in can else "xoauth2"
    if options.auth == "auto" and "AUTH=PLAIN" in can:
        return "plain"
    if "LOGINDISABLED" not in can:
        return "login"
    ways = ", ".join(sorted(one.removeprefix("AUTH=") for one in can if one.startswith("AUTH=")))
    hint = "give an OAuth token: TIKETTI_IMAP_TOKEN or --token-command"
    if not can & {"AUTH=XOAUTH2", "AUTH=OAUTHBEARER"}:
        hint = "encrypt: --security starttls or tls" if options.security == "plain" else "ask who runs it"
    words = f"{options.at} lets nobody log in by password" + (f", only by {shortened(ways)}" if ways else "")
    raise UsageError(words, hint=hint)


def log_in(client: IMAPClient, options: ImapOptions, credentials: ImapCredentials) -> None:
    """Raises AccessDenied with the server's words and what its provider expects; SourceUnreachable when it is
    only busy; UsageError where a password or token is missing. A broken connection stays IMAP4.abort or
    OSError.
    """
    announced = [one.decode("latin-1") for one in client.capabilities()]
    way = mechanism(options, announced, by_token=credentials.by_token)
    secret = (credentials.token() if way in _OAUTH else credentials.password()).get_secret_value()
    talk = _Sasl(way, credentials.user, secret)
    try:
        if way == "login":
            _login(client, credentials.user, secret)
        else:
            client._imap.authenticate(way.upper(), talk.answer)
    except IMAP4.abort:
        raise
    except IMAP4.error as error:
        words = without(talk.secrets, " ".join(filter(None, (words_of(error), talk.status()))))
        raise _refusal(words, options, credentials.user, by_token=way in _OAUTH) from None


def _login(client: IMAPClient, user: str, password: str) -> None:
    imap = client._imap
    if password.isascii():
        typ, data = imap._simple_command("LOGIN", _quoted(user), _quoted(password))
    else:
        # A quoted string is ASCII; what else there is goes as a literal, the last of the command.
        imap.literal = password.encode()
        typ, data = imap._simple_command("LOGIN", _quoted(user))
    if typ != "OK":
        raise IMAP4.error(data[-1])
    imap.state = "AUTH"


def _quoted(text: str) -> bytes:
    return b'"' + text.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


class _Sasl:
    """The client's side of a mechanism. A second question is one too many: it tells why OAuth was refused."""

    def __init__(self, way: Mechanism, user: str, secret: str) -> None:
        self._is_oauth = way in _OAUTH
        # Commas and equals signs: RFC 5801, 4.
        name = user.replace("=", "=3D").replace(",", "=2C")
        self._first = {
            "plain": f"\0{user}\0{secret}",
            "xoauth2": f"user={user}\1auth=Bearer {secret}\1\1",
            "oauthbearer": f"n,a={name},\1auth=Bearer {secret}\1\1",
        }.get(way, "")
        # The answer to being told why: RFC 7628, 3.2.3; Google's page.
        self._last = "\1" if way == "oauthbearer" else ""
        self._asked: list[bytes] = []
        self.secrets = (secret, b64encode(self._first.encode()).decode(), b64encode(secret.encode()).decode())

    def answer(self, challenge: bytes) -> str:
        self._asked.append(challenge)
        if len(self._asked) > 2:
            raise IMAP4.abort("it asks on and on while logging in")
        return self._first if len(self._asked) == 1 else self._last

    def status(self) -> str:
        """Why a token was refused, ``(OAuth: invalid_token)``; "" where that was not told."""
        if len(self._asked) < 2 or not self._is_oauth:
            return ""
        try:
            told = json.loads(self._asked[1])
        except (ValueError, RecursionError):
            told = self._asked[1].decode("utf-8", "replace")
        if isinstance(told, dict):
            told = ", ".join(str(told[key]) for key in ("status", "error", "scope") if told.get(key))
        return f"(OAuth: {shortened(told, 200)})"


def _refusal(words: str, options: ImapOptions, user: str, *, by_token: bool) -> MigrationError:
    if is_passing(words):
        return SourceUnreachable(
            f"{options.at} lets nobody log in now: {words}", hint="run the same command again later"
        )
    return AccessDenied(
        f"{options.at} refuses the login of {user}: {words}",
        hint=login_hint(options.host, words, by_token=by_token),
    )
