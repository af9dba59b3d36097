"""Rows below a table of tickets that are none: a total, a note, the time of the export."""

from collections.abc import Sequence

from tiketti_migrate_csv.plain import language_words, plain

__all__ = ["Remnants"]

_TOTALS = frozenset(
    language_words(
        "total, totals, grand total, sum, subtotal, count, yhteensä, summa, gesamt, gesamtsumme, summe",
        "insgesamt, totaux, somme, totales, suma, totais, soma, totalt",
    )
)
# In a narrow table one cell is not few.
_LEAST_COLUMNS = 4
_MOST_CELLS = 2


class Remnants:
    """Tells them by their few cells where every row with more has an id."""

    def __init__(self) -> None:
        self._without_id = 0
        self._with_id = 0

    def add(self, ids: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """The next rows."""
        if "" not in ids:
            self._with_id += len(ids)
            return
        for cell, row in zip(ids, rows, strict=True):
            self._with_id += bool(cell)
            self._without_id += not cell and not _is_sparse(row)

    def has(self, cell: str, row: Sequence[str]) -> bool:
        """Whether a row with this id is one."""
        if self._without_id or self._with_id < _MOST_CELLS or not _is_sparse(row):
            return False
        return not cell or plain(cell) in _TOTALS


def _is_sparse(row: Sequence[str]) -> bool:
    cells = [cell for cell in row if cell and not cell.isspace()]
    if len(row) < _LEAST_COLUMNS or len(cells) > _MOST_CELLS:
        return False
    # A subject and who asked are a ticket.
    texts = [cell for cell in cells if not cell.strip()[:1].isdigit()]
    return len(texts) <= 1 or any(plain(cell) in _TOTALS for cell in texts)
