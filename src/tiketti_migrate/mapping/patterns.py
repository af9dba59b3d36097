"""Regular expressions of a mapping file: in the syntax of Python, and never for longer than a moment.

An expression like ``(a+)+$`` takes ages on the wrong cell, and a cell can be made to be that one. The
library ``regex`` gives up after a time; the record then is a problem, and an expression that does it again
and again ends the run.
"""

import re
from collections.abc import Callable

import regex

from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping.mistakes import Mistaken

__all__ = ["BadCell", "Expression", "check_pattern", "check_replacement"]

_LONGEST = 1000
_SECONDS = 2.0
_MOST_TIMEOUTS = 10
# A pattern that calls itself takes memory without end before its time is over.
_RECURSION = re.compile(r"\(\?(?:R|[+-]?[0-9]|&|P>)")


class BadCell(ValueError):
    """A cell that the rules cannot be applied to: the record is a problem."""


def check_pattern(pattern: str) -> None:
    """Raises Mistaken for what does not compile."""
    if len(pattern) > _LONGEST:
        raise Mistaken(f"the expression is longer than {_LONGEST} characters")
    if _RECURSION.search(pattern):
        raise Mistaken("an expression cannot call itself", hint="a question mark itself is written \\?")
    _compiled(pattern)


def check_replacement(pattern: str, replacement: str) -> None:
    """Raises Mistaken for a group that ``pattern`` does not have."""
    if len(replacement) > _LONGEST:
        raise Mistaken(f"the replacement is longer than {_LONGEST} characters")
    # Only a match shows what is wrong with the replacement, and the empty branch always matches.
    probe = regex.compile(f"(?:{pattern}\n)|")
    try:
        probe.sub(replacement, "", timeout=_SECONDS)
    except (regex.error, IndexError, ValueError, OverflowError) as error:
        words = str(error).partition(" at position")[0]
        raise Mistaken(
            f"the replacement {replacement!r} is wrong: {words}",
            hint="\\1 is the first group in parentheses, \\\\ a backslash",
        ) from None


def _compiled(pattern: str) -> "regex.Pattern[str]":
    try:
        return regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError, ValueError, TypeError, KeyError) as error:
        raise Mistaken(
            f"the expression {pattern!r} does not compile: {error}",
            hint="a character that means itself takes a backslash before it: \\( \\[ \\. \\?",
        ) from None


class Expression:
    """A compiled pattern. ``place`` (file:line) is named in errors."""

    def __init__(self, pattern: str, place: str) -> None:
        self._pattern = _compiled(pattern)
        self._place = place
        self._timeouts = 0

    def replacing(self, replacement: str) -> Callable[[str], str]:
        """Every match becomes ``replacement``. The result raises BadCell, after ten of them UsageError."""
        sub = self._pattern.sub

        def replace(cell: str) -> str:
            try:
                return sub(replacement, cell, timeout=_SECONDS)
            except (TimeoutError, MemoryError) as error:
                raise self._given_up(cell) from error

        return replace

    def searching(self) -> Callable[[str], bool]:
        """Whether it matches anywhere in a cell. What it returns raises as ``replacing`` does."""
        search = self._pattern.search

        def matches(cell: str) -> bool:
            try:
                return search(cell, timeout=_SECONDS) is not None
            except (TimeoutError, MemoryError) as error:
                raise self._given_up(cell) from error

        return matches

    def _given_up(self, cell: str) -> Exception:
        self._timeouts += 1
        if self._timeouts > _MOST_TIMEOUTS:
            return UsageError(
                "the expression takes too long again and again",
                where=self._place,
                hint="repetitions inside of repetitions, as in (a+)+, do that",
            )
        return BadCell(f"{self._place}: the expression takes too long on {cell[:40]!r}")
