"""Zendesk as a source."""

from collections.abc import Iterable

from tiketti_migrate.api import Source
from tiketti_migrate.hookspecs import hookimpl

__all__ = ["register_sources"]


@hookimpl
def register_sources() -> Iterable[type[Source]]:
    """The source ``zendesk``."""
    from tiketti_migrate_zendesk.source import ZendeskSource

    return [ZendeskSource]
