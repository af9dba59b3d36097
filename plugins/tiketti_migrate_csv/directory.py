"""Who is who: people, companies and labels by one key each, made into a record when they are first met."""

from typing import Any, NamedTuple, TypeVar

from tiketti_migrate.api import RecordFields
from tiketti_migrate_csv.people import Person, parse_people
from tiketti_migrate_csv.seen import Seen

__all__ = ["AGENT", "NOBODY", "Directory", "Met", "company_key", "label_key", "person_key"]

# Agents and contacts may have one address, and stand in one list of authors.
AGENT = "agent:"
NOBODY = "nobody"
_REMEMBERED = 50_000
_LONGEST_KEY = 500
_Found = TypeVar("_Found")


class Met(NamedTuple):
    """A person of a row: the id of the record, the name to show, and what is to be said about the cell."""

    id: str
    name: str
    warning: str | None = None


class Directory:
    """Contacts of a table of their own are found by id, address or name; others are made of the rows.

    A record is yielded once, as the first row has it: what it is must not hang on how often it is met.
    """

    def __init__(self, default: Person | None) -> None:
        self._default = default
        self._kept = {kind: Seen() for kind in ("contact", "company", "label", "agent")}
        self._names: dict[str, str | None] = {}
        self._people: dict[tuple[str | None, ...], Met] = {}
        self._agents: dict[tuple[str | None, ...], Met] = {}
        self._labels: dict[tuple[str | None, ...], tuple[str, ...]] = {}

    def know(self, kind: str, key: str, name: str | None = None) -> bool:
        """A table of its own holds this record; False when it was known already."""
        if kind == "contact" and name and len(self._names) < _REMEMBERED:
            folded = name.casefold()
            self._names[folded] = key if folded not in self._names else None
        return self._kept[kind].add(key)

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
            met = Met(f"{AGENT}{key}", person.name or person.email or key, _also("assignee", others))
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
        if f"{AGENT}{key}" in self._kept["agent"]:
            return Met(f"{AGENT}{key}", shown)
        return Met(self._contact_key(source_id, person) or key, shown)

    def company(
        self, source_id: str | None, name: str | None, where: str, new: list[RecordFields]
    ) -> str | None:
        """The key of a company that a row names."""
        key = source_id or (company_key(name) if name else None)
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
        person, others = _first(cell, name, address)
        if source_id is None and person_key(person) is None:
            if self._default is None:
                return None
            person = self._default
        key = self._contact_key(source_id, person)
        if key is None:
            return None
        shown = person.name or person.email or key
        if key not in self._kept["contact"]:
            fields = {"name": shown, "email": person.email, "phone": phone}
            fields["company_id"] = self.company(company_id, company, where, new)
            self._make("contact", key, fields, where, new)
        return Met(key, shown, _also("requester", others))

    def _contact_key(self, source_id: str | None, person: Person) -> str | None:
        if source_id is not None:
            return source_id
        if person.email is None and person.name is not None:
            return self._names.get(person.name.casefold()) or person_key(person)
        return person_key(person)

    def _make(self, kind: str, key: str, fields: dict[str, Any], where: str, new: list[RecordFields]) -> None:
        if self._kept[kind].add(key):
            new.append({"kind": kind, "source_id": key, "origin": where or None, **fields})


def person_key(person: Person) -> str | None:
    """The address, else the name, whatever their case."""
    return (person.email or person.name or "").casefold()[:_LONGEST_KEY] or None


def company_key(name: str) -> str:
    """The name, whatever its case."""
    return " ".join(name.split()).casefold()[:_LONGEST_KEY]


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
