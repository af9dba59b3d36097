"""What no text of a ticket holds, taken out of cells and named: control characters, bytes of no character."""

import re
from collections.abc import Iterator

from tiketti_migrate.api import Problem
from tiketti_migrate_csv.dialects import Row

__all__ = ["clean", "has_controls"]

_SUSPICIOUS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\udc80-\udcff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_UNREADABLE = re.compile("[\udc80-\udcff]")
# FileMaker and old word processors break lines so.
_BREAKS = str.maketrans({"\x0b": "\n", "\x0c": "\n"})


def has_controls(text: str) -> bool:
    """Whether ``clean`` would find something; line breaks and tabs are text."""
    return _SUSPICIOUS.search(text) is not None


def clean(rows: list[Row], name: str, label: str) -> list[Problem]:
    """Clean rows in place; ``label`` is the encoding for people. What was found, row by row."""
    problems: list[Problem] = []
    for at, (line, cells) in enumerate(rows):
        if any(map(has_controls, cells)):
            problems += _problems("".join(cells), f"{name}:{line}", label)
            rows[at] = (line, [_cleaned(cell) for cell in cells])
    return problems


def _cleaned(cell: str) -> str:
    return _UNREADABLE.sub("\ufffd", _CONTROL.sub("", cell.translate(_BREAKS)))


def _problems(text: str, where: str, label: str) -> Iterator[Problem]:
    count = len(_UNREADABLE.findall(text))
    if count:
        words = "1 byte is" if count == 1 else f"{count} bytes are"
        hint = "shown as \ufffd (another --encoding may fit)"
        yield Problem("UNDECODABLE", f"{words} no {label}: {hint}", where, lost=0)
    codes = sorted({f"U+{ord(found):04X}" for found in _CONTROL.findall(text)})
    if codes:
        yield Problem(
            "CONTROL_CHARACTERS", f"control characters were left out: {', '.join(codes)}", where, lost=0
        )
