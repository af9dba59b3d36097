"""Columns that claim fields, and which of them gets which: the better claim, in whatever order they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tiketti_migrate_csv.content import Cells
from tiketti_migrate_csv.fields import EXTRA, IGNORE
from tiketti_migrate_csv.naming import distinct

__all__ = ["Claim", "Column", "settle"]


@dataclass(frozen=True)
class Claim:
    """That a column is a field; ``repeated`` is the same for columns that may be that field together.

    Of two equally sure columns the one with the smaller ``rank`` has the more usual word.
    """

    field: str
    confidence: float
    reason: str
    rank: int = 0
    repeated: str | None = None


@dataclass(frozen=True)
class Column:
    """A column, how its cells look, what it claims to be (the surest first) and why it is extra otherwise."""

    header: str
    index: int
    cells: Cells
    claims: tuple[Claim, ...]
    otherwise: str

    def weight(self, claim: Claim) -> tuple[object, ...]:
        """Greater is better: cells at all, then the surer name; the index only parts columns alike in all."""
        return (self.cells.filled > 0, claim.confidence, -claim.rank, self.cells, self.header, -self.index)

    def claiming(self, claims: Sequence[Claim], otherwise: str | None = None) -> "Column":
        """The same column with other claims."""
        return replace(self, claims=tuple(claims), otherwise=otherwise or self.otherwise)


def settle(columns: Sequence[Column]) -> tuple[list[tuple[Column, Claim]], dict[int, str]]:
    """The claims that are granted, and by index why columns that lost their first one did.

    Who loses a field tries its next claim. That is the deferred acceptance of stable matching: its outcome
    does not depend on the order of the columns.
    """
    holders: dict[str, tuple[Column, Claim]] = {}
    granted: list[tuple[Column, Claim]] = []
    waiting = [(column, 0) for column in columns if column.claims]
    while waiting:
        column, turn = waiting.pop()
        claim = column.claims[turn]
        loser: tuple[Column, int] | None = None
        if claim.field in (EXTRA, IGNORE):
            granted.append((column, claim))
        elif _is_better(column, claim, holders.get(claim.field)):
            held = holders.get(claim.field)
            loser = None if held is None else (held[0], held[0].claims.index(held[1]))
            holders[claim.field] = (column, claim)
        else:
            loser = (column, turn)
        if loser is not None and loser[1] + 1 < len(loser[0].claims):
            waiting.append((loser[0], loser[1] + 1))
    granted += [*holders.values(), *_repetitions(columns, holders)]
    return granted, _losses(columns, holders)


def _is_better(column: Column, claim: Claim, holder: tuple[Column, Claim] | None) -> bool:
    return holder is None or column.weight(claim) > holder[0].weight(holder[1])


def _repetitions(
    columns: Sequence[Column], holders: dict[str, tuple[Column, Claim]]
) -> Iterator[tuple[Column, Claim]]:
    """The further columns of a field that a table repeats (``Comment``, ``Comment``, ``Comment.2``)."""
    held = {column.index for column, _ in holders.values()}
    for column in columns:
        claim = column.claims[0] if column.claims else None
        if claim is None or column.index in held or claim.repeated is None:
            continue
        holder = holders.get(claim.field)
        if holder is not None and holder[1].repeated == claim.repeated:
            yield column, claim


def _losses(columns: Sequence[Column], holders: dict[str, tuple[Column, Claim]]) -> dict[int, str]:
    losses = {}
    names = dict(zip([c.index for c in columns], distinct([c.header for c in columns]), strict=True))
    for column in columns:
        wanted = column.claims[0].field if column.claims else None
        if wanted in holders:
            losses[column.index] = f"column “{names[holders[wanted][0].index]}” is the better {wanted}"
    return losses
