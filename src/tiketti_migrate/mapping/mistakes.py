"""Mistakes in a mapping file, found together and told together: what, on which line, and what was meant."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from tiketti_migrate.errors import UsageError

__all__ = ["Mistake", "Mistaken", "nearest", "refuse"]

_SHOWN = 20
_NAMED = 12


class Mistaken(ValueError):
    """What is wrong with one value, while it is looked at; ``key``: where inside of it."""

    def __init__(self, message: str, *, hint: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.key = key


class Mistake(NamedTuple):
    """One mistake and the line (from 1) where it stands."""

    line: int
    message: str
    hint: str | None = None


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint: the valid name that was probably meant, else the first of all there are."""
    names = list(dict.fromkeys(known))
    folded = {other.casefold(): other for other in reversed(names)}
    close = get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"known: {', '.join(names[:_NAMED]) or 'none'}{more}"


def refuse(file: str, mistakes: Sequence[Mistake]) -> None:
    """Raises UsageError when there are mistakes: one line each, in the order of the file."""
    ordered = sorted(dict.fromkeys(mistakes))
    if not ordered:
        return
    if len(ordered) == 1:
        only = ordered[0]
        raise UsageError(only.message, where=f"{file}:{only.line}", hint=only.hint)
    lines = [f"{UsageError(m.message, where=f'{file}:{m.line}', hint=m.hint)}" for m in ordered[:_SHOWN]]
    if len(ordered) > _SHOWN:
        lines.append(f"... and {len(ordered) - _SHOWN} more")
    raise UsageError("\n  ".join([f"{len(ordered)} mistakes", *lines]), where=file)
