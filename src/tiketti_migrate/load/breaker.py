"""Stops a run that only collects failures (design.md section 7, rule 10)."""

from tiketti_migrate.errors import AccessDenied, RefusedTooOften, Stopped

__all__ = ["Breaker"]

_EQUAL_FAILURES = 20
_FORBIDDEN_IN_A_ROW = 5


class Breaker:
    """Counts equal refusals since the last success. ``forbidden``: it stopped the run for lack of rights,
    which says nothing about the records.
    """

    def __init__(self) -> None:
        self.forbidden = False
        self._cause: tuple[str, str] | None = None
        self._rows: list[int] = []

    @property
    def rows(self) -> list[int]:
        """The rows of the running streak."""
        return list(self._rows)

    def succeeded(self) -> None:
        """A write was done: whatever failed before was about its record."""
        self._cause, self._rows = None, []

    def refused(self, row: int, kind: str, code: str, status: int, words: str) -> Stopped | None:
        """Another refusal; the reason to stop when there were too many equal ones."""
        if (kind, code) != self._cause:
            self._cause, self._rows = (kind, code), []
        self._rows.append(row)
        if status == 403 and len(self._rows) >= _FORBIDDEN_IN_A_ROW:
            self.forbidden = True
            return AccessDenied(
                f"Tiketti forbids every {kind}: {words}",
                hint="use the token of somebody who may write it, then run the same command again",
            )
        if len(self._rows) >= _EQUAL_FAILURES:
            return RefusedTooOften(
                f"{len(self._rows)} {kind} writes in a row were refused with {code}: {words}",
                hint="see failed.csv; once mended, run retry, or run the same command to go on without them",
            )
        return None
