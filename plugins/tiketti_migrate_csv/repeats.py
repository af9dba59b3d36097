"""What a sample of rows shows about its ids: has a ticket several rows, and which cells differ in them."""

from collections.abc import Sequence

from tiketti_migrate_csv.fields import TableKind
from tiketti_migrate_csv.headers import key
from tiketti_migrate_csv.vocabulary import SYNONYM, vocabulary

__all__ = ["Repeats"]


class Repeats:
    """Of rows of a table whose column of ids is the first that has a usual name for one."""

    def __init__(self, kind: TableKind, header: Sequence[str], sample: Sequence[Sequence[str]]) -> None:
        self._rows: dict[str, list[Sequence[str]]] = {}
        place = _place_of_ids(kind, header) if kind == "ticket" else None
        if place is not None:
            for row in sample:
                if place < len(row) and row[place].strip():
                    self._rows.setdefault(row[place].strip(), []).append(row)

    @property
    def several_rows(self) -> bool:
        """Whether one id has several rows."""
        return any(len(rows) > 1 for rows in self._rows.values())

    def differs(self, index: int) -> bool:
        """Whether rows of one id differ in a column."""
        return any(
            len({row[index].strip() for row in rows if index < len(row)}) > 1
            for rows in self._rows.values()
            if len(rows) > 1
        )


def _place_of_ids(kind: TableKind, header: Sequence[str]) -> int | None:
    known = vocabulary(kind)
    found = []
    for place, name in enumerate(header):
        meaning = next(iter(known.look_up(key(name))), None)
        if meaning is not None and meaning.field == "id" and meaning.confidence >= SYNONYM:
            found.append((-meaning.confidence, meaning.rank, place))
    return min(found)[2] if found else None
