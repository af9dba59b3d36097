"""People in cells: names, addresses, and several of both."""

import re
from email.errors import MessageError
from email.header import decode_header, make_header
from functools import lru_cache
from typing import NamedTuple

from tiketti_migrate_csv.empties import empty_words
from tiketti_migrate_csv.texts import clean

__all__ = ["Person", "beside_name", "full_name", "is_email", "parse_people"]


class Person(NamedTuple):
    """A name, an address, or both."""

    name: str | None
    email: str | None


_LONGEST_ADDRESS = 254
# Whoever is met again is known by the directory: few cells are read twice.
_REMEMBERED = 1024
_LONGEST_REMEMBERED = 200
_ATOM = r"[^\W_]|[_!#$%&'*+/=?^`{|}~-]"
_EMAIL = re.compile(
    rf"(?:{_ATOM})+(?:\.(?:{_ATOM})+)*@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_](?:[\w-]*[^\W_])?"
)
# Most cells by far: "jane@x.test" and "Jane Doe <jane@x.test>".
_SIMPLE = re.compile(
    r"(?:([^\W\d_]+(?: [^\W\d_]+){0,3}) <)?([a-z0-9][a-z0-9._+-]*+@[a-z0-9.-]+[a-z])(?(1)>)", re.IGNORECASE
)
# Looking only where a word begins keeps the time linear in the length of the cell.
_ADDRESS = re.compile(r"(?<![^\s<>()\[\],;:|\"@])[^\s<>()\[\],;:|\"@]++@[^\s<>()\[\],;:|\"@]+")
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_ROWS = re.compile(r"[;\r\n]+|<br\s*/?>", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_REMARK = re.compile(r"[\s>\]]*\(([^()]*)\)")
_JOINING = re.compile(r"^[\s,&/|>\])]*(?:(?:and|ja|und|et|y|e|och)\s)?[\s,]*", re.IGNORECASE)
_AROUND_NAME = " \t,|<>[]()\"'`\u201c\u201d\u201e\u00ab\u00bb-:/\u2013"
_ENCODED = re.compile(r"=\?[^?\s]{1,40}\?[bqBQ]\?[^?]*\?=")
_NOBODY = empty_words("person")


@lru_cache(maxsize=_REMEMBERED)
def _email(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text)) and len(text.partition("@")[0]) <= 64


def is_email(text: str) -> bool:
    """Whether the whole text is an address that a mail server could have."""
    return len(text) <= _LONGEST_ADDRESS and _email(text)


def parse_people(cell: str) -> list[Person]:
    """The people in a cell, in their order; none for "N/A" and other words for nobody.

    People are separated by ``;`` and line breaks, after an address also by a comma, ``|`` or "and". Before an
    address these belong to a name ("Doe, Jane <jane@x.test>"), and so they do in a cell without any. What
    looks like an address and is none is a name, so that nothing is lost.
    """
    people = _remembered if len(cell) <= _LONGEST_REMEMBERED else _people
    return list(people(cell))


def full_name(name: str | None, first: str | None, last: str | None) -> str | None:
    """The name, else its parts."""
    return name or " ".join(filter(None, (first, last))) or None


def beside_name(name: str | None, **parts: str | None) -> dict[str, str]:
    """The parts of a name that the name itself does not tell."""
    told = name.casefold() if name else None
    return {field: part for field, part in parts.items() if part and told and part.casefold() not in told}


def _people(cell: str) -> tuple[Person, ...]:
    simple = _SIMPLE.fullmatch(cell)
    if simple and is_email(simple[2]) and simple[1] not in _NOBODY:
        return (Person(*simple.groups()),)
    text = _MAILTO.sub("", clean(cell))
    found = [person for row in _ROWS.split(text) for person in _people_of(row)]
    return tuple(dict.fromkeys(found))


_remembered = lru_cache(maxsize=_REMEMBERED)(_people)


def _people_of(row: str) -> list[Person]:
    addresses = list(_ADDRESS.finditer(row))
    if not addresses:
        name = _name(row)
        return [Person(name, None)] if name else []
    found = []
    end = 0
    for address in addresses:
        name = _name(_JOINING.sub("", row[end : address.start()]) if end else row[: address.start()])
        end = address.end()
        remark = _REMARK.match(row, end)
        if remark:
            name, end = name or _name(remark[1]), remark.end()
        found.append(_person(name, address[0]))
    rest = _name(_JOINING.sub("", row[end:]))
    if rest and len(found) == 1 and found[0].name is None:
        return [Person(rest, found[0].email)]
    return [*found, Person(rest, None)] if rest else found


def _person(name: str | None, address: str) -> Person:
    email = address.strip("'.`").rstrip("-")
    if is_email(email):
        # Mail programs repeat the address where they know no name.
        return Person(None if name and name.casefold() == email.casefold() else name, email)
    return Person(f"{name} {address}" if name else address, None)


def _name(text: str) -> str | None:
    if "=?" in text:
        text = _ENCODED.sub(_decoded, text)
    name = _SPACES.sub(" ", clean(text)).strip(_AROUND_NAME)
    if name.count("(") > name.count(")"):
        name += ")"
    return name if name and name not in _NOBODY and text.strip() not in _NOBODY else None


def _decoded(word: re.Match[str]) -> str:
    try:
        return str(make_header(decode_header(word[0])))
    except (MessageError, LookupError, ValueError):
        return word[0]
