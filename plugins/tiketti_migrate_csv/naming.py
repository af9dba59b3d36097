"""What the columns of a table are called where each needs a name of its own: mapping files and ``extra``."""

from collections.abc import Sequence

__all__ = ["distinct"]


def distinct(header: Sequence[str]) -> tuple[str, ...]:
    """A name a column: its header, ``Comment (2)`` for the second of that header, ``column 3`` without one.

    What is really called ``Comment (2)`` keeps that name.
    """
    headers = set(header)
    used: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for place, name in enumerate(header, start=1):
        plain = free = name or f"column {place}"
        number = numbers.get(plain, 1)
        while free in used or (free in headers and free != name):
            number += 1
            free = f"{plain} ({number})"
        numbers[plain] = number
        used[free] = None
    return tuple(used)
