"""How a row moves from state to state (design.md section 2): what is asked for, and what an answer means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from tiketti_migrate.records import Record

__all__ = ["Back", "Change", "Claim", "Done", "Doubt", "Failed", "Skipped", "State"]

State = Literal["pending", "in-flight", "done", "failed", "skipped", "undone"]


@dataclass(frozen=True)
class Claim:
    """pending -> in-flight. ``carries`` is the message row that a ticket takes along as its description.

    ``unlinked``: source ids of the linked tickets whose codes are not in the text that is sent.
    """

    row: int
    carries: int | None = None
    unlinked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """-> done. ``created`` only when this workspace made the object: undo deletes nothing else.

    Of what an earlier import wrote: ``carries`` and ``unlinked`` as in a claim, ``carried`` of a message that
    is a description.
    """

    row: int
    target_id: str | None
    created: bool
    action: str
    origin: State = "in-flight"
    code: str | None = None
    status: str | None = None
    warnings: tuple[str, ...] = ()
    noted: Mapping[str, JsonValue] = field(default_factory=dict)
    carries: int | None = None
    carried: bool = False
    unlinked: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Failed:
    """-> failed, with the server's code and words."""

    row: int
    code: str
    message: str
    hint: str | None = None
    origin: State = "in-flight"


@dataclass(frozen=True)
class Back:
    """in-flight -> pending. ``attempted``: the server got it, so it may still turn up after we looked."""

    row: int
    reason: str
    attempted: bool = False
    record: Record | None = None
    warning: str | None = None
    more: tuple[Record, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """Stays in-flight; ``doubt`` says how long the server may still be at it."""

    row: int
    doubt: Literal["disconnect", "timeout"]
    reason: str


@dataclass(frozen=True)
class Skipped:
    """pending -> skipped: the sink has no such kind, or the user's rules leave it out."""

    row: int
    reason: str


Change = Done | Failed | Back | Doubt | Skipped
