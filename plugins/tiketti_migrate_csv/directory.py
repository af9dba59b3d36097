"""Who is who: people, companies and labels by one key each, made into a record when they are first met."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from tiketti_migrate.api import RecordFields
from tiketti_migrate_csv.people import Person, is_email, parse_people
from tiketti_migrate_csv.seen import Seen

__all__ = ["NOBODY", "Directory", "Met", "company_key", "label_key", "person_key"]

NOBODY = "nobody"
_REMEMBERED = 50_000
_MOST_CALLED = 200_000
_FACTS = ("requester_name", "requester_phone", "company")
_LONGEST_KEY = 500
_Found = TypeVar("_Found")


class Met(NamedTuple):
    """A person of a row: the id of the record, the name to show, and what is to be said about the cell.

    ``differing``: what the row says of the person, by field, and the record does not.
    """

    id: str
    name: str
    warning: str | None = None
    differing: tuple[tuple[str, str], ...] = ()


class Directory:
    """Contacts of a table of their own are found by id, address or name; others are made of the rows.

    A record is yielded once, as the first row has it: what it is must not hang on how often it is met.
    """

    def __init__(self, default: Person | None) -> None:
        self._default = default
        self._kept = {kind: Seen() for kind in ("contact", "company", "label", "agent")}
        # What others may call those of a table of their own, None where several are called so.
        self._called: dict[str, dict[str, str | None]] = {"contact": {}, "company": {}}
        self._facts = Seen()
        self._people: dict[tuple[str | None, ...], Met] = {}
        self._agents: dict[tuple[str | None, ...], Met] = {}
        self._labels: dict[tuple[str | None, ...], tuple[str, ...]] = {}

    def know(self, kind: str, key: str, *names: str | None) -> bool:
        """A table of its own holds this record; False when it was known already. ``names``: what others may
        call it, beside the key."""
        if not self._kept[kind].add(key):
            return False
        called = self._called.get(kind)
        if called is not None and len(called) < _MOST_CALLED:
            for name in filter(None, names):
                folded = _folded(name)
                called[folded] = key if folded not in called else None
        return True

    def requester(self, cells: tuple[str | None, ...], where: str, new: list[RecordFields]) -> Met | None:
        """Of the cells id, person, name, address, phone, company, company id; None when nobody is named.

        What is to be made known goes to ``new``.
        """
        met = self._people.get(cells)
        if met is None:
            met = self._met(cells, where, new)
            if met is not None:
                _remember(self._people, cells, met)
        return met

    def agent(self, cells: tuple[str | None, ...], where: str, new: list[RecordFields]) -> Met | None:
        """Of the cells id, person, address."""
        met = self._agents.get(cells)
        if met is None:
            source_id, cell, address = cells
            person, others = _first(cell, None, address)
            key = source_id or person_key(person)
            if key is None:
                return None
            met = Met(key, person.name or person.email or key, _also("assignee", others))
            fields = {"name": met.name, "email": person.email}
            self._make("agent", met.id, fields, where, new)
            _remember(self._agents, cells, met)
        return met

    def author(self, cells: tuple[str | None, ...]) -> Met | None:
        """Of the cells id, person, name, address: an agent or contact who is known, else only a name."""
        source_id, cell, name, address = cells
        person, _ = _first(cell, name, address)
        key = source_id or person_key(person)
        if key is None:
            return None
        shown = person.name or person.email or key
        # An agent and a contact of one key are one person.
        known = None if key in self._kept["agent"] else self._contact_key(source_id, person)
        return Met(known or key, shown)

    def company(
        self, source_id: str | None, name: str | None, where: str, new: list[RecordFields]
    ) -> str | None:
        """The key of a company that a row names."""
        key = self._company_key(source_id, name)
        if key is not None and name:
            self._make("company", key, {"name": name}, where, new)
        return key

    def labels(self, names: list[str], where: str, new: list[RecordFields]) -> tuple[str, ...]:
        """The keys of labels, each once."""
        cells = tuple(names)
        keys = self._labels.get(cells)
        if keys is None:
            for name in names:
                self._make("label", label_key(name), {"name": name}, where, new)
            keys = tuple(dict.fromkeys(map(label_key, names)))
            _remember(self._labels, cells, keys)
        return keys

    def nobody(self, new: list[RecordFields]) -> None:
        """Whoever asks where nobody is named."""
        self._make("contact", NOBODY, {"name": "Unknown requester"}, "", new)

    def _met(self, cells: tuple[str | None, ...], where: str, new: list[RecordFields]) -> Met | None:
        source_id, cell, name, address, phone, company, company_id = cells
        if source_id is not None and is_email(source_id) and source_id not in self._kept["contact"]:
            source_id, address = None, address or source_id
        person, others = _first(cell, name, address)
        if source_id is None and person_key(person) is None:
            if self._default is None:
                return None
            person = self._default
        key = self._contact_key(source_id, person)
        if key is None:
            return None
        shown = person.name or person.email or key
        warning = _also("requester", others) or self._doubt(key, person)
        # Of an id alone nothing can be made: a placeholder will stand for whoever it is.
        if key not in self._kept["contact"] and person_key(person) is not None:
            fields = {"name": shown, "email": person.email, "phone": phone}
            fields["company_id"] = self.company(company_id, company, where, new)
            self._make("contact", key, fields, where, new)
            self.tell(key, shown, phone, fields["company_id"])
            return Met(key, shown, warning)
        told = (person.name, phone, self._company_key(company_id, company))
        cells = (person.name, phone, company or company_id)
        return Met(key, shown, warning, tuple(self._differing(key, told, cells)))

    def tell(self, key: str, *facts: str | None) -> None:
        """The record of a contact has this name, phone and company."""
        for field, fact in zip(_FACTS, facts, strict=True):
            if fact:
                self._facts.add(_fact(key, field, fact))

    def _differing(
        self, key: str, told: Iterable[str | None], cells: Iterable[str | None]
    ) -> Iterator[tuple[str, str]]:
        for field, fact, cell in zip(_FACTS, told, cells, strict=True):
            if fact and cell and _fact(key, field, fact) not in self._facts:
                yield field, cell

    def _doubt(self, key: str, person: Person) -> str | None:
        """What is to be said of a name that a table of contacts should tell the address of."""
        called = self._called["contact"]
        if not called or person.email is not None or person.name is None or key in self._kept["contact"]:
            return None
        several = _folded(person.name) in called
        words = "several contacts have the name" if several else "no contact has the name"
        return f"{words} '{person.name[:60]}': who asked has no address"

    def _contact_key(self, source_id: str | None, person: Person) -> str | None:
        if source_id is not None:
            return source_id
        name = person.email or person.name
        return (name and self._of_name("contact", name)) or person_key(person)

    def _company_key(self, source_id: str | None, name: str | None) -> str | None:
        return source_id or (self._of_name("company", name) or company_key(name) if name else None)

    def _of_name(self, kind: str, name: str) -> str | None:
        return self._called[kind].get(_folded(name))

    def _make(self, kind: str, key: str, fields: dict[str, Any], where: str, new: list[RecordFields]) -> None:
        if self._kept[kind].add(key):
            new.append({"kind": kind, "source_id": key, "origin": where or None, **fields})


def _fact(*words: str) -> str:
    return "\x1f".join(map(_folded, words))


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def person_key(person: Person) -> str | None:
    """The address, else the name, whatever their case."""
    return (person.email or person.name or "").casefold()[:_LONGEST_KEY] or None


def company_key(name: str) -> str:
    """The name, whatever its case."""
    return _folded(name)[:_LONGEST_KEY]


def label_key(name: str) -> str:
    """Labels are unique by their name, whatever its case."""
    return name.casefold()[:_LONGEST_KEY]


def _first(cell: str | None, name: str | None, address: str | None) -> tuple[Person, list[Person]]:
    """The person of up to three cells, and who else is named."""
    people = [person for one in (address, cell, name) if one for person in parse_people(one)]
    named = next((person.name for person in people if person.name), None)
    email = next((person.email for person in people if person.email), None)
    others = [p for p in people if (p.email and p.email != email) or (p.name and p.name != named)]
    return Person(named, email), others


def _also(role: str, others: list[Person]) -> str | None:
    if not others:
        return None
    names = ", ".join(person.email or person.name or "" for person in others[:5])
    return f"the cell names several people: the first is the {role}, also {names}"


def _remember(
    known: dict[tuple[str | None, ...], _Found], cells: tuple[str | None, ...], found: _Found
) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[cells] = found
