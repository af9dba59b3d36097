"""Values of an export, whatever type they came as."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dateutil import parser as dateutil_parser

__all__ = ["identifier", "items", "leftovers", "moment", "text"]

# Control characters other than tab and line breaks mean nothing in a text and harm terminals and databases.
_CONTROLS = dict.fromkeys([c for c in range(32) if c not in (9, 10, 13)] + [127])


def text(value: Any) -> str:
    """A string without control characters and lone surrogates; "" for what is none."""
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return ""
    clean = str(value).translate(_CONTROLS)
    return clean.encode("utf-8", "replace").decode("utf-8")


def identifier(value: Any) -> str | None:
    """An id as a string (they come as integers, strings and UUIDs); None for none."""
    found = text(value).strip()[:200] if isinstance(value, int | str) else ""
    return found or None


def items(value: Any) -> list[Any]:
    """A list, or nothing."""
    return value if isinstance(value, list) else []


def moment(value: Any) -> datetime | None:
    """ISO 8601, and the older ``2016-04-28T11:19:34 -10:00``; without an offset it is UTC."""
    words = text(value).strip()
    if not words or len(words) > 64:
        return None
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        try:
            found = dateutil_parser.isoparse(words.replace(" ", ""))
        except (ValueError, OverflowError):
            return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        found.timestamp()
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def leftovers(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Fields without a home in Tiketti that are set: kept, so that nothing is lost silently."""
    return {name: data[name] for name in names if data.get(name) not in (None, "", [], {}, False)}
