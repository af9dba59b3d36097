"""Survey: what a staged source holds, for inspect."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tiketti_migrate.store import Ledger

__all__ = ["Survey", "survey"]

_SAMPLE = 5
_LISTED_WARNINGS = 50


@dataclass(frozen=True)
class Survey:
    """``agents``: (name, tickets assigned). ``unmapped``: values that a default stands for, by field."""

    records: dict[str, int]
    first: datetime | None
    last: datetime | None
    agents: list[tuple[str, int]]
    sample: list[str]
    unmapped: dict[str, dict[str, int]]
    warnings: list[str]

    def as_json(self) -> dict[str, Any]:
        """The shape of ``inspect --json`` (design.md section 8)."""
        return {
            "records": self.records,
            "unmapped": self.unmapped,
            "warnings": self.warnings,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "agents": dict(self.agents),
            "sample": self.sample,
        }


def survey(ledger: Ledger) -> Survey:
    """Of a ledger that was staged."""
    first, last = ledger.views.ticket_span()
    grouped = Counter(warning for _, _, warning in ledger.views.warnings(100_000))
    warnings = [f"{count} x {text}" if count > 1 else text for text, count in grouped.most_common()]
    problems = [f"{code} {place}: {text}" for code, place, text in ledger.views.problem_list()]
    unmapped: dict[str, dict[str, int]] = {}
    for text, count in grouped.items():
        field, _, value = text.partition(" word ")
        if value and field.startswith("unknown "):
            name = field.removeprefix("unknown ")
            unmapped.setdefault(name, {})[value.split(":")[0].strip("'\" ")] = count
    return Survey(
        records={kind: sum(states.values()) for kind, states in ledger.views.counts().items()},
        first=first,
        last=last,
        agents=ledger.views.agent_load(),
        sample=ledger.views.subjects(_SAMPLE),
        unmapped=unmapped,
        warnings=[*problems, *warnings][:_LISTED_WARNINGS],
    )
