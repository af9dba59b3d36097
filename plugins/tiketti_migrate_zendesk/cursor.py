"""How far an extraction came."""

from dataclasses import dataclass

import orjson

__all__ = ["Cursor"]

# Another version of this plugin reads other things out of the same lines: its cursors are no good here.
_VERSION = 1


@dataclass(frozen=True)
class Cursor:
    """Go on in part ``part`` behind line ``line``, which ends at byte ``offset``."""

    fingerprint: str
    part: int = 0
    line: int = 0
    offset: int = 0

    def dump(self) -> str:
        """As it is kept in the ledger."""
        return orjson.dumps([_VERSION, self.fingerprint, self.part, self.line, self.offset]).decode()

    @classmethod
    def load(cls, words: str | None, fingerprint: str) -> "Cursor | None":
        """None for a cursor of other files: then all is read again, which is harmless."""
        try:
            version, of, part, line, offset = orjson.loads(words or "")
        except (ValueError, TypeError):
            return None
        numbers = (part, line, offset)
        if (
            version != _VERSION
            or of != fingerprint
            or not all(isinstance(n, int) and n >= 0 for n in numbers)
        ):
            return None
        return cls(fingerprint, part, line, offset)
