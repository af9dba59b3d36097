"""Flags that a source and the load both have: ``--contacts contacts.csv`` and ``--contacts used``.

One flag takes both. A word of the load's choices is the load's, anything else the source's; a file that is
called like a choice is written ``./used``.
"""

from collections.abc import Mapping
from typing import Any, get_args

import click
from pydantic import BaseModel

from tiketti_migrate.errors import UsageError
from tiketti_migrate.load import LoadOptions

__all__ = ["parameters", "shared", "told_apart"]


def shared(model: type[BaseModel]) -> list[str]:
    """The names of options that a source's model and the load's both have."""
    return [name for name in model.model_fields if name in LoadOptions.model_fields]


def parameters(model: type[BaseModel]) -> list[click.Parameter]:
    """One flag for each of them."""
    return [_flag(model, name) for name in shared(model)]


def told_apart(model: type[BaseModel], values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values for the source and those for the load. Raises UsageError for a flag given twice to one."""
    source, load = dict(values), dict(values)
    for name in shared(model):
        source[name] = _only(name, [value for value in values[name] if not _is_choice(name, value)])
        load[name] = _only(name, [value for value in values[name] if _is_choice(name, value)])
    return source, load


def _flag(model: type[BaseModel], name: str) -> click.Option:
    own, loads = model.model_fields[name], LoadOptions.model_fields[name]
    words = f"{own.description} Or one of {'|'.join(_choices(name))}: {loads.description} [{loads.default}]"
    return click.Option([f"--{name.replace('_', '-')}"], multiple=True, metavar="FILE|WORD", help=words)


def _choices(name: str) -> tuple[str, ...]:
    field = LoadOptions.model_fields[name]
    said = field.json_schema_extra
    words = said.get("words") if isinstance(said, dict) else None
    return tuple(map(str, words)) if isinstance(words, list) else get_args(field.annotation)


def _is_choice(name: str, value: str) -> bool:
    """Also ``top:x``: what is wrong with it is for the load to tell."""
    before, colon, _ = value.partition(":")
    return any(value == word or (colon and word.startswith(before + colon)) for word in _choices(name))


def _only(name: str, values: list[str]) -> str | None:
    if len(values) > 1:
        raise UsageError(f"--{name.replace('_', '-')} is given twice: {values[0]} and {values[1]}")
    return values[0] if values else None
