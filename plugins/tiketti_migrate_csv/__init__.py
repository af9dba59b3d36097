"""Tables (CSV, Excel, OpenDocument) as a source."""

from collections.abc import Iterable

from tiketti_migrate.api import Source
from tiketti_migrate.hookspecs import hookimpl

__all__ = ["register_sources"]


@hookimpl
def register_sources() -> Iterable[type[Source]]:
    """The source ``csv``."""
    from tiketti_migrate_csv.source import CsvSource

    return [CsvSource]
