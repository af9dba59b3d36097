"""What a comment, a chat or a line of one says of who may read it."""

from collections.abc import Mapping
from typing import Any

from tiketti_migrate_zendesk.values import flag, text

__all__ = ["FOR_AGENTS", "FOR_CUSTOMERS", "told_public"]

# Zendesk's own key is ``public``; the others are of tools and exports by hand.
FOR_CUSTOMERS = ("public", "is_public")
FOR_AGENTS = ("private", "internal", "is_internal", "whisper")
# What tables write where there is nothing.
_NOTHING = ("", "\\N", "NULL")


def told_public(raw: Mapping[str, Any]) -> bool | None:
    """None where it does not say; what says it in no known words or contradicts itself is not public."""
    said = [flag(raw[key]) is True for key in FOR_CUSTOMERS if _says(raw.get(key))]
    private = [flag(raw[key]) is not False for key in FOR_AGENTS if _says(raw.get(key))]
    if any(private) or not all(said):
        return False
    return True if said else None


def _says(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and text(value).strip() in _NOTHING)
