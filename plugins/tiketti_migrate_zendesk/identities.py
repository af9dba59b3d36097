"""By which addresses a user is reached: one e-mail and one phone have a field, the others are told."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tiketti_migrate_zendesk.fields import Fields

__all__ = ["Addresses", "addresses_of"]

_TITLES = {
    "email": "Other addresses",
    "google": "Other addresses",
    "phone_number": "Other phone numbers",
    "twitter": "Twitter",
    "facebook": "Facebook",
}


class Addresses(NamedTuple):
    """``others``: titles with what they name."""

    email: str | None
    phone: str | None
    others: tuple[tuple[str, str], ...] = ()


def addresses_of(fields: Fields, identities: Sequence[Any]) -> Addresses:
    """The user's own e-mail and phone; where there are none, the primary or first identity of the kind."""
    email, phone = fields.line("email"), fields.line("phone")
    found = list(_read(fields, identities))
    email = email or next((value for kind, value in found if kind == "email"), None)
    phone = phone or next((value for kind, value in found if kind == "phone_number"), None)
    taken = {(email or "").casefold(), (phone or "").casefold()}
    others: dict[str, dict[str, None]] = {}
    for kind, value in found:
        if value.casefold() not in taken:
            title = _TITLES.get(kind, kind.replace("_", " ").capitalize() or "Other identities")
            others.setdefault(title, {})[value] = None
    return Addresses(email, phone, tuple((title, ", ".join(values)) for title, values in others.items()))


def _read(fields: Fields, identities: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Kind and value of each, the primary ones first."""
    read = []
    for one in identities:
        identity = Fields(one) if isinstance(one, Mapping) else None
        value = identity.line("value") if identity is not None else None
        if identity is None or value is None:
            fields.warn("some identities are no addresses: kept as extra")
            fields.keep("identities")
            continue
        kind, is_primary = (identity.line("type") or "").lower(), identity.flag("primary") is True
        if identity.warnings:
            fields.warn("some identities are not understood: kept as extra")
            fields.keep("identities")
        read.append((not is_primary, kind, value))
    yield from ((kind, value) for _is_other, kind, value in sorted(read, key=lambda one: one[0]))
