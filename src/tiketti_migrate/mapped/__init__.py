"""A mapping file at work on the records of a source that does not apply it itself.

A column is what a record has: a field, or a key of its ``extra`` (``via.channel``; in a list of custom
fields by title or id: ``custom_fields.Product``). The status of a ticket stands in its outcome, the names of
its labels in records of their own; both count as fields of the ticket.
"""

from tiketti_migrate.mapped.columns import RECORD_FIELDS, TITLES, as_record, column_of
from tiketti_migrate.mapped.taking import UNMAPPED, Taken, take

__all__ = ["RECORD_FIELDS", "TITLES", "UNMAPPED", "Taken", "as_record", "column_of", "take"]
