"""How a load is to be carried out."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tiketti_migrate.store import LaneOrder

__all__ = ["MOST_WORKERS", "LoadOptions"]

MOST_WORKERS = 32


class LoadOptions(BaseModel):
    """Options of every command that writes (design.md sections 7 and 8)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int | None = Field(default=None, ge=1, description="Only the first N tickets with all they need.")
    workers: int = Field(
        default=MOST_WORKERS, ge=1, le=MOST_WORKERS, description="Requests side by side, at most."
    )
    settle: float | None = Field(
        default=None,
        ge=0,
        description="Seconds after which a lost write counts as not done [10 after a disconnect, 60 after"
        " a timeout].",
    )
    order: LaneOrder = Field(default="default", description="Which tickets go first [unsolved, then oldest].")
    contacts: Literal["all", "used"] = Field(
        default="all", description="Import contacts that no ticket needs, too."
    )
    labels: Literal["all", "used", "off"] = Field(
        default="all", description="Import labels that no ticket needs, too; off: none."
    )
    adopt_existing: bool = Field(
        default=False, description="Take over what an earlier import of this source left in the account."
    )
    patience: float = Field(
        default=7200, ge=0, description="Seconds to wait for a server that does not answer, in all."
    )

    def settle_after(self, doubt: str | None) -> float:
        """Seconds after the mark from which "absent" is believed (design.md section 2)."""
        if self.settle is not None:
            return self.settle
        return 60.0 if doubt == "timeout" else 10.0

    @property
    def leftovers(self) -> tuple[str, ...]:
        """Shared kinds of which also the unused are written, in order."""
        if self.limit is not None:
            return ()
        kinds = ["company"]
        if self.contacts == "all":
            kinds.append("contact")
        if self.labels == "all":
            kinds.append("label")
        return tuple(kinds)
