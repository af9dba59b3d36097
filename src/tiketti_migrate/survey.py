"""Survey: what a staged source holds, for inspect."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tiketti_migrate.store import Ledger

__all__ = ["Survey", "survey", "unknown_words"]

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
    grouped = ledger.views.grouped_warnings()
    warnings = [f"{count} x {text}" if count > 1 else text for text, count in grouped.most_common()]
    problems = [f"{code} {place}: {text}" for code, place, text in ledger.views.problem_list()]
    return Survey(
        records={kind: sum(states.values()) for kind, states in ledger.views.counts().items()},
        first=first,
        last=last,
        agents=ledger.views.agent_load(),
        sample=ledger.views.subjects(_SAMPLE),
        unmapped=unknown_words(ledger),
        warnings=[*problems, *warnings][:_LISTED_WARNINGS],
    )


def unknown_words(ledger: Ledger) -> dict[str, dict[str, int]]:
    """Values that a default stands for, by field, with their number.

    A source warns of one as ``unknown <field> word '<value>': taken as <default>``.
    """
    unmapped: dict[str, dict[str, int]] = {}
    for text, count in ledger.views.grouped_warnings().items():
        field, _, value = text.partition(" word ")
        if value and field.startswith("unknown "):
            word = value.rpartition(":")[0].strip("'\" ")
            words = unmapped.setdefault(field.removeprefix("unknown "), {})
            words[word] = words.get(word, 0) + count
    return unmapped
