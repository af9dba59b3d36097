"""Custom fields with their titles and the names of their options."""

from collections.abc import Iterator, Mapping
from typing import Any

from tiketti_migrate_zendesk.account import TicketField
from tiketti_migrate_zendesk.extra_row import CUSTOM, Row
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.references import References
from tiketti_migrate_zendesk.values import as_text, identifier, json_safe, text

__all__ = ["custom_rows", "listed", "titled", "values_of"]

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_CHOSEN = ("tagger", "multiselect", "dropdown")
_UNKNOWN = TicketField("")
_USUAL = frozenset({"id", "value"})
# What of the list is no value of a field.
_LEFT = f"{CUSTOM}_rest"


def values_of(fields: Fields) -> dict[str, Any]:
    """What is set, by field id; newer exports call them custom_fields, older ones fields.

    What is no value, or a second one of a field, is kept as extra with a warning.
    """
    found: dict[str, Any] = {}
    left: list[Any] = []
    own, older = fields.raw.get(CUSTOM), fields.raw.get("fields")
    if own in _EMPTY and older in _EMPTY:
        return found
    for values in (own,) if own == older else (older, own):
        for one in listed(values):
            field_id = identifier(one.get("id")) if isinstance(one, Mapping) else None
            if field_id is None:
                if one not in _EMPTY and not _is_unset(one):
                    left.append(one)
                continue
            value = one.get("value")
            if one.keys() != _USUAL and _says_more(one):
                left.append(one)
            # A box that nobody ticked tells nothing; 0 is a number that somebody entered.
            if value is None or value is False or value in _EMPTY:
                continue
            if found.setdefault(field_id, value) != value:
                left.append(one)
    fields.drop(CUSTOM, "fields")
    if left:
        fields.warn("not all of its custom fields are one value each: the rest is kept as extra")
        fields.keep_as(_LEFT, left)
    return found


def titled(values: Mapping[str, Any], fields: Mapping[str, TicketField]) -> list[Any]:
    """Each with its id and title, as JSON takes them."""
    return [
        {"id": field_id, "title": fields.get(field_id, _UNKNOWN).title or None, "value": json_safe(value)}
        for field_id, value in values.items()
    ]


def custom_rows(values: Mapping[str, Any], references: References) -> Iterator[Row]:
    """A row for each value."""
    for field_id, value in values.items():
        field = references.account.fields.get(field_id, _UNKNOWN)
        title = field.title or f"Field {field_id}"
        names = [_name(one, field, references) for one in (value if isinstance(value, list) else [value])]
        labels: tuple[str, ...] = ()
        if field.type in _CHOSEN:
            labels = tuple(f"{title}:{name}" for name in names)
        elif value is True:
            labels = (title,)
        yield Row(CUSTOM, title, ", ".join(names), labels=labels, field_id=field_id)


def _name(value: Any, field: TicketField, references: References) -> str:
    if value is True:
        return "yes"
    found = identifier(value) if field.type == "lookup" else None
    if found is not None and references.person(found) is not None:
        return references.name(found)
    words = text(value) or as_text(value)
    return field.options.get(words, words)


def listed(value: Any) -> list[Any]:
    """A list of fields, or fields by their ids, or something else altogether."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping):
        return [{"id": field_id, "value": one} for field_id, one in value.items()]
    return [] if value in _EMPTY else [value]


def _is_unset(one: Any) -> bool:
    return isinstance(one, Mapping) and all(value in _EMPTY for value in one.values())


def _says_more(one: Mapping[str, Any]) -> bool:
    return any(key not in _USUAL and value not in _EMPTY for key, value in one.items())
