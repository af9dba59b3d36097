"""Before the first write: who are we, may we, what is there already, and what will it cost."""

from pydantic import BaseModel, ConfigDict

from tiketti_migrate.api import Needs, Sink, Standing
from tiketti_migrate.errors import UsageError
from tiketti_migrate.load.agents import mapping_of, match_agents
from tiketti_migrate.load.options import LoadOptions
from tiketti_migrate.load.outage import must_answer
from tiketti_migrate.load.place import is_moved, pin_place, place_warnings
from tiketti_migrate.records import Kind
from tiketti_migrate.store import Ledger

__all__ = ["Prepared", "leave_out", "prepare"]

_ADOPTABLE: tuple[Kind, ...] = ("label", "company", "contact")
_PROBES = 2


class Prepared(BaseModel):
    """What the load is about to do.

    ``writes`` by kind, ``revisited`` of the outcomes on tickets of an earlier run. ``requests`` is what the
    sink made so far, to sign in and to find out; ``endpoints`` says on what. ``unlisted``: kinds of which it
    is not known what exists, because a conflict for each that does costs less than a list of all.
    """

    model_config = ConfigDict(frozen=True)

    target: str
    organization: str | None
    user: str | None
    writes: dict[str, int]
    revisited: int
    adopted: dict[str, int]
    requests: int
    endpoints: dict[str, int]
    unlisted: tuple[Kind, ...]
    warnings: tuple[str, ...]


def prepare(ledger: Ledger, sink: Sink, options: LoadOptions) -> Prepared:
    """Check and adopt. Raises UsageError (another target, an earlier import) or Stopped (token, role)."""
    with must_answer():
        return _prepare(ledger, sink, options)


def _prepare(ledger: Ledger, sink: Sink, options: LoadOptions) -> Prepared:
    warnings = place_warnings(ledger)
    target = sink.identity()
    ledger.pin("target", target, "use another --workspace for another account")
    leave_out(ledger, sink, options)
    ledger.lanes.arrange(options.order)
    adopted: dict[str, int] = {}
    unlisted: tuple[Kind, ...] = ()
    standing: Standing | None = None
    ahead = ledger.forecast(options.limit, options.leftovers)
    if ahead.writes:
        adopted, unlisted = _adopt(ledger, sink, ahead.writes)
        warnings += match_agents(ledger, sink, options.limit)
        if adopted:
            ahead = ledger.forecast(options.limit, options.leftovers)
        standing = _preflight(ledger, sink, options, ahead.writes)
    pin_place(ledger)
    return Prepared(
        target=target,
        organization=standing.organization if standing else None,
        user=standing.user if standing else None,
        writes=ahead.writes,
        revisited=ahead.revisited,
        adopted=adopted,
        requests=sink.requests,
        endpoints=dict(sink.requests_by_endpoint),
        unlisted=unlisted,
        warnings=(*warnings, *(standing.warnings if standing else ())),
    )


def leave_out(ledger: Ledger, sink: Sink, options: LoadOptions) -> None:
    """What the options leave out is skipped, and what those of an earlier run left out waits again.

    Raises UsageError when the labels that a mapping file names are meant, and there is none.
    """
    ledger.unskip(sink.kinds)
    if options.missing_email == "skip":
        ledger.choices.skip_without_email("--missing-email skip")
    if options.labels in ("off", "map") or options.top_labels:
        names = _named_labels(ledger) if options.labels == "map" else frozenset()
        ledger.choices.keep_labels(f"--labels {options.labels}", top=options.top_labels, names=names)


def _named_labels(ledger: Ledger) -> frozenset[str]:
    mapping = mapping_of(ledger)
    if mapping is None:
        raise UsageError("--labels map keeps the labels that a mapping file names", hint="give it with --map")
    if not mapping.label_names:
        hint = 'name those to keep, each with the name it gets: [label.values.name] has a line "vip" = "VIP"'
        raise UsageError("--labels map: the file names no label", where=mapping.file, hint=hint)
    return mapping.label_names


def _adopt(ledger: Ledger, sink: Sink, writes: dict[str, int]) -> tuple[dict[str, int], tuple[Kind, ...]]:
    """How many are there already, by kind, and the kinds of which that was not worth asking."""
    adopted: dict[str, int] = {}
    unlisted: list[Kind] = []
    for kind in _ADOPTABLE:
        if not writes.get(kind):
            continue
        existing = sink.existing(kind, writes[kind])
        if existing is None:
            unlisted.append(kind)
        elif count := ledger.adopt(kind, existing):
            adopted[kind] = count
    return adopted, tuple(unlisted)


def _preflight(ledger: Ledger, sink: Sink, options: LoadOptions, writes: dict[str, int]) -> Standing:
    probing = (ledger.get("begun") is None or is_moved(ledger)) and not options.adopt_existing
    standing = sink.preflight(Needs(writes, probes=ledger.views.probes(_PROBES) if probing else ()))
    if standing.earlier_import:
        raise UsageError(
            f"{standing.organization} already holds tickets of an earlier import of this source",
            where=", ".join(standing.earlier_import[:3]),
            hint="go on in the workspace of that import (the latest copy of it), or take them over with"
            " --adopt-existing",
        )
    return standing
