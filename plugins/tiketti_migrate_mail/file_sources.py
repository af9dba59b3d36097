"""The sources ``mbox`` and ``maildir``: mail that lies in files."""

from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

from pydantic import BaseModel

from tiketti_migrate.records import Record
from tiketti_migrate.scratch import new_scratch
from tiketti_migrate_mail.file_options import MaildirOptions, MboxOptions
from tiketti_migrate_mail.mailbox import Mailbox
from tiketti_migrate_mail.maildir import MaildirMailbox
from tiketti_migrate_mail.mbox import MboxMailbox
from tiketti_migrate_mail.sameness import shares_mails
from tiketti_migrate_mail.source import MailSource

__all__ = ["MaildirSource", "MboxSource"]


class _FileSource(MailSource):
    """Mail in files: the same mailbox wherever it was copied to, as long as mails of it are the same."""

    @property
    @abstractmethod
    def chosen(self) -> MboxOptions | MaildirOptions: ...

    def identity(self) -> str:
        paths = sorted(str(path.resolve()) for path in self.chosen.paths)
        return ", ".join(paths).encode(errors="replace").decode()

    def continues(self, identity: str, staged: Callable[[str, str], Record | None]) -> bool:
        """A later or larger copy of what was read before."""
        return shares_mails(self.open(), staged)


class MboxSource(_FileSource):
    """mbox files, alone, in folders and archives; single mails (.eml), too."""

    name = "mbox"
    Options: ClassVar[type[BaseModel]] = MboxOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._chosen = MboxOptions.model_validate(options.model_dump())

    @property
    def chosen(self) -> MboxOptions:
        return self._chosen

    def open(self) -> Mailbox:
        return self._mailbox

    @cached_property
    def _mailbox(self) -> MboxMailbox:
        return MboxMailbox(self._chosen, new_scratch(self))


class MaildirSource(_FileSource):
    """Folders of a Maildir."""

    name = "maildir"
    Options: ClassVar[type[BaseModel]] = MaildirOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._chosen = MaildirOptions.model_validate(options.model_dump())

    @property
    def chosen(self) -> MaildirOptions:
        return self._chosen

    def open(self) -> Mailbox:
        return self._mailbox

    @cached_property
    def _mailbox(self) -> MaildirMailbox:
        return MaildirMailbox(self._chosen)
