"""``--since``: which tickets are wanted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.values import text

__all__ = ["wanted"]

_SETTLED = frozenset({"solved", "closed", "deleted"})


def wanted(raw: Mapping[str, Any], since: datetime | None) -> bool:
    """Whether a ticket was updated at or after ``since`` or is unsolved; one without a readable date is."""
    if since is None or text(raw.get("status")).strip().lower() not in _SETTLED:
        return True
    updated = moment(raw.get("updated_at")).at or moment(raw.get("created_at")).at
    return updated is None or updated >= since
