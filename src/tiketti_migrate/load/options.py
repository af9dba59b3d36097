"""How a load is to be carried out."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from tiketti_migrate.store import LaneOrder, Mode

__all__ = ["MOST_WORKERS", "LoadOptions", "public_address"]

MOST_WORKERS = 32
_LABELS = ("all", "used", "off", "map")
_TOP = re.compile(r"top:([1-9][0-9]{0,8})")


def _label_choice(text: str) -> str:
    word = text.strip().casefold()
    if word not in _LABELS and not _TOP.fullmatch(word):
        raise ValueError(
            f"{text!r} is none of all, used, off, map, and top:N with a number from 1, as top:100"
        )
    return word


_LONGEST_BASE_URL = 500
_LAST_PORT = 65_535
# No name and password before the host: they would stand in every message.
_NAMED = re.compile(
    r"https://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::([1-9][0-9]{0,4}))?(?:/[^@]*)?", re.IGNORECASE
)


def public_address(text: str) -> str:
    """An https:// address that names of files can be put behind; empty for none. Raises ValueError."""
    address = text.strip()
    if not address:
        return ""
    is_plain = address.isascii() and address.isprintable() and not any(c in address for c in " <>\"'`\\?#")
    named = _NAMED.fullmatch(address)
    if not (is_plain and named and int(named[1] or 1) <= _LAST_PORT) or len(address) > _LONGEST_BASE_URL:
        raise ValueError("must look like https://files.example.com/acme")
    return address.rstrip("/")


_LASTING: dict[str, JsonValue] = {"lasting": True}


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
    order: LaneOrder = Field(
        default="default",
        description="Which tickets go first [unsolved, then oldest].",
        json_schema_extra=_LASTING,
    )
    contacts: Literal["all", "used"] = Field(
        default="all",
        description="Import contacts that no ticket needs, too.",
        json_schema_extra=_LASTING,
    )
    labels: Annotated[str, AfterValidator(_label_choice)] = Field(
        default="all",
        description="Which labels: all, used (by a ticket), top:N (the N most used), map (those that the"
        " mapping file names), off (none).",
        json_schema_extra=_LASTING | {"words": [*_LABELS, "top:N"]},
    )
    missing_email: Literal["placeholder", "skip"] = Field(
        default="placeholder",
        description="Contacts without an e-mail address get one that can receive nothing, or are left out"
        " with the tickets they asked.",
        json_schema_extra=_LASTING,
    )
    adopt_existing: bool = Field(
        default=False,
        description="Take over what an earlier import of this source left in the account.",
        json_schema_extra=_LASTING,
    )
    patience: float = Field(
        default=7200, ge=0, description="Seconds to wait for a server that does not answer, in all."
    )
    attachments: Mode = Field(
        default="download",
        description="Fetch attachments first, link to where they are now, or leave them out. Those that the"
        " source itself holds, as mails do, have no address: link keeps them, too.",
    )
    attachment_limit: float = Field(
        default=100,
        gt=0,
        le=1_000_000,
        description="Megabytes that an attachment may have to be fetched, at most.",
    )
    attachment_base_url: Annotated[str, AfterValidator(public_address)] | None = Field(
        default=None,
        description="https:// address where you publish what publish-attachments makes: messages link to it.",
    )

    def settle_after(self, doubt: str | None) -> float:
        """Seconds after the mark from which "absent" is believed (design.md section 2)."""
        if self.settle is not None:
            return self.settle
        return 60.0 if doubt == "timeout" else 10.0

    @property
    def top_labels(self) -> int | None:
        """N of ``--labels top:N``."""
        found = _TOP.fullmatch(self.labels)
        return int(found[1]) if found else None

    @property
    def only_used(self) -> tuple[str, ...]:
        """Shared kinds of which nothing is written that no ticket needs."""
        kinds = {"contact": self.contacts == "used", "label": self.labels not in ("all", "off")}
        return tuple(kind for kind, only in kinds.items() if only)

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
