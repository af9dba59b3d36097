"""Templates: ``"{product}: {title}"``, columns in braces between constant text; ``{{`` and ``}}`` are braces.

Read by hand: ``str.format`` would let a file reach into objects and ask for a billion blanks.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from tiketti_migrate.mapping.mistakes import Mistaken

__all__ = ["Template", "parse_template"]

_LONGEST = 10_000
_MOST_COLUMNS = 100
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True)
class Template:
    """``parts``: constant text and, as every second part, the name of a column."""

    parts: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in braces, in their order; none for a constant."""
        return self.parts[1::2]

    def fill(self, header: Sequence[str]) -> Callable[[Sequence[str]], str]:
        """Cells of a row, in the order of ``header``, to the text. Raises ValueError for a column that is
        not there. Where all of its columns are empty the text is empty, too: a bare ": " says nothing.
        """
        places = [header.index(column) for column in self.columns]
        if not places:
            constant = self.parts[0]
            return lambda _row: constant
        if len(places) == 1 and self.parts[0] == self.parts[2] == "":
            return itemgetter(places[0])
        literals = [part.replace("%", "%%") for part in self.parts[::2]]
        form = "%s".join(literals)
        if len(places) == 1:
            place = places[0]
            return lambda row: form % (row[place],) if row[place] else ""
        cells = itemgetter(*places)
        return lambda row: form % found if any(found := cells(row)) else ""


def parse_template(text: str) -> Template:
    """Raises Mistaken for a lone brace, an empty pair, or more than a sane template has."""
    if len(text) > _LONGEST:
        raise Mistaken(f"the template is longer than {_LONGEST:,} characters")
    parts = [""]
    last = 0
    for match in _PART.finditer(text):
        parts[-1] += text[last : match.start()]
        last = match.end()
        token = match.group()
        if token in ("{{", "}}"):
            parts[-1] += token[0]
        elif token in ("{", "}"):
            raise Mistaken(
                f"the brace {token!r} has no partner", hint=f"a brace itself is written {token * 2}"
            )
        elif not match.group(1).strip():
            raise Mistaken("there is no column between the braces", hint="braces themselves: {{}}")
        else:
            parts += [match.group(1).strip(), ""]
    parts[-1] += text[last:]
    if len(parts) // 2 > _MOST_COLUMNS:
        raise Mistaken(f"the template names more than {_MOST_COLUMNS} columns")
    return Template(tuple(parts))
