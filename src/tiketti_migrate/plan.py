"""The plan: what an import will do, how many requests it takes and how long that is at the limit."""

from pydantic import BaseModel, ConfigDict

from tiketti_migrate.api import Sink
from tiketti_migrate.load import Prepared
from tiketti_migrate.store import Ledger

__all__ = ["Plan", "make_plan"]


class Plan(BaseModel):
    """``records`` staged by kind; ``requests`` in all, preflight and auth calls included; ``seconds`` at the
    limit of the target.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    target: str
    organization: str | None
    records: dict[str, int]
    writes: dict[str, int]
    adopted: dict[str, int]
    requests: int
    seconds: int
    warnings: tuple[str, ...]


def make_plan(ledger: Ledger, sink: Sink, prepared: Prepared) -> Plan:
    """From a ledger that was staged and prepared."""
    counts = ledger.views.counts()
    requests = prepared.requests + sum(prepared.writes.values())
    per_minute = sink.requests_per_minute
    seconds = requests / per_minute * 60 if per_minute else 0.0
    requests += sink.renewals(seconds)
    dying = sink.life_warning(seconds)
    problems = [f"{count} x {code} in the source" for code, count in sorted(ledger.views.problems().items())]
    warnings = ledger.views.warning_count()
    if warnings:
        problems.append(f"{warnings} records were converted with a warning: see report.html")
    return Plan(
        source=ledger.get("source") or "",
        target=prepared.target,
        organization=prepared.organization,
        records={kind: sum(states.values()) for kind, states in counts.items()},
        writes=prepared.writes,
        adopted=prepared.adopted,
        requests=requests,
        seconds=round(seconds),
        warnings=(*prepared.warnings, *((dying,) if dying else ()), *problems),
    )
