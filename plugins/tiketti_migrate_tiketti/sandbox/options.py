"""How a sandbox behaves; the fields are the flags of ``tiketti-migrate sandbox``."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from .faults import parse_faults
from .limits import parse_limit

__all__ = ["SandboxOptions"]


class SandboxOptions(BaseModel):
    """Wrong values raise ``pydantic.ValidationError``, which is a ValueError."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: int = Field(default=0, ge=0, le=65535, description="Port on 127.0.0.1; 0 takes a free one.")
    state: Path | None = Field(
        default=None,
        description="File that keeps the data between runs; without it all is gone at the end.",
    )
    limit: str = Field(
        default="100/60",
        description="Rate limit of an API key, as REQUESTS/SECONDS; 'off' limits nothing.",
    )
    window: Literal["fixed", "sliding"] = Field(
        default="fixed",
        description="Whether the rate limit counts in fixed windows or in a sliding one.",
    )
    rate_headers: bool = Field(default=True, description="Send the X-RateLimit headers.")
    retry_after: bool = Field(default=False, description="Send Retry-After with 429.")
    latency: float = Field(
        default=0.0,
        ge=0,
        description="Seconds a request takes, half of them before the work, half after it.",
    )
    skew: float = Field(
        default=0.0, description="Seconds by which the server's clock is ahead (negative: behind)."
    )
    faults: str = Field(
        default="",
        description="Seeded faults as NAME=PROBABILITY parted by commas, such as"
        " 'seed=7,drop-after=0.05,error-before=0.02,hang-seconds=130'.",
    )
    token_lifetime: int = Field(default=900, ge=1, description="Seconds an access token lives.")
    refresh_lifetime: int = Field(default=604_800, ge=1, description="Seconds a refresh token lives.")
    conflict_status: Literal[400, 409, 422] = Field(
        default=422,
        description="Status with which a taken e-mail address or label name is refused.",
    )
    attachment_token: bool = Field(
        default=False, description="Ask for the access token when files are fetched."
    )

    @field_validator("limit")
    @classmethod
    def _limit_is_readable(cls, value: str) -> str:
        parse_limit(value)
        return value

    @field_validator("faults")
    @classmethod
    def _faults_are_known(cls, value: str) -> str:
        parse_faults(value)
        return value
