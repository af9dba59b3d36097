"""Cells that hold several labels."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

import orjson

from tiketti_migrate_csv.texts import clean

__all__ = ["ListEvidence", "Separator", "split_labels"]

Separator = Literal["\n", "<br>", "|", ";", ",", " "]

# A sign that comes first is less likely to be a part of a label.
_SIGNS: dict[Separator, re.Pattern[str]] = {
    "\n": re.compile(r"\r\n|\n|\r"),
    "<br>": re.compile(r"<br\s*/?>", re.IGNORECASE),
    "|": re.compile(r"\|"),
    ";": re.compile(r";"),
    ",": re.compile(r","),
}
_SPACES = re.compile(r"\s+")
_QUOTED_LIST = re.compile(r"\s*'[^']*'(?:\s*,\s*'[^']*')*\s*")
_QUOTED = re.compile(r"'([^']*)'")
_LONGEST_REMEMBERED = 200


class ListEvidence:
    """Finds the sign between the labels of a column. Blanks are never one: labels may have blanks inside."""

    def __init__(self) -> None:
        self._counts: dict[Separator, int] = dict.fromkeys(_SIGNS, 0)

    def add(self, cells: Iterable[str]) -> None:
        """More cells of the column; those that are written as JSON lists tell nothing."""
        distinct = {cell for cell in cells if cell[:1] not in ("[", "{")}
        for separator, sign in _SIGNS.items():
            self._counts[separator] += sum(1 for cell in distinct if sign.search(cell))

    def separator(self) -> Separator | None:
        """The sign that the most cells have, None when no cell has any."""
        best = max(self._counts, key=lambda separator: self._counts[separator])
        return best if self._counts[best] else None


def split_labels(cell: str, separator: str | None) -> list[str]:
    """The labels of a cell, trimmed, each once whatever its case; JSON lists are read whatever the separator.

    With None the cell is one label; " " is the sign of exports whose labels have no blanks inside (Zendesk).
    """
    labels = _remembered if len(cell) <= _LONGEST_REMEMBERED else _labels
    return list(labels(cell, separator))


def _labels(cell: str, separator: str | None) -> tuple[str, ...]:
    text = cell.strip()
    pieces = _bracketed(text) if text[:1] in ("[", "{") else None
    if pieces is None:
        pieces = _split(text, separator)
    found: dict[str, str] = {}
    for piece in pieces:
        label = _SPACES.sub(" ", clean(piece)).strip().strip('"').strip()
        if label:
            found.setdefault(label.casefold(), label)
    return tuple(found.values())


_remembered = lru_cache(maxsize=4096)(_labels)


def _split(text: str, separator: str | None) -> list[str]:
    if separator is None:
        return [text]
    for known, sign in _SIGNS.items():
        if known == separator:
            return sign.split(text)
    return text.split(separator)


def _bracketed(text: str) -> list[str] | None:
    """The items of ``["a", "b"]``, ``['a', 'b']``, ``[a, b]`` and ``{a,b}``; None when it is no list."""
    if (text[0], text[-1]) not in (("[", "]"), ("{", "}")):
        return None
    try:
        items = orjson.loads(text)
    except orjson.JSONDecodeError:
        inner = text[1:-1]
        return _QUOTED.findall(inner) if _QUOTED_LIST.fullmatch(inner) else inner.split(",")
    return list(_words_of(items)) if isinstance(items, list) else None


def _words_of(items: list[object]) -> Iterator[str]:
    for item in items:
        if isinstance(item, str):
            yield item
        elif item is not None:
            yield orjson.dumps(item).decode()
