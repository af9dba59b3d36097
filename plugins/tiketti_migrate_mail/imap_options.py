"""What a user says about a mailbox that is read over IMAP."""

import re
import shlex
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tiketti_migrate.http import is_loopback
from tiketti_migrate_mail.options import MailOptions

__all__ = ["Auth", "ImapOptions", "Security"]

Security = Literal["tls", "starttls", "plain"]
Auth = Literal["auto", "login", "plain", "xoauth2", "oauthbearer"]

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_IPV6 = re.compile(r"[0-9a-f:.]{2,45}(?:%[0-9a-z]{1,15})?")
_LONGEST_HOST = 253
# RFC 8314, 3.2 and RFC 3501, 2.1
_PORTS = {"tls": 993, "starttls": 143, "plain": 143}


class ImapOptions(MailOptions):
    """Where the mailbox is, how to get in, and which folders are read."""

    host: str = Field(description="The IMAP server (imap.acme.com).")
    port: int | None = Field(
        default=None, ge=1, le=65535, description="Its port; without it 993, or 143 where that is not TLS."
    )
    user: str | None = Field(
        default=None,
        description="Whose mailbox it is, most often the address [TIKETTI_IMAP_USER]. The password comes from"
        " TIKETTI_IMAP_PASSWORD or is asked for; an OAuth token from TIKETTI_IMAP_TOKEN or --token-command.",
    )
    security: Security = Field(
        default="tls",
        description="TLS from the start, or by STARTTLS; plain only to this machine. Certificates are always"
        " verified.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="Certificates (PEM) of an authority of your own, trusted beside the system's.",
    )
    auth: Auth = Field(
        default="auto",
        description="How to log in; auto: by OAuth where there is a token, else by password in a way that the"
        " server announces.",
    )
    token_command: str | None = Field(
        default=None,
        description="A command that prints an OAuth token on its first line. It is run without a shell, and"
        " again when the token has expired.",
    )
    folder: tuple[str, ...] = Field(
        default=(),
        description="Read this folder (Support/2024) instead of inbox and sent mail. * stands for any text,"
        " also over levels, ? for a character; upper and lower case are the same. May be repeated.",
    )
    all_folders: bool = Field(
        default=False,
        description="Read all folders, also those that others share, but trash, junk and drafts.",
    )

    without_folder: tuple[str, ...] = Field(
        default=(), description="Leave this folder out (Calendar*); as --folder. May be repeated."
    )

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port to connect to."""
        return self.host, self.port or _PORTS[self.security]

    @property
    def at(self) -> str:
        """The server, for people: ``imap.acme.com:993``."""
        host, port = self.endpoint
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @field_validator("host")
    @classmethod
    def _is_host(cls, given: str) -> str:
        host = given.strip().lower().removeprefix("[").removesuffix("]").rstrip(".")
        if _IPV6.fullmatch(host) and host.count(":") > 1:
            return host
        if len(host) > _LONGEST_HOST or not _NAME.fullmatch(host):
            raise PydanticCustomError("host", "is no host such as imap.acme.com (its port: --port)")
        try:
            return host.encode("idna").decode()
        except UnicodeError:
            raise PydanticCustomError("host", "is no host that the domain name system knows") from None

    @field_validator("user")
    @classmethod
    def _is_user(cls, given: str | None) -> str | None:
        if given is not None and not (given.strip() and given.isprintable()):
            raise PydanticCustomError("user", "is no name of a user")
        return given.strip() if given is not None else None

    @field_validator("token_command")
    @classmethod
    def _is_command(cls, given: str | None) -> str | None:
        try:
            if given is not None and ("\0" in given or not shlex.split(given)):
                raise ValueError
        except ValueError:
            raise PydanticCustomError("command", "is no command: are its quotes closed?") from None
        return given

    @field_validator("folder", "without_folder")
    @classmethod
    def _are_globs(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if not all(given):
            raise PydanticCustomError("folder", "is empty")
        return given

    @model_validator(mode="after")
    def _plain_here_only(self) -> "ImapOptions":
        if self.security == "plain" and not is_loopback(self.host):
            raise PydanticCustomError(
                "plain",
                "--security plain would send the password and all mails readable over the network: it is for"
                " a server on this machine only; use tls or starttls",
            )
        return self
