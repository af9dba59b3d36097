"""Where in a TOML file a key stands: the parser of the standard library gives values without their lines."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

__all__ = ["Path", "lines_of"]

# Keys and list positions from the top, as ("ticket", "replace", "subject", 0, "pattern").
Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'"
    r"|\#[^\n]*|\n|[\[\]{}=,]|[ \t\r]+|[^\s\"'\#\[\]{}=,]+",
    re.DOTALL,
)
# No mapping is deeper, but a file can be made to be.
_DEEPEST = 8
_SILENT = (" ", "\t", "\r", "\n", "#")


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of each table, key and list element in ``text``, which MUST be valid TOML.

    What stands inside of an inline table has no line of its own: look for the longest path that has one.
    """
    found: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    for line, tokens in _statements(text.replace("\r\n", "\n")):
        if tokens[0][1] == "[":
            table = _header("".join(token for _, token in tokens), arrays)
            _note(found, table, line)
        else:
            place = next(index for index, (_, token) in enumerate(tokens) if token == "=")  # noqa: S105
            key = table + _chain(tomllib.loads("".join(token for _, token in tokens[:place]) + "= 0"))
            _note(found, key, line)
            for number, at in enumerate(_elements(tokens[place + 1 :])):
                found.setdefault((*key, number), at)
    return found


def _note(found: dict[Path, int], path: Path, line: int) -> None:
    for length in range(1, min(len(path), _DEEPEST) + 1):
        found.setdefault(path[:length], line)


def _statements(text: str) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Each statement with its line, as (line, token)."""
    line, depth = 1, 0
    tokens: list[tuple[int, str]] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n" and depth == 0:  # noqa: S105
            if tokens:
                yield tokens[0][0], tokens
            tokens = []
        elif tokens or token[0] not in _SILENT:
            tokens.append((line, token))
            depth += token in ("[", "{")
            depth -= token in ("]", "}")
        line += token.count("\n")
    if tokens:
        yield tokens[0][0], tokens


def _header(text: str, arrays: dict[Path, int]) -> Path:
    """The path of ``[a.b]`` or ``[[a.b]]``, with the positions in the lists of tables on the way."""
    raw = _chain(tomllib.loads(text))
    names = [part for part in raw if isinstance(part, str)]
    if len(names) > _DEEPEST:
        names, raw = names[:_DEEPEST], ()
    path: Path = ()
    for number, name in enumerate(names, start=1):
        path += (name,)
        if number == len(names) and raw and raw[-1] == 0:
            arrays[path] = arrays.get(path, -1) + 1
        # A list inside of another's element begins anew with the next element: its path tells them apart.
        if path in arrays:
            path += (arrays[path],)
    return path


def _chain(value: Any) -> Path:
    """The keys down to the only value of a table made of one statement."""
    path: list[str | int] = []
    while value and isinstance(value, dict | list):
        key = next(iter(value)) if isinstance(value, dict) else 0
        path.append(key)
        value = value[key]
    return tuple(path)


def _elements(tokens: list[tuple[int, str]]) -> Iterator[int]:
    """The line on which each element of a list begins; nothing for what is no list."""
    loud = [(line, token) for line, token in tokens if token[0] not in _SILENT]
    if loud[0][1] != "[":
        return
    depth, awaited = 0, False
    for line, token in loud:
        if depth == 1 and awaited and token != "]":  # noqa: S105
            yield line
            awaited = False
        depth += token in ("[", "{")
        depth -= token in ("]", "}")
        awaited = awaited or (depth == 1 and token in ("[", ","))
