"""Which texts were seen already, in some twenty bytes a text, because there may be millions."""

from array import array
from collections.abc import Sequence

__all__ = ["Counted", "Seen"]

_FIRST_SLOTS = 1024


class Seen:
    """A set of texts that keeps their hashes alone, and numbers them from 0 as they come.

    Python's hash has 64 bits and another secret in every process: two of a million texts that share one are
    less likely than a fault of the memory, and cannot be made on purpose.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._resize(_FIRST_SLOTS)

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, text: str) -> bool:
        return self.number(text) is not None

    def number(self, text: str) -> int | None:
        """None for one that was never added."""
        key, slots, hashes, mask = hash(text), self._slots, self._hashes, self._mask
        at = key & mask
        while place := slots[at]:
            if hashes[place - 1] == key:
                return place - 1
            at = (at + 1) & mask
        return None

    def add(self, text: str) -> bool:
        """True when it is new."""
        key, slots, hashes, mask = hash(text), self._slots, self._hashes, self._mask
        at = key & mask
        while place := slots[at]:
            if hashes[place - 1] == key:
                return False
            at = (at + 1) & mask
        hashes.append(key)
        slots[at] = len(hashes)
        if 3 * len(hashes) > 2 * len(slots):
            self._resize(2 * len(slots))
        return True

    def add_all(self, texts: Sequence[str]) -> int:
        """How many of them are new: the same as adding each, in half of the time."""
        while 3 * (len(self._hashes) + len(texts)) > 2 * len(self._slots):
            self._resize(2 * len(self._slots))
        slots, hashes, mask, before = self._slots, self._hashes, self._mask, len(self._hashes)
        for key in map(hash, texts):
            at = key & mask
            while place := slots[at]:
                if hashes[place - 1] == key:
                    break
                at = (at + 1) & mask
            else:
                hashes.append(key)
                slots[at] = len(hashes)
        return len(hashes) - before

    def _resize(self, size: int) -> None:
        """A slot holds the number of a text + 1, or 0; a third of them, whose number is a power of two, are
        free. The old ones are gone before there are new ones: both together would need the most memory.
        """
        self._mask = mask = size - 1
        self._slots = array("i")
        self._slots = slots = array("i", [0]) * size
        for place, key in enumerate(self._hashes, 1):
            at = key & mask
            while slots[at]:
                at = (at + 1) & mask
            slots[at] = place


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
