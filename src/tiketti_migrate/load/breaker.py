"""Stops a run that only collects failures (design.md section 7, rule 10)."""

from tiketti_migrate.errors import AccessDenied, RefusedTooOften, Stopped

__all__ = ["Breaker"]

_EQUAL_FAILURES = 20
_FORBIDDEN_IN_A_ROW = 5


class Breaker:
    """Counts equal refusals since the last success, each cause by itself: kinds that take turns to fail must
    not hide one another. ``forbidden``: it stopped the run for lack of rights, which says nothing about the
    records; ``rows`` are those that it cost.
    """

    def __init__(self) -> None:
        self.forbidden = False
        self.rows: list[int] = []
        self._kinds: set[str] = set()
        self._equal: dict[tuple[str, str], int] = {}

    def succeeded(self) -> None:
        """A write was done: whatever failed before was about its record."""
        self._equal.clear()
        if not self.forbidden:
            self.rows.clear()
            self._kinds.clear()

    def refused(self, row: int, kind: str, code: str, status: int, words: str) -> Stopped | None:
        """Another refusal; the reason to stop when there were too many equal ones."""
        if status == 403:
            self.rows.append(row)
            self._kinds.add(kind)
            if len(self.rows) >= _FORBIDDEN_IN_A_ROW:
                return self._forbids(words)
        count = self._equal[kind, code] = self._equal.get((kind, code), 0) + 1
        if count >= _EQUAL_FAILURES:
            return RefusedTooOften(
                f"{count} {kind} writes in a row were refused with {code}: {words}",
                hint="see failed.csv; once mended, run retry, or run the same command to go on without them",
            )
        return None

    def _forbids(self, words: str) -> Stopped:
        self.forbidden = True
        what = next(iter(self._kinds)) if len(self._kinds) == 1 else "write"
        return AccessDenied(
            f"Tiketti forbids every {what}: {words}",
            hint="use the token of somebody who may write it, then run the same command again",
        )
