"""Survey: what a staged source holds, for inspect."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tiketti_migrate.store import AgentLoad, Failing, FilesTally, Ledger, Merge, Preview

__all__ = ["Survey", "survey", "unknown_words"]

_SAMPLE = 5
_LISTED_WARNINGS = 50
_LISTED_MERGES = 10
_EXAMPLES = 3


@dataclass(frozen=True)
class Survey:
    """``agents`` with what is theirs. ``preview``: the first tickets as they will be. ``unmapped``:
    values that a default stands for, by field. ``problems`` of the source by code, with ``examples``;
    ``lost``: how many records stay behind because of them. ``merges``: the first of ``merge_count`` objects
    that several records become. ``attachments``: their number, and their bytes as far as they are known.
    """

    records: dict[str, int]
    first: datetime | None
    last: datetime | None
    agents: list[AgentLoad]
    preview: list[Preview]
    unmapped: dict[str, dict[str, int]]
    problems: dict[str, int]
    lost: int
    examples: dict[str, list[str]]
    failing: list[Failing]
    merge_count: int
    merges: list[Merge]
    warnings: list[str]
    attachments: FilesTally

    def as_json(self) -> dict[str, Any]:
        """The shape of ``inspect --json`` (design.md section 8)."""
        return {
            "records": self.records,
            "unmapped": self.unmapped,
            "warnings": self.warnings,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "agents": [_agent(one) for one in self.agents],
            "sample": [ticket.subject for ticket in self.preview],
            "preview": [_plain(ticket) for ticket in self.preview],
            "problems": self.problems,
            "lost": self.lost,
            "failing": [asdict(failing) for failing in self.failing],
            "attachments": self.attachments._asdict(),
            "duplicates": {"count": self.merge_count, "examples": [asdict(merge) for merge in self.merges]},
        }


def survey(ledger: Ledger) -> Survey:
    """Of a ledger that was staged."""
    first, last = ledger.views.ticket_span()
    grouped = ledger.views.grouped_warnings()
    warnings = [f"{count} x {text}" if count > 1 else text for text, count in grouped.most_common()]
    listed = ledger.problems.listing()
    unknown = [
        f"the source has no user {author}, who wrote {count:,} messages"
        for author, count in ledger.outlook.unknown_authors(_LISTED_WARNINGS)
    ]
    problems = [f"{code} {place}: {text}" for code, place, text in listed]
    merge_count, merges = ledger.outlook.merges(_LISTED_MERGES)
    examples: dict[str, list[str]] = {}
    for code, place, text in listed:
        examples.setdefault(code, []).append(f"{place}: {text}")
    return Survey(
        records={kind: sum(states.values()) for kind, states in ledger.views.counts().items()},
        first=first,
        last=last,
        agents=ledger.staff.load(),
        preview=ledger.views.preview(_SAMPLE),
        unmapped=unknown_words(ledger),
        problems=dict(ledger.problems.counts()),
        lost=ledger.problems.lost,
        examples={code: places[:_EXAMPLES] for code, places in examples.items()},
        failing=ledger.outlook.failing(),
        merge_count=merge_count,
        merges=merges,
        warnings=[*problems, *unknown, *warnings][:_LISTED_WARNINGS],
        attachments=ledger.files.to_fetch(),
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


def _agent(agent: AgentLoad) -> dict[str, Any]:
    fields = agent._asdict()
    return {"id": fields.pop("source_id"), **fields}


def _plain(ticket: Preview) -> dict[str, Any]:
    created_at = ticket.created_at.isoformat() if ticket.created_at else None
    return {**ticket._asdict(), "created_at": created_at}
