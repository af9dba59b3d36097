"""What a mapping file says about options, under what the command line says: the command line wins over the
file, the file over the environment.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import click
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tiketti_migrate import options
from tiketti_migrate.api import Sink, Source
from tiketti_migrate.cli.settings import CONNECTION, Settings
from tiketti_migrate.load import LoadOptions
from tiketti_migrate.mapping import MappingFile, nearest, read_mapping

__all__ = ["MAP", "import_values", "read_map", "source_values"]

MAP = click.Option(
    ["--map", "map_file"],
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Mapping file: columns, words, conditions, options; init writes one.",
)
_SECRET = re.compile(r"password|secret|token|credential|api_?key|^email$", re.IGNORECASE)
_NO_SECRETS = (
    "secrets are never read from this file: set TIKETTI_TOKEN, or TIKETTI_EMAIL and TIKETTI_PASSWORD"
)
_STDIN = "-"


class _Everywhere(BaseModel):
    """The options of every command that a file may hold."""

    model_config = ConfigDict(frozen=True)

    workspace: Path | None = None
    log_file: Path | None = None
    quiet: bool = False
    verbose: int = Field(default=0, ge=0, le=2)


def read_map(path: Path | None) -> MappingFile | None:
    """The mapping that was asked for. Raises UsageError that tells its mistakes."""
    return read_mapping(path) if path is not None else None


def source_values(
    mapping: MappingFile | None, source: type[Source], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The options of the source. Raises UsageError for those in the file that are wrong."""
    found: dict[str, Any] = {}
    if mapping is not None:
        found = _checked(mapping, "source", mapping.source_options, [source.Options])
    return {**found, **_said(given)}


def import_values(
    mapping: MappingFile | None, sink: type[Sink], settings: Settings, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The options of the load and of the sink; ``settings`` gain those of every command that they lack.

    Raises UsageError for those in the file that are wrong.
    """
    if mapping is None:
        return dict(given)
    models: list[type[BaseModel]] = [_Everywhere, LoadOptions, sink.Options]
    found = _checked(mapping, "import", mapping.import_options, models)
    for name in _Everywhere.model_fields:
        value = found.pop(name, None)
        if value and not getattr(settings, name):
            setattr(settings, name, value)
    for name in CONNECTION:
        if name in settings.connection:
            found.pop(name, None)
    return {**found, **_said(given)}


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, ())}


def _checked(
    mapping: MappingFile, table: str, raw: Mapping[str, Any], models: Iterable[type[BaseModel]]
) -> dict[str, Any]:
    known = {
        options.key_of(name): (name, field) for model in models for name, field in model.model_fields.items()
    }
    found: dict[str, Any] = {}
    with mapping.mistakes() as mistake:
        for name, value in raw.items():
            place = (table, name)
            if _SECRET.search(name) and name != "token_file":
                mistake(place, f"{name!r} cannot stand in a file", _NO_SECRETS)
            elif name not in known:
                names = ["name", *known] if table == "source" else known
                mistake(place, f"there is no option {name!r}", nearest(name, names))
            else:
                field_name, field = known[name]
                try:
                    found[field_name] = _value(field, value, mapping.folder)
                except ValidationError as error:
                    mistake(place, f"{name}: {error.errors()[0]['msg'].removeprefix('Value error, ')}", None)
    return found


def _value(field: FieldInfo, value: Any, folder: Path) -> Any:
    inner, many = options.unwrapped(field.annotation)
    if many and not isinstance(value, list):
        value = [value]
    if inner is Path:
        value = [_path(one, folder) for one in value] if many else _path(value, folder)
    declared: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(declared).validate_python(value)


def _path(value: Any, folder: Path) -> Any:
    """Relative to the file, wherever the command is run."""
    return folder / value if isinstance(value, str) and value != _STDIN else value
