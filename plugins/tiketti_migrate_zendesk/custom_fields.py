"""Custom fields with their titles and the names of their options."""

from collections.abc import Iterator, Mapping
from typing import Any

from tiketti_migrate_zendesk.account import TicketField
from tiketti_migrate_zendesk.extra_row import CUSTOM, Row
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.references import References
from tiketti_migrate_zendesk.values import as_text, identifier, json_safe, text

__all__ = ["custom_rows", "titled", "values_of"]

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_CHOSEN = ("tagger", "multiselect", "dropdown")
_UNKNOWN = TicketField("")


def values_of(fields: Fields) -> dict[str, Any]:
    """What is set, by field id; newer exports call them custom_fields, older ones fields."""
    found: dict[str, Any] = {}
    repeats = fields.raw.get("fields") == fields.raw.get(CUSTOM)
    for key in (CUSTOM,) if repeats else ("fields", CUSTOM):
        value = fields.raw.get(key)
        pairs = value.items() if isinstance(value, dict) else _pairs(fields.items(key))
        for field_id, one in pairs:
            # A box that nobody ticked tells nothing; 0 is a number that somebody entered.
            if one is not False and one not in _EMPTY and (known := identifier(field_id)) is not None:
                found[known] = one
    fields.drop(CUSTOM, "fields")
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


def _pairs(values: list[Any]) -> Iterator[tuple[Any, Any]]:
    return ((one.get("id"), one.get("value")) for one in values if isinstance(one, dict))
