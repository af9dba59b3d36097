"""Who is who: people, companies and labels by one key each, made into a record when they are first met."""

from collections.abc import Collection
from typing import Any, NamedTuple, TypeVar

from tiketti_migrate.api import RecordFields
from tiketti_migrate_csv.people import Person, parse_people
from tiketti_migrate_csv.roster import Facts, Roster, folded

__all__ = ["NOBODY", "Directory", "Met", "company_key", "label_key", "person_key"]

NOBODY = "nobody"
_REMEMBERED = 32_000
_FACTS = ("requester_name", "requester_email", "requester_phone", "company")
_LONGEST_KEY = 500
_Found = TypeVar("_Found")
_Cells = tuple[str | None, ...]


class Met(NamedTuple):
    """Who is named in a row: the id of the record, the name to show, and what is to be said of the
    cell.

    ``differing``: what the row says of a person, by field, and the record does not.
    """

    id: str
    name: str | None = None
    warning: str | None = None
    differing: tuple[tuple[str, str], ...] = ()


class Directory:
    """Each cell is looked up as id, address and name of a table of contacts; others are made of the rows.

    A record is yielded once, as the first row has it: what it is must not hang on how often it is met.
    ``tables``: the kinds that have a table of their own; ``by_id``: those whose keys are its ids.
    """

    def __init__(
        self, default: Person | None, tables: Collection[str] = (), by_id: Collection[str] = ()
    ) -> None:
        self._default = default
        self._rosters = {
            kind: Roster(has_table=kind in tables, by_id=kind in by_id)
            for kind in ("contact", "company", "label", "agent")
        }
        self._contacts = self._rosters["contact"]
        self._companies = self._rosters["company"]
        self._agents = self._rosters["agent"]
        self._facts = Facts(*_FACTS)
        # By the hash of the cells: it tells them apart as well as it does in Seen, in half of the memory.
        self._met_people: dict[int, Met] = {}
        self._met_agents: dict[int, Met] = {}
        self._labels: dict[int, tuple[str, ...]] = {}

    def know(self, kind: str, fields: RecordFields) -> bool:
        """A table of its own holds this record; False when it was known already."""
        key, name, roster = fields["source_id"], fields["name"], self._rosters[kind]
        if kind not in ("contact", "company"):
            return roster.add(key)
        if not roster.list(key, name, fields.get("email")):
            return False
        if kind == "contact":
            address = _beside_key(key, fields["email"])
            self._tell(key, name, address, fields["phone"], fields["company_id"])
        return True

    def requester(self, cells: _Cells, where: str, new: list[RecordFields]) -> Met | None:
        """Of the cells id, person, name, address, phone, company, company id; None when nobody is named.

        What is to be made known goes to ``new``.
        """
        cells_hash = hash(cells)
        met = self._met_people.get(cells_hash)
        if met is None:
            before = len(new)
            met = self._met(cells, where, new)
            # Most of many people are met once: only who comes again is worth the memory.
            if met is not None and len(new) == before:
                _remember(self._met_people, cells_hash, met)
        return met

    def agent(
        self, cells: _Cells, where: str, new: list[RecordFields], *, all_met: bool = False
    ) -> Met | None:
        """Of the cells id, person, address. ``all_met``: every ticket was read, so that a name tells who it
        is whatever the order of rows."""
        cells_hash = hash(cells)
        met = self._met_agents.get(cells_hash)
        if met is None:
            source_id, cell, address = cells
            person, others = _first(address, cell)
            key = source_id or (self._agent_called(person) if all_met else None) or person_key(person)
            if key is None:
                return None
            shown = person.name or person.email or key
            met = Met(key, shown, _also("assignee", others))
            if self._agents.list(key, shown, person.email):
                fields = {"name": shown, "email": person.email}
                new.append({"kind": "agent", "source_id": key, "origin": where or None, **fields})
            _remember(self._met_agents, cells_hash, met)
        return met

    def author(self, cells: _Cells, *, all_met: bool = False) -> Met | None:
        """Of the cells id, person, name, address: an agent or contact who is known, else only a name.

        ``all_met`` as in `agent`: it is said then of whom nobody knows.
        """
        source_id, cell, name, address = cells
        source_id, cell, stray = self._contacts.sorted(source_id, cell)
        person, _ = _first(address, cell, name, stray)
        key = source_id or person_key(person)
        if key is None:
            return None
        shown = person.name or person.email or key
        # An agent and a contact of one key are one person.
        if key in self._agents:
            return Met(key, shown)
        known = self._contact_key(source_id, person) or key
        if not all_met or known in self._contacts:
            return Met(known, shown)
        agent = self._agent_called(person)
        if agent is not None:
            return Met(agent, shown)
        words = self._contacts.unknown("contact", person.name or person.email, known)
        return Met(known, shown, words and f"{words}: the author stays a name")

    def company(
        self, source_id: str | None, name: str | None, where: str, new: list[RecordFields]
    ) -> Met | None:
        """A company that a row names; made of it where nobody knows it."""
        key, name = self._company(source_id, name)
        if key is None:
            return None
        is_listed = self._companies.is_listed(key)
        warning = None if is_listed else self._companies.unknown("company", name, key)
        if name:
            self._make("company", key, {"name": name}, where, new)
        return Met(key, name, warning)

    def labels(self, names: list[str], where: str, new: list[RecordFields]) -> tuple[str, ...]:
        """The keys of labels, each once."""
        cells_hash = hash(tuple(names))
        keys = self._labels.get(cells_hash)
        if keys is None:
            for name in names:
                self._make("label", label_key(name), {"name": name}, where, new)
            keys = tuple(dict.fromkeys(map(label_key, names)))
            _remember(self._labels, cells_hash, keys)
        return keys

    def nobody(self, new: list[RecordFields]) -> None:
        """Whoever asks where nobody is named."""
        self._make("contact", NOBODY, {"name": "Unknown requester"}, "", new)

    def _met(self, cells: _Cells, where: str, new: list[RecordFields]) -> Met | None:
        source_id, cell, name, address, phone, company, company_id = cells
        source_id, cell, stray = self._contacts.sorted(source_id, cell)
        person, others = _first(address, cell, name, stray)
        if source_id is None and person_key(person) is None:
            if self._default is None:
                return None
            person = self._default
        key = self._contact_key(source_id, person)
        if key is None:
            return None
        shown = person.name or person.email or key
        warnings = [_also("requester", others), self._doubt(key, person)]
        # Of an id alone nothing can be made: a placeholder will stand for whoever it is.
        if key not in self._contacts and person_key(person) is not None:
            at = self.company(company_id, company, where, new)
            warnings.append(at.warning if at else None)
            fields = {"name": shown, "email": person.email, "phone": phone, "company_id": at and at.id}
            self._make("contact", key, fields, where, new)
            self._tell(key, shown, _beside_key(key, person.email), phone, at and at.id)
            return Met(key, shown, _joined(warnings))
        address, at_id = _beside_key(key, person.email), self._company(company_id, company)[0]
        told = (person.name, address, phone, at_id)
        said = dict(zip(_FACTS, (person.name, person.email, phone, company or company_id), strict=True))
        differing = self._facts.differing(self._contacts.number(key), told)
        found = tuple((field, said[field] or "") for field in differing)
        return Met(key, shown, _joined(warnings), found)

    def _tell(self, key: str, *facts: str | None) -> None:
        number = self._contacts.number(key)
        if number is not None:
            self._facts.tell(number, facts)

    def _doubt(self, key: str, person: Person) -> str | None:
        """What is to be said of a name that a table of contacts should tell the address of."""
        if person.email is not None or person.name is None or self._contacts.is_listed(key):
            return None
        words = self._contacts.unknown("contact", person.name, key)
        return words and f"{words}: who asked has no address"

    def _contact_key(self, source_id: str | None, person: Person) -> str | None:
        if source_id is not None:
            return source_id
        name = person.email or person.name
        return (name and self._contacts.called(name)) or person_key(person)

    def _agent_called(self, person: Person) -> str | None:
        name = person.email or person.name
        return self._agents.called(name) if name else None

    def _company(self, source_id: str | None, name: str | None) -> tuple[str | None, str | None]:
        """The key of a company, and its name if the row tells it."""
        source_id, name, stray = self._companies.sorted(source_id, name)
        name = name or stray
        if source_id is not None or name is None:
            return source_id, name
        return self._companies.called(name) or company_key(name), name

    def _make(self, kind: str, key: str, fields: dict[str, Any], where: str, new: list[RecordFields]) -> None:
        if self._rosters[kind].add(key):
            new.append({"kind": kind, "source_id": key, "origin": where or None, **fields})


