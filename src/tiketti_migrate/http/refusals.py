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


def _without(secrets: tuple[str, ...], text: Any) -> str:
    words = str(text)
    for secret in secrets:
        words = words.replace(secret, "***")
    return words


def refusal(status: int, body: Mapping[str, Any] | None, hide: tuple[str, ...] = ()) -> Refused:
    """A 3xx or 4xx answer; ``body`` as in tiketti-api.md, "Envelope", or anything else.

    ``hide``: secrets of the request, taken out of what the server says.
    """
    error = body.get("error") if body else None
    said = error if isinstance(error, dict) else {}
    code = shortened(_without(hide, said.get("code") or f"HTTP_{status}"), 80)
    message = _without(hide, said.get("message") or f"the server answered {status}")
    details = said.get("details")
    if isinstance(details, dict) and details:
        message = f"{message} {_without(hide, details)}"
    message = shortened(message)
    hint = None
    if 300 <= status < 400:
        hint = "the base URL is redirected elsewhere; give its final address with --base-url"
    return Refused(message, status=status, code=code, hint=hint)
