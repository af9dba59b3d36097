"""Which texts were seen already: in some thirty bytes a text, because there may be millions."""

from array import array

__all__ = ["Counted", "Seen"]

_FIRST_SLOTS = 1024


class Seen:
    """A set of texts that keeps their hashes alone.

    Python's hash has 64 bits and another secret in every process: two of a million texts that share one are
    less likely than a fault of the memory, and cannot be made on purpose.
    """

    def __init__(self) -> None:
        self._slots = array("q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, text: str) -> bool:
        key = hash(text) or 1
        return self._slots[_slot(self._slots, key)] == key

    def add(self, text: str) -> bool:
        """True when it is new."""
        key = hash(text) or 1
        at = _slot(self._slots, key)
        if self._slots[at] == key:
            return False
        self._slots[at] = key
        self._count += 1
        if 2 * self._count > len(self._slots):
            self._grow()
        return True

    def _grow(self) -> None:
        slots = array("q", bytes(16 * len(self._slots)))
        for key in self._slots:
            if key:
                slots[_slot(slots, key)] = key
        self._slots = slots


def _slot(slots: "array[int]", key: int) -> int:
    """Where a key is, or is to be: the number of slots is a power of two, and half of them are free."""
    mask = len(slots) - 1
    at = key & mask
    while slots[at] and slots[at] != key:
        at = (at + 1) & mask
    return at


class Counted:
    """Tells the how-manyeth of its kind a text is."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._again: dict[int, int] = {}

    def number(self, text: str) -> int:
        """1 for the first."""
        if self._seen.add(text):
            return 1
        key = hash(text)
        self._again[key] = self._again.get(key, 1) + 1
        return self._again[key]
