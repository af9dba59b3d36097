"""What a user says about a Zendesk export."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ZendeskOptions"]


class ZendeskOptions(BaseModel):
    """Where the export lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: tuple[Path, ...] = Field(
        min_length=1,
        description="Folders or files of the account's JSON export: tickets with their comments,"
        " users, organizations, ticket fields.",
    )
