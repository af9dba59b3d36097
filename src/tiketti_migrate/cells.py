"""Text in a CSV cell: what a spreadsheet would take for a formula is made text, and read back as it was.

OWASP, "CSV Injection": a cell that begins with one of ``= + - @`` or a tab or carriage return may be
executed by whatever opens the file. An apostrophe before it makes it text.
"""

import re

__all__ = ["guarded", "unguarded"]

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guarded(text: str) -> str:
    """The text as it may stand in a cell."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The text behind a cell that `guarded` made."""
    return cell[1:] if _GUARDED.match(cell) else cell
