"""The words of a table for status and priority in Tiketti's, each worked out once."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tiketti_migrate.mapping import Rules
from tiketti_migrate_csv.plain import shown
from tiketti_migrate_csv.presets import Preset
from tiketti_migrate_csv.status_words import priority_of, status_of

__all__ = ["Word", "Words", "priorities", "statuses"]

_REMEMBERED = 1000


class Word(NamedTuple):
    """``meaning`` in Tiketti; ``kept``: the source's word where it says more."""

    meaning: str
    kept: str | None = None
    warning: str | None = None


class Words(dict[str | None, Word]):
    """By the cell; None is one that says nothing.

    ``known`` finds the meaning of a word, ``default`` is that of an unknown one. ``mapped``: by which word
    the mapping file replaces one, if it has words for the field.
    """

    def __init__(
        self,
        field: str,
        known: Callable[[str], str | None],
        default: str,
        mapped: Callable[[str], str] | None,
    ) -> None:
        super().__init__()
        self._field = field
        self._known = known
        self._default = default
        self._mapped = mapped
        self._nothing = Word(known(mapped("")) or default) if mapped else Word(default)

    def __missing__(self, cell: str | None) -> Word:
        if len(self) >= _REMEMBERED:
            self.clear()
        word = self[cell] = self._nothing if cell is None else self._word(cell)
        return word

    def _word(self, cell: str) -> Word:
        meaning = self._known(self._mapped(cell) if self._mapped else cell)
        if meaning is None:
            warning = f"unknown {self._field} word {shown(cell)}: taken as {self._default}"
            return Word(self._default, cell, warning)
        return Word(meaning, None if cell.casefold() == meaning else cell)


def statuses(preset: Preset | None, rules: Rules) -> Words:
    """An unknown word counts as open, so that nobody overlooks the ticket."""
    own = preset.statuses if preset else {}
    return Words("status", _known(own, status_of, preset), "open", rules.values("status"))


def priorities(preset: Preset | None, rules: Rules) -> Words:
    """Design, section 9."""
    own = preset.priorities if preset else {}
    return Words("priority", _known(own, priority_of, preset), "normal", rules.values("priority"))


def _known(
    own: Mapping[str, str], usual: Callable[[str, str | None], str | None], preset: Preset | None
) -> Callable[[str], str | None]:
    name = preset.name if preset else None
    return lambda cell: own.get(cell.casefold()) or usual(cell, name)
