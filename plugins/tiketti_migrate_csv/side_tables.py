"""Contacts, companies, labels, messages and time entries of tables of their own, as the fields of records."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tiketti_migrate.api import LeftOut, Problem, RecordFields
from tiketti_migrate_csv.chunks import Chunk, left_out
from tiketti_migrate_csv.chunks import Row as Cells
from tiketti_migrate_csv.columns import Oddities, Readers, keep, tell
from tiketti_migrate_csv.digests import digest, told, written
from tiketti_migrate_csv.directory import Directory, company_key, label_key, person_key
from tiketti_migrate_csv.fields import TableKind
from tiketti_migrate_csv.people import Person, beside_name, full_name, is_email, parse_people
from tiketti_migrate_csv.prepared import Prepared
from tiketti_migrate_csv.seen import Counted, Seen
from tiketti_migrate_csv.told import Descriptions

__all__ = ["SideTable"]

Row = dict[str, Any]
_OF_TICKETS: frozenset[TableKind] = frozenset({"message", "time_entry"})
_DATES: dict[TableKind, str] = {"message": "created_at", "time_entry": "date"}


class SideTable:
    """Turns the rows of one table into records, or into what is wrong with them.

    ``by_id``: contacts and companies are called by their ids, because other tables do; else by address or
    name. ``told``: what descriptions say, which a message may repeat.
    """

    def __init__(
        self, prepared: Prepared, directory: Directory, *, by_id: bool, told: Descriptions | None = None
    ) -> None:
        self._prepared = prepared
        self._kind: TableKind = prepared.layout.kind
        self._name = prepared.layout.table.name
        self._make = self._makers()[self._kind]
        self._directory = directory
        self._by_id = by_id
        self._told = told
        self._numbers = Counted()
        # Rows of one id may be one row that a join repeated.
        self._rows = Seen() if prepared.evidence.repeated and self._kind in _OF_TICKETS else None
        self.repeated = 0

    def records(self, rows: Sequence[Cells]) -> Iterator[RecordFields | Problem | LeftOut]:
        """Row by row."""
        layout = self._prepared.layout
        left = left_out(rows, self._prepared.where)
        chunk = Chunk(layout, rows)
        for place, row in enumerate(_rows(chunk, self._prepared.readers, _DATES.get(self._kind))):
            where = f"{self._name}:{row['line']}"
            if place in chunk.bad:
                yield Problem("BAD_MAPPING", chunk.bad[place], where)
                continue
            if self._rows is not None and row["id"] and not self._rows.add("\x1f".join(chunk.rows[place])):
                yield self._again(row["id"], where)
                continue
            new: list[RecordFields] = []
            found = self._make(row, where, new)
            yield from new
            if isinstance(found, Problem) or found is None:
                if found is not None and place not in left:
                    yield found
            elif not self._is_new(found):
                yield self._again(found["source_id"], where)
            elif place in left:
                yield LeftOut(self._kind, found["source_id"], layout.rules.where_place())
            else:
                yield {"kind": self._kind, "origin": where} | found | _beside(row)

    def _again(self, source_id: str, where: str) -> Problem:
        words = (
            f"{self._kind.replace('_', ' ')} {source_id} stands in the table already: the first row counts"
        )
        return Problem("REPEATED_ROW", words, where, lost=0)

    def _is_new(self, fields: RecordFields) -> bool:
        if self._kind in _OF_TICKETS:
            return True
        return self._directory.know(self._kind, fields)

    def _makers(self) -> dict[TableKind, Callable[..., RecordFields | Problem | None]]:
        return {
            "contact": self._contact,
            "company": self._company,
            "label": self._label,
            "message": self._message,
            "time_entry": self._time_entry,
        }

    def _contact(self, row: Row, where: str, new: list[RecordFields]) -> RecordFields | Problem:
        key = self._contact_key(row)
        if key is None:
            return Problem("NOBODY", "the contact has neither name nor address", where)
        email = row["email"]
        if email is not None and not is_email(email):
            people = parse_people(email)
            email = next((person.email for person in people if person.email), None)
            keep(row["extra"], "email", row["email"])
            row["warnings"].append(f"e-mail: {row['email'][:80]!r} is not an address alone; kept as extra")
        company = self._directory.company(row["company_id"], row["company"], where, new)
        for field, part in beside_name(
            row["name"], first_name=row["first_name"], last_name=row["last_name"]
        ).items():
            keep(row["extra"], field, part)
        name = _full_name(row) or email or key
        if company is not None and company.warning:
            row["warnings"].append(company.warning)
        return {
            "source_id": key,
            "name": name,
            "email": email,
            "phone": row["phone"],
            "company_id": company and company.id,
            "notes": row["notes"].body if row["notes"] else None,
        }

    def _contact_key(self, row: Row) -> str | None:
        if self._by_id and row["id"]:
            return str(row["id"])
        return person_key(Person(_full_name(row), row["email"])) or row["id"]

    def _company(self, row: Row, where: str, _new: list[RecordFields]) -> RecordFields | Problem:
        if row["name"] is None:
            return Problem("NO_NAME", "the company has no name", where)
        fields = {name: row[name] for name in ("hourly_rate", "currency", "ticket_prefix")}
        return {
            "source_id": self._company_key(row),
            "name": row["name"],
            "domains": tuple(row["domains"] or ()),
            "notes": row["notes"].body if row["notes"] else None,
            **fields,
        }

    def _company_key(self, row: Row) -> str | None:
        if self._by_id and row["id"]:
            return str(row["id"])
        return company_key(row["name"]) if row["name"] else None

    def _label(self, row: Row, where: str, _new: list[RecordFields]) -> RecordFields | Problem:
        key = _label_key(row)
        if key is None:
            return Problem("NO_NAME", "the label has no name", where)
        return {
            "source_id": key,
            "name": row["name"],
            "color": row["color"],
            "description": row["description"].body if row["description"] else None,
        }

    def _message(self, row: Row, where: str, _new: list[RecordFields]) -> RecordFields | Problem | None:
        ticket_id, text = row["ticket_id"], row["body"]
        if ticket_id is None or text is None:
            missing = "ticket" if ticket_id is None else "text"
            return Problem(f"NO_{missing.upper()}", f"the message has no {missing}", where)
        met = self._directory.author(
            (row["author_id"], row["author"], row["author_name"], row["author_email"]), all_met=True
        )
        internal = bool(row["internal"]) or row["public"] is False
        said = (ticket_id, text, met, row["created_at"])
        if self._told is not None and not internal and self._told.is_again(*said):
            # The description is a message already; exports often have it in both tables.
            self.repeated += 1
            return None
        if met is not None and met.warning:
            row["warnings"].append(met.warning)
        return {
            "source_id": self._own_id(row, ticket_id, text.body),
            "ticket_id": ticket_id,
            "author_id": met.id if met else None,
            "author_name": met.name if met else None,
            "body": text.body,
            "body_format": text.body_format,
            "is_internal": internal,
            "created_at": row["created_at"],
        }

    def _time_entry(self, row: Row, where: str, new: list[RecordFields]) -> RecordFields | Problem:
        ticket_id, duration, date = row["ticket_id"], row["duration"], row["date"]
        for name, value in (("ticket", ticket_id), ("duration", duration), ("date", date)):
            if value is None:
                unread = row["unread"].get(name)
                words = (
                    f"the {name} of the time entry: {unread}" if unread else f"the time entry has no {name}"
                )
                return Problem(f"NO_{name.upper()}", words, where)
        if duration == 0:
            return _no_time(row, where)
        met = self._directory.agent((row["agent_id"], row["agent"], None), where, new, all_met=True)
        description = row["description"].body if row["description"] else None
        return {
            "source_id": self._own_id(row, ticket_id, str(duration), description or ""),
            "ticket_id": ticket_id,
            "duration_minutes": duration,
            "description": description,
            "billable": row["billable"] if row["billable"] is not None else True,
            "date": date,
            "rate": row["rate"],
            "agent_id": met.id if met else None,
        }

    def _own_id(self, row: Row, ticket_id: str, *content: str) -> str:
        """Of the row's id, else of what it says and its date as written: equal rows stay two. Some tools
        number the messages of each ticket from 1."""
        name = f"{ticket_id}#{row['id'] or digest(*map(told, content), written(row['written_date']))}"
        if row["id"] and self._rows is None:
            return name
        number = self._numbers.number(name)
        if number > 1 and row["id"]:
            row["warnings"].append(f"{row['id']} is the id of another row of this ticket, too")
        return name if number == 1 else f"{name}-{number}"


def _no_time(row: Row, where: str) -> Problem:
    """Such an entry is refused; what it says is lost, if it says anything."""
    if row["description"] is None:
        return Problem("NO_TIME", "no time was worked: the time entry was left out", where, lost=0)
    said = " ".join(row["description"].body.split())[:60]
    return Problem("NO_TIME", f"no time was worked: '{said}' was left out with the time entry", where)


def _rows(chunk: Chunk, readers: Readers, date: str | None) -> Iterator[Row]:
    """Each row by field, with its line, what has no home, what is odd about it, and its date as written."""
    oddities: Oddities = {}
    names = readers.names
    columns = [readers.values(chunk, name, oddities) for name in names]
    dates = chunk.raw(date) if date else [""] * len(chunk)
    for place, (line, extra) in enumerate(zip(chunk.lines, chunk.extras(), strict=True)):
        row: Row = {name: column[place] for name, column in zip(names, columns, strict=True)}
        warnings: list[str] = []
        odd = oddities.get(place, ())
        tell(odd, extra, warnings)
        unread = {one.field: one.words for one in odd}
        beside = {"line": line, "extra": extra, "warnings": warnings, "unread": unread}
        yield _Blank(row | beside | {"written_date": dates[place]})


class _Blank(dict[str, Any]):
    """A field without a column is None."""

    def __missing__(self, name: str) -> None:
        return None


def _beside(row: Row) -> RecordFields:
    found: RecordFields = {}
    if row["extra"]:
        found["extra"] = row["extra"]
    if row["warnings"]:
        found["warnings"] = tuple(row["warnings"])
    return found


def _full_name(row: Row) -> str | None:
    return full_name(row["name"], row["first_name"], row["last_name"])


def _label_key(row: Row) -> str | None:
    return label_key(row["name"]) if row["name"] else None
