"""What a verb tells while it runs. The terminal draws it, a notebook may ignore it."""

from typing import Protocol

from tiketti_migrate.api import Notice

__all__ = ["Progress", "Quiet"]


class Progress(Protocol):
    """Receives the phases of a run. ``notice`` and ``warn`` may be called from any thread."""

    def phase(self, name: str, total: int | None, unit: str, done: int = 0) -> None:
        """A phase begins; ``total`` is None when it cannot be known."""

    def advance(self, count: int = 1) -> None:
        """``count`` more units of the phase are done."""

    def notice(self, notice: Notice) -> None:
        """Something passing, such as a wait with its length in seconds."""

    def warn(self, text: str) -> None:
        """Something to be remembered after the run."""

    def finish(self) -> None:
        """The phase is over."""


class Quiet:
    """Tells nobody."""

    def phase(self, name: str, total: int | None, unit: str, done: int = 0) -> None:
        """Ignored."""

    def advance(self, count: int = 1) -> None:
        """Ignored."""

    def notice(self, notice: Notice) -> None:
        """Ignored."""

    def warn(self, text: str) -> None:
        """Ignored."""

    def finish(self) -> None:
        """Ignored."""
