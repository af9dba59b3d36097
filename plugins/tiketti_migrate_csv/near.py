"""Headers that are misspelt: close to a known word, and not a known word of another meaning themselves."""

from functools import cache

from rapidfuzz.distance import OSA

from tiketti_migrate_csv.fields import TableKind
from tiketti_migrate_csv.vocabulary import SYNONYM, Meaning, vocabulary

__all__ = ["nearest"]

# Shorter words have too many neighbours: "date" and "rate", "note" and "vote".
_SHORTEST = 5
_LONG = 9


def nearest(kind: TableKind, spelt: tuple[str, ...]) -> Meaning | None:
    """The meaning whose words are those of a header but for a slip of the keys in some of them.

    ``spelt`` are the header's words as :func:`~tiketti_migrate_csv.headers.words` gives them. A word that is
    known is no misspelling of another (``contract`` of ``contact``), and two fields equally near are none.
    """
    best, found = 99, dict[str, Meaning]()
    known = vocabulary(kind).words
    for meaning in _by_length(kind).get(len(spelt), ()):
        distance = _distance(spelt, meaning.words, known)
        if distance is not None and distance <= best:
            found = found if distance == best else {}
            best = distance
            found.setdefault(meaning.field, meaning)
    return next(iter(found.values())) if len(found) == 1 else None


@cache
def _by_length(kind: TableKind) -> dict[int, tuple[Meaning, ...]]:
    """The words worth comparing with: what only likely means a field is not believed when misspelt."""
    grouped: dict[int, list[Meaning]] = {}
    for meanings in vocabulary(kind).meanings.values():
        if meanings[0].confidence >= SYNONYM:
            grouped.setdefault(len(meanings[0].words), []).append(meanings[0])
    return {length: tuple(group) for length, group in grouped.items()}


def _distance(spelt: tuple[str, ...], meant: tuple[str, ...], known: frozenset[str]) -> int | None:
    total = 0
    for word, other in zip(spelt, meant, strict=True):
        if word == other:
            continue
        if word[0] != other[0] or min(len(word), len(other)) < _SHORTEST or word in known:
            return None
        most = 1 if len(other) < _LONG else 2
        distance = OSA.distance(word, other, score_cutoff=most)
        if distance > most:
            return None
        total += distance
    return total
