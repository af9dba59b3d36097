"""Options of the Tiketti sink, and the credentials that are never options."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from tiketti_migrate.errors import UsageError

__all__ = ["DEFAULT_BASE_URL", "Credentials", "TikettiOptions"]

DEFAULT_BASE_URL = "https://api.tiketti.app/api/v1"


class TikettiOptions(BaseModel):
    """What can be chosen about the target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = Field(default=None, description="Tiketti's API [TIKETTI_BASE_URL].")
    organization: str | None = Field(
        default=None, description="Id or name of the organization [TIKETTI_ORGANIZATION_ID]."
    )
    token_file: Path | None = Field(default=None, description="File (mode 0600) with the access token.")
    provenance: Literal["full", "token"] = Field(
        default="full",
        description="The line before each text: who wrote it when, or only the id.",
        json_schema_extra={"lasting": True},
    )
    long_bodies: Literal["split", "truncate", "fail"] = Field(
        default="fail",
        description="What to do with a text that Tiketti finds too long.",
        json_schema_extra={"lasting": True},
    )
    reserve: int = Field(default=0, ge=0, description="Requests a minute to leave to others.")
    answer_timeout: float = Field(
        default=120.0, gt=0, description="Seconds to wait for the answer to a write.",
        json_schema_extra={"hidden": True},
    )  # fmt: skip


class Credentials(BaseModel):
    """Who we are. Only from the environment or a private file; never shown."""

    model_config = ConfigDict(frozen=True)

    token: SecretStr | None = None
    refresh_token: SecretStr | None = None
    email: str | None = None
    password: SecretStr | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str], token_file: Path | None) -> "Credentials":
        """Raises UsageError when there are none, or when the file is not private."""
        token = environment.get("TIKETTI_TOKEN") or None
        if token_file is not None:
            token = _private_text(token_file)
        found = cls(
            token=_secret(token),
            refresh_token=_secret(environment.get("TIKETTI_REFRESH_TOKEN")),
            email=environment.get("TIKETTI_EMAIL") or None,
            password=_secret(environment.get("TIKETTI_PASSWORD")),
        )
        if not (found.token or found.refresh_token or (found.email and found.password)):
            raise UsageError(
                "no credentials for Tiketti",
                hint="set TIKETTI_EMAIL and TIKETTI_PASSWORD, or TIKETTI_TOKEN, or give --token-file",
            )
        return found


def _secret(text: str | None) -> SecretStr | None:
    return SecretStr(text.strip()) if text and text.strip() else None


def _private_text(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise UsageError("others can read the token file", where=str(path), hint=f"chmod 600 {path}")
        text = path.read_text().strip()
    except OSError as error:
        raise UsageError(f"the token file cannot be read: {error.strerror}", where=str(path)) from error
    if not text:
        raise UsageError("the token file is empty", where=str(path))
    return text
