"""A source takes a mapping file: it applies the rules itself, or they are applied to its records."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tiketti_migrate.api import Source
from tiketti_migrate.mapped.columns import MODELS, RECORD_FIELDS
from tiketti_migrate.mapped.stream import Stream
from tiketti_migrate.mapping import EXTRA, IGNORE, MappingFile

__all__ = ["UNMAPPED", "Taken", "take"]


@dataclass(frozen=True)
class Taken:
    """What is to be done with the items of a source. ``text``: of the mapping file, "" without one; ``file``:
    its name.

    ``apply`` takes the items and whether they are read from the source's start.
    """

    text: str
    apply: Callable[[Iterable[object], bool], Iterator[object]]
    file: str = ""


UNMAPPED = Taken("", lambda items, _whole: iter(items))


def take(source: Source, mapping: MappingFile | None) -> Taken:
    """Give ``mapping`` to ``source``. Raises UsageError for wrong fields or columns, or another's file."""
    if mapping is None:
        return UNMAPPED
    if mapping.source_name not in (None, source.name):
        mapping.refuse_at(("source", "name"), f"is for the source {mapping.source_name}, not {source.name}")
    mapping.check_fields(source.fields or RECORD_FIELDS)
    if source.use(mapping):
        return Taken(mapping.text, UNMAPPED.apply, mapping.file)
    _refuse_empty(mapping)
    return Taken(mapping.text, lambda items, whole: Stream(mapping).run(items, whole=whole), mapping.file)


def _refuse_empty(mapping: MappingFile) -> None:
    """Fields that a record cannot be without cannot be taken from it."""
    for kind, model in MODELS.items():
        rules = mapping.rules(kind)
        for column, to in rules.columns.items():
            declared = model.model_fields.get(column)
            required = column == "status" or (declared is not None and declared.is_required())
            if to not in (EXTRA, IGNORE) or column in rules.templates:
                continue
            if required and column in RECORD_FIELDS[kind]:
                where = (kind, "columns", column)
                mapping.refuse_at(
                    where, f"a {kind} cannot be without {column}", "give it another value in fields"
                )
