"""What pydantic finds wrong with the tables of a mapping file, in words for the person who wrote it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from tiketti_migrate.mapping.lines import Path
from tiketti_migrate.mapping.mistakes import Mistake, Mistaken, nearest
from tiketti_migrate.mapping.model import FileTables, Replace, Table, Where

__all__ = ["explain"]

_TYPES = {
    "string_type": "must be text",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "tuple_type": "must be a list",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


def explain(error: ValidationError, line_of: Callable[[Path], int]) -> Iterator[Mistake]:
    """The mistakes behind ``error``. ``line_of``: the line of a path in the file."""
    for one in error.errors(include_url=False):
        path: Path = tuple(one["loc"])
        cause = one.get("ctx", {}).get("error")
        if isinstance(cause, Mistaken) and cause.key is not None:
            path += (cause.key,)
        yield Mistake(line_of(path), *_words(one, path))


def _words(one: Mapping[str, Any], path: Path) -> tuple[str, str | None]:
    name = _named(path)
    if one["type"] == "extra_forbidden":
        what = "table" if len(path) == 1 or isinstance(one["input"], dict | list) else "key"
        if len(path) == 1 and path[0] in Table.model_fields:
            return f"there is no table {path[0]!r}", f"it belongs to a kind of record: [ticket.{path[0]}]"
        return f"there is no {what} {str(path[-1])!r}", nearest(str(path[-1]), _known(path[:-1]))
    if one["type"] == "missing":
        return f"{_named(path[:-1])} has no {path[-1]!r}", None
    cause = one.get("ctx", {}).get("error")
    if isinstance(cause, Mistaken):
        says = str(cause)
        return (f"{name} {says}" if says.startswith(("must ", "has ")) else says), cause.hint
    return f"{name} {_TYPES.get(one['type'], one['msg'])}", _other_form(one, path)


def _other_form(one: Mapping[str, Any], path: Path) -> str | None:
    """What the same is written like."""
    if one["type"] == "tuple_type" and path[-1] not in ("in", "not_in"):
        return f"two brackets around it make one: [[{_named(path)}]]"
    if one["type"] == "string_type" and path[-1] in ("is", "is_not"):
        return f"{'in' if path[-1] == 'is' else 'not_in'} takes a list"
    return None


def _named(path: Path) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


def _known(path: Path) -> list[str]:
    """The keys of the table at ``path``."""
    model: type[BaseModel] = FileTables
    if len(path) >= 2:
        model = Where if path[1] == "where" else Replace
    elif path:
        model = Table
    return [field.alias or name for name, field in model.model_fields.items()]
