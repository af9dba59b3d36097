"""One declaration of options (a pydantic model) becomes click parameters, and their values the model again.

A field called ``paths`` becomes positional arguments. ``json_schema_extra={"hidden": True}`` keeps a field
out of the help, ``{"flag": False}`` out of the command line; ``{"lasting": True}``: see lasting. A field
whose name is a word of Python ends in ``_``, its flag does not (``from_`` is ``--from``), nor its key in a
file.
"""

import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import click
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from tiketti_migrate.errors import UsageError

__all__ = ["build", "key_of", "parameters", "unwrapped"]

Model = TypeVar("Model", bound=BaseModel)


def parameters(
    model: type[BaseModel], *, without: Iterable[str] = (), optional: bool = False
) -> list[click.Parameter]:
    """The flags of ``model``, in the order of its fields. ``without``: fields declared elsewhere;
    ``optional``: what is required may come from a file, too.
    """
    left_out = set(without)
    return [
        _parameter(name, field, optional=optional)
        for name, field in model.model_fields.items()
        if name not in left_out and _extra(field).get("flag", True)
    ]


def build(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The model of what the user gave; None and () mean "not given".

    Raises UsageError that names the option and what is wrong with it.
    """
    given = {
        name: value
        for name, value in values.items()
        if name in model.model_fields and value not in (None, ())
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "missing":
            raise UsageError(f"{_as_given(first['loc'])} is missing", hint="--help shows how") from None
        words = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise UsageError(words, hint="--help shows how") from None
        raise UsageError(f"{_flag(str(first['loc'][0]))}: {words}") from None


def _parameter(name: str, field: FieldInfo, *, optional: bool) -> click.Parameter:
    inner, many = unwrapped(field.annotation)
    if name == "paths":
        return click.Argument(
            [name], nargs=-1, required=not optional and field.is_required(), type=click.Path(path_type=Path)
        )
    flag = _flag(name)
    if inner is bool:
        flag = f"{flag}/--no-{flag.removeprefix('--')}" if field.default is True else flag
    default = None if field.is_required() or inner is bool else field.get_default(call_default_factory=True)
    # In the help's own words, as click would put a default that is text in parentheses.
    shown = f" [{default}]" if default not in (None, (), "") and "[" not in (field.description or "") else ""
    return click.Option(
        [flag, name],
        type=_type_of(inner),
        multiple=many,
        is_flag=inner is bool,
        default=None,
        help=(field.description or "") + shown,
        hidden=bool(_extra(field).get("hidden")),
    )


def _as_given(loc: tuple[int | str, ...]) -> str:
    return "PATHS" if loc == ("paths",) else _flag(str(loc[0]))


def key_of(name: str) -> str:
    """How a field is called in a file."""
    return name.rstrip("_")


def _flag(name: str) -> str:
    return "--" + key_of(name).replace("_", "-")


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def unwrapped(annotation: Any) -> tuple[Any, bool]:
    """The type behind ``X | None`` and ``tuple[X, ...]``, and whether there may be several."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0], True
    return annotation, False


def _type_of(inner: Any) -> Any:
    if get_origin(inner) is Literal:
        return click.Choice([str(choice) for choice in get_args(inner)])
    if inner is Path:
        return click.Path(path_type=Path)
    return {int: click.INT, float: click.FLOAT, bool: click.BOOL}.get(inner, click.STRING)
