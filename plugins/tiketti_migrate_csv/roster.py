"""Records of one kind by key, and those of a table of their own by what others may call them."""

import re
from array import array
from collections.abc import Iterable, Iterator

from tiketti_migrate_csv.people import is_email
from tiketti_migrate_csv.seen import Seen

__all__ = ["Facts", "Roster", "folded"]

_SEVERAL = -1
_FACT = 3
_FACTS_APART = (1 << 8 * _FACT) - 1
_MANY = {"contact": "contacts", "company": "companies"}
_DIGIT = re.compile(r"[0-9]")
# Ids as a spreadsheet shows numbers.
_WHOLE = re.compile(r"([0-9]{1,100})(?:[.,]0{1,9})?")


class Roster:
    """Numbers records from 0 as they come; those of a table of their own come first.

    ``has_table``: there is such a table; ``by_id``: their keys are its ids.
    """

    def __init__(self, *, has_table: bool = False, by_id: bool = False) -> None:
        self.has_table = has_table
        self.by_id = by_id
        self._keys = Seen()
        self._listed = _Texts()
        self._names = Seen()
        # In step with the names.
        self._whose = array("i")

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, key: str) -> bool:
        """False when it is there already."""
        return self._keys.add(key)

    def list(self, key: str, name: str, address: str | None = None) -> bool:
        """One that others may call by these; False when it is there already.

        Several may have one name, which then tells none of them; of one address the first has it.
        """
        if not self._keys.add(key):
            return False
        number = len(self._listed)
        self._listed.append(key)
        known = self._call(folded(name), number)
        if known is not None:
            self._whose[known] = _SEVERAL
        if address and folded(address) != key:
            self._call(folded(address), number)
        return True

    def sorted(self, source_id: str | None, cell: str | None) -> tuple[str | None, str | None, str | None]:
        """The id, what a cell says beside it, and what stands among the ids and is none.

        A column of names may hold ids of the table, and one of ids names and addresses.
        """
        if source_id is None:
            found = self._of_id(cell) if cell is not None and self.by_id else None
            return (None, cell, None) if found is None else (found, None, None)
        if not self.has_table:
            is_stray = is_email(source_id) and source_id not in self
        else:
            known = self._listed_as(source_id) or self.called(source_id)
            if known is not None:
                return known, cell, None
            is_stray = is_email(source_id) or not _DIGIT.search(source_id)
        return (None, cell, source_id) if is_stray else (source_id, cell, None)

    def unknown(self, what: str, name: str | None, key: str) -> str | None:
        """What is to be said of one that a table should hold and does not; ``key`` is the id."""
        if not self.has_table:
            return None
        if name is None:
            return f"no {what} has the id '{key[:60]}'"
        several = folded(name) in self._names
        words = f"several {_MANY[what]} have" if several else f"no {what} has"
        return f"{words} the name '{name[:60]}'"

    def number(self, key: str) -> int | None:
        """None for a key that is not there."""
        return self._keys.number(key)

    def is_listed(self, key: str) -> bool:
        """Whether the record is one of a table of its own."""
        number = self._keys.number(key)
        return number is not None and number < len(self._listed)

    def called(self, name: str) -> str | None:
        """The key of whom others call so; None for nobody, and for a name that several have."""
        number = self._names.number(folded(name))
        whose = _SEVERAL if number is None else self._whose[number]
        return None if whose == _SEVERAL else self._listed[whose]

    def _of_id(self, cell: str) -> str | None:
        number = _WHOLE.fullmatch(cell)
        # A number is no name: who is called so is not in the table.
        return self._listed_as(cell) or (number and number[1])

    def _listed_as(self, cell: str) -> str | None:
        if self.is_listed(cell):
            return cell
        number = _WHOLE.fullmatch(cell)
        return number[1] if number and self.is_listed(number[1]) else None

    def _call(self, name: str, number: int) -> int | None:
        """The number of the name when it is known already."""
        if self._names.add(name):
            self._whose.append(number)
            return None
        return self._names.number(name)


class Facts:
    """What is known of each record, by its number: in three bytes a fact.

    Kept is a part of the fact's hash: of sixteen million that differ one is taken for the same.
    """

    def __init__(self, *fields: str) -> None:
        self._fields = {field: bytearray() for field in fields}

    def tell(self, number: int, facts: Iterable[str | None]) -> None:
        """The record has these, in the order of the fields."""
        for column, fact in zip(self._fields.values(), facts, strict=True):
            if fact:
                column.extend(bytes(_FACT * number - len(column)))
                column.extend(_short(fact))

    def differing(self, number: int | None, facts: Iterable[str | None]) -> Iterator[str]:
        """The fields of which the record has another fact, or none; every one where there is no record."""
        for (field, column), fact in zip(self._fields.items(), facts, strict=True):
            if fact and (number is None or column[_FACT * number : _FACT * (number + 1)] != _short(fact)):
                yield field


class _Texts:
    """A list of texts without an object for each."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("q")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        start = self._ends[number - 1] if number else 0
        return self._bytes[start : self._ends[number]].decode("utf-8", "surrogatepass")

    def append(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))


def folded(name: str) -> str:
    """Equal for names that differ in case and blanks alone."""
    return " ".join(name.split()).casefold()


def _short(fact: str) -> bytes:
    # Zeros stand where nothing was told.
    return (hash(folded(fact)) % _FACTS_APART + 1).to_bytes(_FACT)
