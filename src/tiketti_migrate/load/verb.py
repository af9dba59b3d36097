"""Load: everything staged goes into the target, once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from tiketti_migrate.api import Sink
from tiketti_migrate.load.coordinator import Coordinator
from tiketti_migrate.load.feed import Lane, lanes_of, notes_of
from tiketti_migrate.load.options import LoadOptions
from tiketti_migrate.load.steps import Agenda
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
    agenda = Agenda()

    def run(name: str, total: int, done: int, lanes: Iterator[Lane]) -> None:
        progress.phase(name, total, "ticket", done=done)
        try:
            Coordinator(ledger, sink, options, progress, stopping, agenda).run(lanes)
        finally:
            progress.finish()

    # A ticket has at most one write on the way: its note comes before what is new in it.
    if begun := ledger.links.count(options.limit, begun=True):
        run("Notes on links", begun, 0, notes_of(ledger, options, begun=True))
    still_open, total = ledger.lanes.count(options.limit)
    run("Tickets", total, total - still_open, lanes_of(ledger, options))
    ledger.links.skip_needless(options.limit)
    if left := ledger.links.count(options.limit):
        run("Notes on links", left, 0, notes_of(ledger, options))
    if options.limit is None:
        ledger.choices.skip_unused(options.only_used)
    ledger.note_loaded()
    return Loaded(tuple(ledger.views.tallies()))
