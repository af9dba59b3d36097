"""Rows of a table of tickets that are none: the total below it."""

import re
from collections.abc import Sequence

from tiketti_migrate_csv.plain import language_words, plain

__all__ = ["is_number", "is_total"]

_TOTALS = frozenset(
    language_words(
        "total, totals, grand total, sum, subtotal, count, yhteensä, summa, gesamt, gesamtsumme, summe",
        "insgesamt, totaux, somme, totales, suma, totais, soma, totalt",
    )
)
_LONGEST = 40
# A number, alone or with its unit.
_NUMBER = re.compile(r"[-+]?[\d\s.,:%'\u2019\u202f]*\d[\d\s.,:%]*\s*[^\W\d]{0,4}\.?|[€$£]\s*[\d.,\s]+")


def is_total(row: Sequence[str]) -> bool:
    """Whether it holds nothing but a word for a total and numbers."""
    texts = [cell for cell in row if cell and not cell.isspace()]
    words = [cell for cell in texts if not is_number(cell)]
    if len(words) != 1:
        return False
    name, _, rest = words[0].partition(":")
    return plain(name) in _TOTALS and (not rest.strip() or is_number(rest))


def is_number(cell: str) -> bool:
    """Alone or with its unit."""
    return len(cell) <= _LONGEST and _NUMBER.fullmatch(cell.strip()) is not None
