"""Words that stand for "nothing here", such as "-", "N/A" and "NULL", where a column shows them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from tiketti_migrate_csv.cell_errors import ERROR_WORDS

__all__ = ["EmptyEvidence", "EmptyKind", "empty_words"]

EmptyKind = Literal["text", "word", "date", "person", "number", "id", "list"]

# What programs write, and people only for "nothing", in a cell of its own in whatever column.
_ALWAYS = (
    "null, (null), <null>, [null], \\N, n/a, #n/a, (n/a), (blank), (empty), (none), undefined, -, --, "
    "---, \u2013, \u2014, (tyhjä), (leer), (vide), (vacío), (vazio), (tom)"
)
_NOT_A_NUMBER = frozenset({"nan", "NaN", "NAN"})
# These could be a line of a message, and "None" is a priority.
_NONE = (
    "n.a., n.a, none, not set, not available, not applicable, not specified, unset, blank, -/-, /, ., ?, "
    "[], {}, s/o, k.a., keine angabe, ei tietoa"
)
# These could also be names: Tom, Nil, Leer.
_NO_NAME = (
    "na, nil, empty, keine, ei ole, tyhjä, leer, aucun, aucune, vide, néant, ninguno, ninguna, vacío, "
    "nenhum, nenhuma, vazio, ingen, inget, saknas, tom"
)
_NOBODY = (
    "unassigned, not assigned, no assignee, nobody, no one, noone, no user, no agent, ei kukaan, "
    "ei osoitettu, ei vastuuhenkilöä, määrittämätön, nicht zugewiesen, nicht zugeteilt, niemand, "
    "kein bearbeiter, non assigné, non attribué, personne, sin asignar, no asignado, nadie, "
    "não atribuído, sem atribuição, ninguém, ej tilldelad, inte tilldelad"
)
# Zero of databases, of Excel, of .NET and of Unix.
_NEVER = (
    "0000-00-00, 0000-00-00 00:00, 0000-00-00 00:00:00, 00.00.0000, 00/00/0000, 1899-12-30, "
    "1899-12-30 00:00:00, 1900-01-00, 0001-01-01, 0001-01-01 00:00:00, 0001-01-01T00:00:00, "
    "0001-01-01T00:00:00Z, 1/1/0001 12:00:00 AM, 01/01/0001 00:00:00, 01.01.0001 00:00:00, 1970-01-01, "
    "1970-01-01 00:00:00, 1970-01-01T00:00:00, 1970-01-01T00:00:00Z, 1970-01-01 00:00:00 UTC, never, "
    "ei koskaan, nie, jamais, nunca, aldrig"
)


def _spellings(*lists: str) -> Iterator[str]:
    for words in lists:
        for word in words.split(", "):
            yield from (word, word.upper())
            if word[0].isalpha():
                yield from (word.capitalize(), word.title())


_PROGRAMS = frozenset({*_spellings(_ALWAYS), *_NOT_A_NUMBER, *ERROR_WORDS})
_WORDS: Mapping[EmptyKind, frozenset[str]] = {
    "text": _PROGRAMS | {"None"},
    "word": _PROGRAMS,
    "date": _PROGRAMS | {*_spellings(_NONE, _NO_NAME, _NEVER), "0"},
    "person": _PROGRAMS | {*_spellings(_NONE, _NOBODY), "0"},
    "number": _PROGRAMS | {*_spellings(_NONE, _NO_NAME)},
    "id": _PROGRAMS | {*_spellings(_NONE, _NO_NAME), "0"},
    "list": _PROGRAMS | {*_spellings(_NONE)},
}


def empty_words(kind: EmptyKind) -> frozenset[str]:
    """Every spelling that can mean nothing in a column of this kind."""
    return _WORDS[kind]


class EmptyEvidence:
    """Finds the words of a column that mean nothing there.

    "0" is one in columns of dates, of people and of ids of other tables; a subject or a message is empty only
    where the whole cell is what a program writes for nothing.
    """

    def __init__(self, kind: EmptyKind) -> None:
        self._candidates = empty_words(kind)
        self._found: set[str] = set()

    def add(self, cells: Iterable[str]) -> None:
        """More cells of the column, without blanks around them."""
        self._found |= self._candidates.intersection(cells)

    def words(self) -> frozenset[str]:
        """The cells that are empty, as they are spelled in the column; "" is always one."""
        return frozenset({"", *self._found})
