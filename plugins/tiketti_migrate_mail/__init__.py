"""Mail as a source: over IMAP, from mbox files, from Maildir folders."""

from collections.abc import Iterable

from tiketti_migrate.api import Source
from tiketti_migrate.hookspecs import hookimpl

__all__ = ["register_sources"]


@hookimpl
def register_sources() -> Iterable[type[Source]]:
    """The sources ``imap``, ``mbox`` and ``maildir``."""
    from tiketti_migrate_mail.file_sources import MaildirSource, MboxSource
    from tiketti_migrate_mail.imap_source import ImapSource

    return [ImapSource, MboxSource, MaildirSource]
