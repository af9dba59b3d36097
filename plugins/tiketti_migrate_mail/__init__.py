"""Mail as a source: over IMAP, from mbox files, from Maildir folders."""

from collections.abc import Iterable

from tiketti_migrate.api import Source
from tiketti_migrate.hookspecs import hookimpl

__all__ = ["register_sources"]


@hookimpl
def register_sources() -> Iterable[type[Source]]:
    """The sources ``imap``, ``mbox`` and ``maildir``."""
    return []
