"""Plugins: bundled and third-party ones come through the same entry-point group.

A plugin that cannot be loaded is listed with its error and harms nobody. Of two that claim one name the
bundled one stays, else the first by name; the other is refused and the error names both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from tiketti_migrate import hookspecs
from tiketti_migrate.api import Sink, Source
from tiketti_migrate.errors import UsageError

__all__ = ["GROUP", "PluginInfo", "Registry"]

GROUP = "tiketti_migrate"
_OWN_DISTRIBUTION = "tiketti-migrate"


@dataclass
class PluginInfo:
    """One entry point: what it offers, or why it does not."""

    name: str
    distribution: str
    version: str
    module: str
    sources: tuple[str, ...] = ()
    sinks: tuple[str, ...] = ()
    error: str | None = None

    @property
    def owner(self) -> str:
        """How people find it: entry point and distribution."""
        return f"{self.name} ({self.distribution} {self.version})"


class Registry:
    """The sources and sinks at hand. Loading happens here, never at import."""

    def __init__(self, points: Iterator[EntryPoint] | None = None) -> None:
        self._manager = pluggy.PluginManager("tiketti_migrate")
        self._manager.add_hookspecs(hookspecs)
        self.plugins: list[PluginInfo] = []
        self._sources: dict[str, type[Source]] = {}
        self._sinks: dict[str, type[Sink]] = {}
        self._owners: dict[str, PluginInfo] = {}
        for point in sorted(points if points is not None else entry_points(group=GROUP), key=_bundled_first):
            self._load(point)

    @property
    def sources(self) -> dict[str, type[Source]]:
        """By name."""
        return dict(self._sources)

    @property
    def sinks(self) -> dict[str, type[Sink]]:
        """By name."""
        return dict(self._sinks)

    @property
    def broken(self) -> list[PluginInfo]:
        """Plugins that could not be loaded, with their errors."""
        return [plugin for plugin in self.plugins if plugin.error is not None]

    def source(self, name: str) -> type[Source]:
        """Raises UsageError for a name nobody offers."""
        found: type[Source] = _pick(self._sources, name, "source")
        return found

    def sink(self, name: str) -> type[Sink]:
        """Raises UsageError for a name nobody offers."""
        found: type[Sink] = _pick(self._sinks, name, "sink")
        return found

    def _load(self, point: EntryPoint) -> None:
        distribution = point.dist
        info = PluginInfo(
            name=point.name,
            distribution=distribution.name if distribution else "unknown",
            version=distribution.version if distribution else "",
            module=point.value,
        )
        self.plugins.append(info)
        plugin: Any = None
        try:
            self._refuse_clash(f"plugin {info.name}", info)
            plugin = point.load()
            self._manager.register(plugin, name=f"{info.distribution}:{info.name}")
            self._manager.check_pending()
            self._enlist(plugin, info)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - third-party code may raise anything
            info.error = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            if plugin is not None and self._manager.is_registered(plugin):
                # A failed registration must not leave half a plugin behind.
                self._manager.unregister(plugin)

    def _enlist(self, plugin: Any, info: PluginInfo) -> None:
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        hooks = self._manager.subset_hook_caller
        sources = _classes(hooks("register_sources", others)(), Source)
        sinks = _classes(hooks("register_sinks", others)(), Sink)
        for what, classes in (("source", sources), ("sink", sinks)):
            for cls in classes:
                self._refuse_clash(f"{what} {cls.name}", info)
        self._owners[f"plugin {info.name}"] = info
        for source in sources:
            self._sources[source.name] = source
            self._owners[f"source {source.name}"] = info
        for sink in sinks:
            self._sinks[sink.name] = sink
            self._owners[f"sink {sink.name}"] = info
        info.sources = tuple(source.name for source in sources)
        info.sinks = tuple(sink.name for sink in sinks)

    def _refuse_clash(self, what: str, info: PluginInfo) -> None:
        holder = self._owners.get(what)
        if holder is not None:
            raise UsageError(f"{what} is offered by both {holder.owner} and {info.owner}; the first stays")


def _bundled_first(point: EntryPoint) -> tuple[bool, str, str]:
    name = point.dist.name if point.dist else ""
    return (name != _OWN_DISTRIBUTION, name, point.name)


def _classes(results: list[Any], base: type[Any]) -> list[Any]:
    found = [cls for result in results for cls in result]
    for cls in found:
        _validate(cls, base)
    return found


def _validate(cls: Any, base: type[Any]) -> None:
    """What a type checker cannot hold a third party to."""
    if not (isinstance(cls, type) and issubclass(cls, base)):
        raise TypeError(f"{cls!r} is no {base.__name__} class")
    name = getattr(cls, "name", None)
    if not isinstance(name, str) or not name.isidentifier():
        raise TypeError(f"{cls.__name__}.name must be a word")
    missing = getattr(cls, "__abstractmethods__", None)
    if missing:
        raise TypeError(f"{cls.__name__} lacks {', '.join(sorted(missing))}")


def _pick(offered: dict[str, Any], name: str, what: str) -> Any:
    if name in offered:
        return offered[name]
    known = ", ".join(sorted(offered)) or "none"
    raise UsageError(f"there is no {what} {name!r}", hint=f"known: {known}; see tiketti-migrate plugins")
