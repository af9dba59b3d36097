"""One thing of a ticket that Tiketti has no field for."""

from typing import NamedTuple

__all__ = ["CUSTOM", "Row"]

# Rows of custom fields have this key, those of other fields the ticket's own.
CUSTOM = "custom_fields"


class Row(NamedTuple):
    """``text``, or the ``tickets`` it leads to.

    ``labels`` stand for it where it is short, names nobody and is no free text. ``field_id``: which of the
    custom fields.
    """

    key: str
    title: str
    text: str
    tickets: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    field_id: str | None = None