def person_key(person: Person) -> str | None:
    """The address, else the name, whatever their case."""
    return (person.email or person.name or "").casefold()[:_LONGEST_KEY] or None


def company_key(name: str) -> str:
    """The name, whatever its case."""
    return folded(name)[:_LONGEST_KEY]


def label_key(name: str) -> str:
    """Labels are unique by their name, whatever its case."""
    return name.casefold()[:_LONGEST_KEY]


def _beside_key(key: str, address: str | None) -> str | None:
    """The address where the key does not tell it already: a million people are known by nothing else."""
    return None if address is None or address.casefold() == key else address


def _first(*cells: str | None) -> tuple[Person, list[Person]]:
    """The person of some cells, the surest first, and who else is named."""
    people = [person for one in cells if one for person in parse_people(one)]
    named = next((person.name for person in people if person.name), None)
    email = next((person.email for person in people if person.email), None)
    others = [p for p in people if (p.email and p.email != email) or (p.name and p.name != named)]
    return Person(named, email), others


def _also(role: str, others: list[Person]) -> str | None:
    if not others:
        return None
    names = ", ".join(person.email or person.name or "" for person in others[:5])
    return f"the cell names several people: the first is the {role}, also {names}"


def _joined(warnings: list[str | None]) -> str | None:
    return "; ".join(filter(None, warnings)) or None


def _remember(known: dict[int, _Found], cells_hash: int, found: _Found) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[cells_hash] = found
