"""Words as they are compared: without case, accents and punctuation ("Gelöst!" is "gelost")."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

__all__ = ["joined", "language_words", "plain", "shown"]

_LONGEST = 200
_LONGEST_SHOWN = 60
_NO_LETTERS = re.compile(r"[\W_]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")

_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})


def plain(text: str) -> str:
    """Lower case, without accents, every run of punctuation one blank; of huge texts only the beginning."""
    folded = unicodedata.normalize("NFKD", text[:_LONGEST].casefold())
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return _NO_LETTERS.sub(" ", letters).strip()


def language_words(*lists: str) -> Iterator[str]:
    """Every word of lists such as ``"open, in progress"``, as `plain` makes it.

    Umlauts are also given as they are written where there are none ("gelöst", "geloest").
    """
    for words in lists:
        for word in words.split(","):
            yield plain(word)
            if not word.isascii():
                yield plain(word.casefold().translate(_WRITTEN_OUT))


def shown(cell: str) -> str:
    """A cell as a message shows it: short, on one line, in quotes."""
    line = _UNSEEN.sub(" ", cell[: _LONGEST_SHOWN + 1]).strip()
    return f"'{line[:_LONGEST_SHOWN]}…'" if len(cell) > _LONGEST_SHOWN else f"'{line}'"


def joined(words: Iterable[str]) -> str:
    """Words as a choice in a message: "dmy, mdy or ymd"."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
