"""The server's words in a refusal, made short and harmless."""

from collections.abc import Mapping
from typing import Any

from tiketti_migrate.errors import Refused

__all__ = ["refusal", "shortened"]

_MOST_WORDS = 500


def shortened(text: Any, limit: int = _MOST_WORDS) -> str:
    """Text of the server for people: printable, on one line, not too long."""
    clean = "".join(c if c.isprintable() else " " for c in str(text)[: 4 * limit])
    folded = " ".join(clean.split())
    return folded if len(folded) <= limit else folded[: limit - 3] + "..."


def refusal(status: int, body: Mapping[str, Any] | None) -> Refused:
    """A 3xx or 4xx answer; ``body`` as in tiketti-api.md, "Envelope", or anything else."""
    error = body.get("error") if body else None
    said = error if isinstance(error, dict) else {}
    code = shortened(said.get("code") or f"HTTP_{status}", 80)
    message = shortened(said.get("message") or f"the server answered {status}")
    details = said.get("details")
    if isinstance(details, dict) and details:
        message = shortened(f"{message} {details}")
    hint = None
    if 300 <= status < 400:
        hint = "the base URL is redirected elsewhere; give its final address with --base-url"
    return Refused(message, status=status, code=code, hint=hint)
