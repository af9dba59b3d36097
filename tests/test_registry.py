"""Plugins: bundled ones load, broken ones are listed with their error and harm nobody."""

import sys
import types
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.errors import UsageError
from tiketti_migrate.hookspecs import hookimpl
from tiketti_migrate.registry import Registry
from tiketti_migrate.testing import ListSource


def point(name: str, module: str) -> EntryPoint:
    return EntryPoint(name=name, value=module, group="tiketti_migrate")


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of the given name whose hook answers with ``result``."""

    def make(name: str, result: Any) -> EntryPoint:
        module = types.ModuleType(name)

        def register_sources() -> Any:
            if isinstance(result, BaseException):
                raise result
            return result

        module.register_sources = hookimpl(register_sources)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
        return point(name, name)

    return make


def registry(*points: EntryPoint) -> Registry:
    bundled: Iterator[EntryPoint] = iter([point("zendesk", "tiketti_migrate_zendesk"), *points])
    return Registry(bundled)


def named(name: str) -> type[ListSource]:
    return type("Named", (ListSource,), {"name": name})


def test_a_good_third_party_source_is_offered(offer: Any) -> None:
    found = registry(offer("helpdesk", [named("helpdesk")]))
    assert set(found.sources) == {"zendesk", "helpdesk"}
    assert not found.broken


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (RuntimeError("boom"), "RuntimeError: boom"),
        (SystemExit(3), "SystemExit"),
        ([object()], "is no Source class"),
        ([named("two words")], "must be a word"),
        (7, "TypeError"),
    ],
)
def test_a_broken_plugin_is_named_and_the_others_work(offer: Any, result: Any, words: str) -> None:
    found = registry(offer("broken", result))
    assert "zendesk" in found.sources
    (broken,) = found.broken
    assert broken.name == "broken"
    assert words in str(broken.error)


def test_a_module_that_is_not_there_is_listed() -> None:
    (broken,) = registry(point("missing", "no_such_module_anywhere")).broken
    assert "no_such_module_anywhere" in str(broken.error)


def test_a_name_clash_is_refused_naming_both(offer: Any) -> None:
    found = registry(offer("zz_other", [named("zendesk")]))
    (broken,) = found.broken
    assert "zendesk" in str(broken.error)
    assert "zz_other" in str(broken.error)
    assert found.source("zendesk").__module__ == "tiketti_migrate_zendesk.source"


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="known: zendesk"):
        registry().source("freshdesk")
