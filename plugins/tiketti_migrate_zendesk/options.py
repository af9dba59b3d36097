"""What a user says about a Zendesk export."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ZendeskOptions"]


class ZendeskOptions(BaseModel):
    """Where the export lies, and what becomes of what Tiketti has no field for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: tuple[Path, ...] = Field(
        min_length=1,
        description="Folders or files of the account's JSON export: tickets with their comments,"
        " users, organizations, ticket fields.",
    )
    extras: Literal["note", "label", "off"] = Field(
        default="note",
        description="Fields without a home in Tiketti (type, CCs, custom fields, ...): one internal note on"
        " each ticket that has any, labels for the short ones, or left out.",
    )
    links: Literal["on", "off"] = Field(
        default="on", description="Whether links between tickets are made to lead to the new ones."
    )
    time: Literal["updates", "total", "off"] = Field(
        default="updates",
        description="Time of the Time Tracking app: an entry for each update that the history tells and one"
        " for the rest, one entry for the total, or none.",
    )
    billable: bool = Field(default=True, description="Whether time entries are billable.")
    rate: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, description="The hourly rate of time entries; without it that of the company or member."
    )
