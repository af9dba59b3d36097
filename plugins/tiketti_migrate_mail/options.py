"""What a user says about mail, wherever it lies."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from tiketti_migrate.moments import GivenDate

__all__ = ["MailOptions"]

_OURS = re.compile(r"(?:[^@\s<>,;]{1,64})?@[^@\s<>,;]{1,255}")


class MailOptions(BaseModel):
    """How mails become tickets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    our_address: tuple[str, ...] = Field(
        default=(),
        description="An address of yours (support@acme.com), or all of a domain (@acme.com): mails from it"
        " are replies, not requests. May be repeated; without it they are guessed and shown.",
    )
    since: GivenDate | None = Field(
        default=None,
        description="Only threads with a mail of or after this date (2024-01-31, UTC), and every one that is"
        " not solved.",
    )
    before: GivenDate | None = Field(default=None, description="Only mails from before this date.")
    from_: tuple[str, ...] = Field(
        default=(),
        description="Only threads begun by this address or domain (@example.com). May be repeated.",
    )
    thread_by: Literal["headers", "subject", "none"] = Field(
        default="headers",
        description="What makes one ticket of several mails: the headers by which a mail names those it"
        " answers; where it has none, also the same subject among the same people within two weeks; nothing.",
    )
    split_after: int | None = Field(
        default=None, ge=1, le=36500, description="A reply after so many days of silence begins a new ticket."
    )
    quotes: Literal["trim", "keep"] = Field(
        default="trim",
        description="What a mail quotes is cut off where the mail that it answers is in the same ticket,"
        " or stays.",
    )
    originals: bool = Field(
        default=False,
        description="Keep each mail as it came, as an attachment of its message (.eml); where customers can"
        " read it, without the field Bcc.",
    )
    bounces: Literal["note", "skip"] = Field(
        default="note", description="Bounces and automatic replies become internal notes, or are left out."
    )
    folder_labels: bool = Field(
        default=True,
        description="Whether folders (but inbox, sent and the like) and Gmail's labels become labels.",
    )
    answered_status: Literal["open", "pending", "resolved", "closed"] | None = Field(
        default=None,
        description="The status of a thread that waits for you, but is marked as answered in the mailbox.",
    )
    flagged_priority: Literal["low", "normal", "high", "urgent"] | None = Field(
        default=None, description="The priority of a thread with a flagged (starred) mail."
    )
    closed_before: GivenDate | None = Field(
        default=None, description="Threads whose last mail is older are closed, whoever wrote it."
    )
    assign: Literal["replier", "nobody"] = Field(
        default="replier",
        description="A ticket is assigned to the member of yours who replied last, or to nobody.",
    )
    largest_mail: int = Field(
        default=50,
        ge=1,
        le=200,
        description="Megabytes of a mail that are read; the rest is cut off, and told.",
    )

    @property
    def largest_bytes(self) -> int:
        """``largest_mail`` in bytes."""
        return self.largest_mail * 1_000_000

    @field_validator("our_address", "from_")
    @classmethod
    def _are_addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(one.strip().lower() for one in given)
        if not all(map(_OURS.fullmatch, found)):
            raise PydanticCustomError("address", "is no address such as support@acme.com, or @acme.com")
        return found
