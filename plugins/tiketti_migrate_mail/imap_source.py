"""The source ``imap``: a mailbox on a server."""

import os
import threading
from collections.abc import Callable
from functools import cached_property, partial
from typing import ClassVar

from pydantic import BaseModel

from tiketti_migrate.api import Notice
from tiketti_migrate_mail.imap_connect import connect
from tiketti_migrate_mail.imap_credentials import ImapCredentials
from tiketti_migrate_mail.imap_folders import choose_folders
from tiketti_migrate_mail.imap_mailbox import ImapMailbox
from tiketti_migrate_mail.imap_options import ImapOptions
from tiketti_migrate_mail.mailbox import Mailbox
from tiketti_migrate_mail.source import MailSource

__all__ = ["ImapSource"]


class ImapSource(MailSource):
    """A mailbox over IMAP, read only."""

    name = "imap"
    Options: ClassVar[type[BaseModel]] = ImapOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._chosen = ImapOptions.model_validate(options.model_dump())

    def attend(self, stopping: threading.Event, notify: Callable[[Notice], None]) -> None:
        """Asks for the password, if it has to, before anything waits for the server."""
        super().attend(stopping, notify)
        self._credentials.prepare()

    @property
    def chosen(self) -> ImapOptions:
        return self._chosen

    def identity(self) -> str:
        """The user at the server, whatever way leads there."""
        return f"{self._credentials.user.lower()} at {self._chosen.host}"

    def account(self) -> str | None:
        user = self._credentials.user.lower()
        return user if "@" in user else None

    def open(self) -> Mailbox:
        return self._mailbox

    @cached_property
    def _credentials(self) -> ImapCredentials:
        return ImapCredentials.read(self._chosen, os.environ)

    @cached_property
    def _mailbox(self) -> ImapMailbox:
        return ImapMailbox(
            partial(choose_folders, options=self._chosen),
            partial(connect, self._chosen, self._credentials),
            stopping=self._stopping,
            notify=self._notify,
            largest=self._chosen.largest_bytes,
        )
