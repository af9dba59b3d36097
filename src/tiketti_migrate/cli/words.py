"""Numbers and foreign text as people can read them."""

import unicodedata
from collections.abc import Mapping

__all__ = ["duration", "options_line", "printable"]


def printable(text: str, limit: int = 2000) -> str:
    """Text from outside, harmless on a terminal: no control characters, no reversed direction."""
    return "".join(c if c == "\n" or unicodedata.category(c)[0] != "C" else " " for c in text[:limit])


def options_line(chosen: Mapping[str, str]) -> str:
    """``Options: --labels off, --adopt-existing``; empty when all are the defaults."""
    flags = ", ".join(f"{flag} {value}".rstrip() for flag, value in chosen.items())
    return f"Options: {flags}" if flags else ""


def duration(seconds: float) -> str:
    """2 h 4 min; 3 min 20 s; 12 s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
