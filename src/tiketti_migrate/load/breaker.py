"""Stops a run that only collects failures (design.md section 7, rule 10)."""

from collections import Counter, deque
from typing import NamedTuple

from tiketti_migrate.errors import AccessDenied, RefusedTooOften, Stopped

__all__ = ["Breaker"]

_EQUAL_FAILURES = 20
_FORBIDDEN_IN_A_ROW = 5
_REMEMBERED = 1000


class _Refusal(NamedTuple):
    number: int
    row: int
    kind: str
    code: str
    status: int


class Breaker:
    """Counts equal refusals since the last success, each cause by itself: kinds that take turns to fail must
    not hide one another. ``forbidden``: it stopped the run for lack of rights, which says nothing about the
    records.
    """

    def __init__(self) -> None:
        self.forbidden = False
        self.refusals = 0
        self._streak: deque[_Refusal] = deque(maxlen=_REMEMBERED)

    @property
    def rows(self) -> list[int]:
        """The rows of the running streak that were refused for lack of rights."""
        return [refusal.row for refusal in self._streak if refusal.status == 403]

    def succeeded(self, sent_after: int) -> None:
        """A write was done that left when ``refusals`` was so many: what failed before was about its record.

        What failed while it was on its way may have another cause.
        """
        while not self.forbidden and self._streak and self._streak[0].number <= sent_after:
            self._streak.popleft()

    def refused(self, row: int, kind: str, code: str, status: int, words: str) -> Stopped | None:
        """Another refusal; the reason to stop when there were too many equal ones."""
        self.refusals += 1
        self._streak.append(_Refusal(self.refusals, row, kind, code, status))
        if status == 403:
            kinds = Counter(refusal.kind for refusal in self._streak if refusal.status == 403)
            if kinds.total() >= _FORBIDDEN_IN_A_ROW:
                return self._forbids(kind if len(kinds) == 1 else "write", words)
        equal = sum((kind, code) == (refusal.kind, refusal.code) for refusal in self._streak)
        if equal >= _EQUAL_FAILURES:
            return RefusedTooOften(
                f"{equal} {kind} writes in a row were refused with {code}: {words}",
                hint="see failed.csv; once mended, run retry, or run the same command to go on without them",
            )
        return None

    def _forbids(self, what: str, words: str) -> Stopped:
        self.forbidden = True
        return AccessDenied(
            f"Tiketti forbids every {what}: {words}",
            hint="use the token of somebody who may write it, then run the same command again",
        )
