"""Load: everything staged goes into the target, once."""

import threading
from dataclasses import dataclass

from tiketti_migrate.api import Sink
from tiketti_migrate.load.coordinator import Coordinator
from tiketti_migrate.load.options import LoadOptions
from tiketti_migrate.progress import Progress
from tiketti_migrate.store import Ledger, Tally

__all__ = ["Loaded", "load"]


@dataclass(frozen=True)
class Loaded:
    """Where the workspace stands after a run. ``complete``: nothing failed, nothing is in doubt."""

    tallies: tuple[Tally, ...]

    @property
    def complete(self) -> bool:
        """True when nothing needs a person's attention."""
        return not any(tally.failed or tally.in_doubt for tally in self.tallies)


def load(
    ledger: Ledger, sink: Sink, options: LoadOptions, progress: Progress, stopping: threading.Event
) -> Loaded:
    """Write what is pending, settle what is in doubt. Raises Stopped; running it again goes on."""
    ledger.put("begun", "yes")
    ledger.lanes.arrange(options.order)
    still_open, total = ledger.lanes.count(options.limit)
    progress.phase("Tickets", total, "ticket", done=total - still_open)
    try:
        Coordinator(ledger, sink, options, progress, stopping).run()
    finally:
        progress.finish()
    if options.limit is None:
        ledger.skip_leftovers(_unused(options), "no ticket needs it")
    ledger.note_loaded()
    return Loaded(tuple(ledger.views.tallies()))


def _unused(options: LoadOptions) -> list[str]:
    return [kind for kind in ("contact", "label") if getattr(options, f"{kind}s") == "used"]
