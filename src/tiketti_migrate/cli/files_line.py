"""Where attachments stand, in one line."""

from collections.abc import Mapping

from tiketti_migrate.sizes import human_size
from tiketti_migrate.store import FilesTally

__all__ = ["files_line"]

_WORDS = {
    "done": "kept",
    "pending": "waiting",
    "failed": "could not be fetched",
    "linked": "linked",
    "skipped": "left out",
}


def files_line(tallies: Mapping[str, FilesTally]) -> str | None:
    """By state; None when there are none."""
    parts = [
        f"{tallies[state].files:,} {words}" + (f" ({human_size(tallies[state].bytes)})" * (state == "done"))
        for state, words in _WORDS.items()
        if state in tallies
    ]
    return f"Attachments: {', '.join(parts)}" if parts else None
