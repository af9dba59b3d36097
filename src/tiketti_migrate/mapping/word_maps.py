"""Maps of words, which remember what they met: a word that no cell holds was probably misspelt."""

from collections.abc import Callable, Mapping

__all__ = ["WordMap", "folded"]

_REMEMBERED = 4096
_LONGEST_REMEMBERED = 200
# Longer cells are texts, which nobody takes for words.
_LONGEST_WORD = 40


class WordMap:
    """``look_up`` gives what a cell becomes: itself where the map does not have it, whatever its case."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        self._unmet = {folded(word): word for word in words}
        self._known: dict[str, str] = {}
        self.look_up = self._made()

    @property
    def unmet(self) -> tuple[str, ...]:
        """The words that were never looked up, in the order of the map."""
        return tuple(self._unmet.values())

    @property
    def met(self) -> tuple[str, ...]:
        """Words that were looked up, whether the map has them or not: not all when there are many."""
        words = (cell.strip() for cell in self._known if len(cell) <= _LONGEST_WORD)
        return tuple(dict.fromkeys(word for word in words if word))

    def _made(self) -> Callable[[str], str]:
        """Cells repeat: each spelling is worked out once, as long as there are not too many."""
        becomes = {folded(word): value for word, value in self._words.items()}
        known, unmet = self._known, self._unmet

        def look_up(cell: str) -> str:
            found = known.get(cell)
            if found is None:
                word = folded(cell)
                found = becomes.get(word, cell)
                unmet.pop(word, None)
                if len(known) < _REMEMBERED and len(cell) <= _LONGEST_REMEMBERED:
                    known[cell] = found
            return found

        return look_up


def folded(word: str) -> str:
    """What words are compared by: without regard to case and outer blanks."""
    return word.strip().casefold()
