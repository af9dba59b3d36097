"""Tiketti as a target, and its sandbox."""

from collections.abc import Iterable

from tiketti_migrate.api import Sink
from tiketti_migrate.hookspecs import hookimpl

__all__ = ["register_sinks"]


@hookimpl
def register_sinks() -> Iterable[type[Sink]]:
    """The sink ``tiketti``."""
    from tiketti_migrate_tiketti.sink import TikettiSink

    return [TikettiSink]
