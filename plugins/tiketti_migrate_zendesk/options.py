"""What a user says about a Zendesk account: where its export lies, or that it is read over the API."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tiketti_migrate.http import is_loopback
from tiketti_migrate.moments import GivenDate

__all__ = ["ZendeskOptions"]

_SUBDOMAIN = re.compile(
    r"(?:https://)?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.zendesk\.com)?/?", re.IGNORECASE
)


class ZendeskOptions(BaseModel):
    """Where the account is, files or a subdomain, and what becomes of what Tiketti has no field for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: tuple[Path, ...] = Field(
        default=(),
        description="Folders or files of the account's JSON export: tickets with their comments,"
        " users, organizations, ticket fields.",
    )
    subdomain: str | None = Field(
        default=None,
        description="Read the account over its API instead of files: acme for acme.zendesk.com, with"
        " ZENDESK_EMAIL and ZENDESK_API_TOKEN (or ZENDESK_OAUTH_TOKEN) of an admin in the environment.",
    )
    since: GivenDate | None = Field(
        default=None,
        description="Only tickets updated at or after this date (2024-01-31, UTC), and every unsolved one.",
    )
    api_base: str | None = Field(
        default=None,
        description="Where a double of the API listens on this machine.",
        json_schema_extra={"hidden": True},
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

    @field_validator("subdomain")
    @classmethod
    def _bare(cls, given: str | None) -> str | None:
        found = _SUBDOMAIN.fullmatch(given.strip()) if given is not None else None
        if given is not None and found is None:
            raise PydanticCustomError("subdomain", "is no subdomain such as acme or acme.zendesk.com")
        return found[1].lower() if found else None

    @field_validator("api_base")
    @classmethod
    def _on_this_machine(cls, given: str | None) -> str | None:
        if given is not None and not is_loopback(urlsplit(given).hostname or ""):
            raise PydanticCustomError("api_base", "is not on this machine")
        return given

    @model_validator(mode="after")
    def _either(self) -> "ZendeskOptions":
        if self.paths and self.subdomain:
            raise PydanticCustomError("both", "give either files of an export or --subdomain, not both")
        if not self.paths and not self.subdomain:
            words = "PATHS is missing: name files or folders of an export, or the account with --subdomain"
            raise PydanticCustomError("neither", words)
        return self
