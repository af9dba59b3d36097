"""The hooks a plugin can implement. A plugin is a module (or object) named by an entry point of group
``tiketti_migrate``; it marks its functions with ``hookimpl``.

    [project.entry-points.tiketti_migrate]
    mydesk = "tiketti_migrate_mydesk"
"""

from collections.abc import Iterable

import pluggy

from tiketti_migrate.api import Sink, Source

__all__ = ["hookimpl", "hookspec", "register_sinks", "register_sources"]

hookspec = pluggy.HookspecMarker("tiketti_migrate")
hookimpl = pluggy.HookimplMarker("tiketti_migrate")


@hookspec
def register_sources() -> Iterable[type[Source]]:  # type: ignore[empty-body]
    """Return the Source classes of this plugin. Called once, when the plugin is loaded.

    Two sources of one name are refused; the error names both plugins.
    """


@hookspec
def register_sinks() -> Iterable[type[Sink]]:  # type: ignore[empty-body]
    """Return the Sink classes of this plugin. Called once, when the plugin is loaded.

    Two sinks of one name are refused; the error names both plugins.
    """
