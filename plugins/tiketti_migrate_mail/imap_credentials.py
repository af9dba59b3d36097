"""Who reads the mailbox: a user with a password or an OAuth token, neither of which is ever shown."""

import getpass
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping

from pydantic import SecretStr

from tiketti_migrate.errors import AccessDenied, UsageError
from tiketti_migrate_mail.imap_options import ImapOptions

__all__ = ["ImapCredentials"]

_COMMAND_SECONDS = 60
_LONGEST_TOKEN = 20_000


class ImapCredentials:
    """What was asked for once is remembered, so that a connection can be made again without anybody there.

    ``ask`` shows a prompt and returns what was typed unseen; None: nobody can be asked. ``were_accepted``: a
    server has let them in.
    """

    def __init__(
        self,
        user: str,
        *,
        host: str = "",
        password: SecretStr | None = None,
        token: SecretStr | None = None,
        token_command: str | None = None,
        ask: Callable[[str], str] | None = None,
    ) -> None:
        self.user = user
        self.were_accepted = False
        self._host = host
        self._password = password
        self._token = token
        self._command = shlex.split(token_command) if token_command else None
        self._ask = ask

    def __repr__(self) -> str:
        return f"ImapCredentials({self.user!r})"

    @classmethod
    def read(cls, options: ImapOptions, environment: Mapping[str, str]) -> "ImapCredentials":
        """From the options, TIKETTI_IMAP_USER, TIKETTI_IMAP_PASSWORD and TIKETTI_IMAP_TOKEN.

        Raises UsageError without a user, or for what can be no password or token.
        """
        user = options.user or environment.get("TIKETTI_IMAP_USER", "").strip()
        if not user:
            raise UsageError("--user is missing", hint="or set TIKETTI_IMAP_USER")
        if not user.isprintable():
            raise UsageError("TIKETTI_IMAP_USER holds what can be no name of a user")
        password = environment.get("TIKETTI_IMAP_PASSWORD")
        token = environment.get("TIKETTI_IMAP_TOKEN", "").strip()
        return cls(
            user,
            host=options.host,
            password=_password(password, "TIKETTI_IMAP_PASSWORD") if password else None,
            token=_token(token, "TIKETTI_IMAP_TOKEN") if token and not options.token_command else None,
            token_command=options.token_command,
            ask=getpass.getpass if sys.stdin is not None and sys.stdin.isatty() else None,
        )

    @property
    def by_token(self) -> bool:
        """Whether there is an OAuth token, or a command that gives one."""
        return self._token is not None or self._command is not None

    def secrets(self) -> tuple[str, ...]:
        """What must not be seen in anything that a server says."""
        return tuple(one.get_secret_value() for one in (self._password, self._token) if one)

    def password(self) -> SecretStr:
        """Asks for it if need be, once. Raises UsageError where nobody can be asked."""
        if self._password is None:
            if self._ask is None:
                raise UsageError(
                    f"no password for {self.user}",
                    hint="set TIKETTI_IMAP_PASSWORD (or TIKETTI_IMAP_TOKEN, --token-command for OAuth)",
                )
            try:
                typed = self._ask(f"Password of {self.user} at {self._host}: ")
            except EOFError:
                typed = ""
            self._password = _password(typed, "the password")
        return self._password

    def prepare(self) -> None:
        """Whatever a person has to type is typed now. Raises UsageError where nobody can be asked."""
        if not self.by_token:
            self.password()

    def token(self) -> SecretStr:
        """Asks the command for it if need be.

        Raises UsageError where there is none, AccessDenied when the command gives none.
        """
        if self._token is None:
            if self._command is None:
                raise UsageError(
                    f"no OAuth token for {self.user}", hint="set TIKETTI_IMAP_TOKEN or give --token-command"
                )
            self._token = _token(_first_line(self._command), "the first line of --token-command")
        return self._token

    @property
    def may_be_stale(self) -> bool:
        """Whether the token of now came from the command, which may know a newer one."""
        return self._command is not None and self._token is not None

    def forget_token(self) -> None:
        """The next one comes from the command."""
        if self._command is not None:
            self._token = None


def _password(text: str, name: str) -> SecretStr:
    found = text.rstrip("\r\n")
    if not found:
        raise UsageError(f"{name} is empty")
    # A line break would end the command that carries it; nothing can hold a NUL (RFC 3501, 9).
    if any(sign in found for sign in "\r\n\0") or any("\ud800" <= sign <= "\udfff" for sign in found):
        raise UsageError(f"{name} holds what can be no password")
    return SecretStr(found)


def _token(text: str, name: str) -> SecretStr:
    # RFC 6750, 2.1; anything else could end the field that carries it.
    if not (text and text.isascii() and text.isprintable()) or " " in text or len(text) > _LONGEST_TOKEN:
        raise UsageError(f"{name} holds what can be no OAuth token")
    return SecretStr(text)


def _first_line(command: list[str]) -> str:
    """Without a shell; what it prints is shown nowhere, not even when it fails."""
    hint = "try it by hand: its first line must be the token"
    try:
        ended = subprocess.run(  # noqa: S603  the user's own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        words = f"--token-command did not end within {_COMMAND_SECONDS} s"
        raise AccessDenied(words, hint=hint) from None
    except OSError as error:
        raise UsageError(f"--token-command cannot be run: {error.strerror}", where=command[0]) from None
    if ended.returncode:
        raise AccessDenied(f"--token-command failed (exit code {ended.returncode})", hint=hint)
    return ended.stdout[: _LONGEST_TOKEN + 1].decode("ascii", "replace").partition("\n")[0].strip()
