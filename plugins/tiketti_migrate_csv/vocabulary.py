"""What the headers of real exports mean, in seven languages: ``vocabulary.toml`` as a table to look up in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tiketti_migrate_csv.data import read
from tiketti_migrate_csv.fields import FIELDS, TableKind
from tiketti_migrate_csv.headers import key, words

__all__ = ["CERTAIN", "GUESS", "LIKELY", "SYNONYM", "Meaning", "Vocabulary", "vocabulary"]

CERTAIN = 1.0
SYNONYM = 0.9
LIKELY = 0.8
GUESS = 0.6
_LANGUAGES = {
    "en": "English", "fi": "Finnish", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese",
    "sv": "Swedish",
}  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True)
class Meaning:
    """That a header stands for ``field`` with ``confidence``; ``rank`` orders the words of one field.

    ``language`` is for people (``Finnish``); empty for words of several, or that only likely mean the field.
    """

    field: str
    confidence: float
    language: str
    rank: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The words of one kind of table.

    ``meanings`` is by header key, the surest meaning first. ``homeless`` holds the keys of known columns
    that Tiketti has no field for, ``words`` every single word of both. ``objects`` are words for the thing
    itself, which may stand before a field's name (``Case subject``), and ``prefixable`` the fields that they
    may stand before.
    """

    meanings: dict[str, tuple[Meaning, ...]]
    homeless: frozenset[str]
    words: frozenset[str]
    objects: tuple[str, ...]
    prefixable: frozenset[str]

    def look_up(self, name: str) -> tuple[Meaning, ...]:
        """The meanings of a header key, also of one that begins with a word for the thing itself."""
        found = self.meanings.get(name)
        if found is not None or name in self.homeless:
            return found or ()
        for word in self.objects:
            rest = self.meanings.get(name.removeprefix(word)) if name.startswith(word) else None
            if rest and rest[0].field in self.prefixable:
                return rest
        return ()


@cache
def vocabulary(kind: TableKind) -> Vocabulary:
    """The words of a kind of table."""
    data = read("vocabulary.toml")
    meanings: dict[str, list[Meaning]] = {}
    for rank, (name, meaning) in enumerate(_meanings(data, kind)):
        known = meanings.setdefault(name, [])
        same = next((other for other in known if other.field == meaning.field), None)
        if same is None:
            known.append(replace(meaning, rank=rank))
        elif meaning.language not in ("", same.language):
            known[known.index(same)] = replace(same, language="")
    homeless = data["homeless"].get(kind, ())
    spoken = {word for found in meanings.values() for meaning in found for word in meaning.words}
    return Vocabulary(
        {name: tuple(sorted(found, key=lambda m: -m.confidence)) for name, found in meanings.items()},
        frozenset(key(header) for header in homeless),
        frozenset(spoken.union(*(words(header) for header in homeless))),
        tuple(sorted({key(word) for word in data["objects"].get(kind, ())}, key=len, reverse=True)),
        frozenset(data["prefixable"].get(kind, ())),
    )


def _meanings(data: dict[str, Any], kind: TableKind) -> Iterator[tuple[str, Meaning]]:
    """Every header key with what it means; the written words come before the composed ones."""
    written = list(_written(data[kind], kind))
    yield from written
    taken = {name for name, _ in written}
    for joined in data["joined"]:
        if joined["kind"] == kind:
            for language in _LANGUAGES:
                for header in _compounds(data, joined["role"], joined["part"], language):
                    composed = _spelt(header, joined["field"], SYNONYM, _LANGUAGES[language])
                    yield from ((name, meaning) for name, meaning in composed if name not in taken)


def _written(table: dict[str, Any], kind: TableKind) -> Iterator[tuple[str, Meaning]]:
    for field in FIELDS[kind]:
        yield key(field), Meaning(field, CERTAIN, "English", 0, words(field))
    for field in FIELDS[kind]:
        for group, headers in table.get(field, {}).items():
            confidence = {"likely": LIKELY, "guess": GUESS}.get(group, SYNONYM)
            for header in headers:
                yield from _spelt(header, field, confidence, _LANGUAGES.get(group, ""))


def _spelt(header: str, field: str, confidence: float, language: str) -> Iterator[tuple[str, Meaning]]:
    for spelling in dict.fromkeys((header, header.translate(_UMLAUTS))):
        if key(spelling) != key(field):
            yield key(spelling), Meaning(field, confidence, language, 0, words(spelling))


def _compounds(data: dict[str, Any], role: str, part: str, language: str) -> Iterator[str]:
    """``Kunden-E-Mail``, ``E-Mail Kunde``, ``correo del solicitante``: who and what, in either order."""
    for who in data["roles"][role].get(language, ()):
        for what in data["parts"][part].get(language, ()):
            yield f"{who} {what}"
            for link in ("", *data["links"].get(language, ())):
                yield f"{what} {link} {who}"
