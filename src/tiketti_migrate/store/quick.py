"""Fields of records as rows, for the kinds of which there are millions: checked without making the records.

Making a record takes three times as long as checking its fields. The rules are those of the models, so that
both ways come to the same row.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, Final

import orjson
from pydantic import TypeAdapter
from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from tiketti_migrate.records import YEAR_ONE, Message, Outcome, Record, Ticket
from tiketti_migrate.store.columns import BESIDE_THE_CONTENT, Row, texts

__all__ = ["QUICK", "Quick"]


class Quick:
    """Of one ``model``, whose records have no natural key."""

    def __init__(self, model: type[Record]) -> None:
        self._model = model
        self._kind = str(model.model_fields["kind"].default)
        self._lane = model.lane_field or "source_id"
        schema, definitions = _typed_dict(model)
        listed = core_schema.definitions_schema(core_schema.list_schema(schema), definitions)
        self._validate = SchemaValidator(listed).validate_python
        self._dump = SchemaSerializer(core_schema.definitions_schema(schema, definitions)).to_json

    def rows(self, items: Sequence[Mapping[str, Any]]) -> list[Row] | None:
        """None when they have to be looked at one by one. Raises pydantic.ValidationError."""
        found: list[dict[str, Any]] = self._validate(items)
        moments = self._moments(found)
        if not _are_sound(found, moments):
            return None
        contents = [self._dump(one, exclude_none=True) for one in found]
        columns = (
            repeat(self._kind, len(found)),
            [one["source_id"] for one in found],
            [one[self._lane] for one in found],
            repeat(self._model.lane_step, len(found)),
            moments,
            repeat(None, len(found)),
            *texts(contents, [one["origin"] for one in found], [one["warnings"] for one in found]),
        )
        return list(zip(*columns, strict=True))

    def _moments(self, found: Sequence[Mapping[str, Any]]) -> list[float | None]:
        name = self._model.moment_field
        if name is None:
            return [None] * len(found)
        moments = [one[name] for one in found]
        return [None if moment is None else moment.timestamp() for moment in moments]


def _are_sound(found: Sequence[Mapping[str, Any]], moments: Sequence[float | None]) -> bool:
    """What was checked and does not come back from JSON can only be in ``extra``, or a time before all."""
    told = [moment for moment in moments if moment is not None]
    if told and min(told) <= YEAR_ONE:
        return False
    return all(map(_is_plain, [one["extra"] for one in found if one["extra"]]))


def _is_plain(extra: Mapping[str, Any]) -> bool:
    """Texts were checked; what has more structure has to come back as it is."""
    if set(map(type, extra.values())) <= {str}:
        return True
    try:
        back: object = orjson.loads(orjson.dumps(extra))
    except (TypeError, ValueError, RecursionError):
        return False
    return back == extra


def _typed_dict(model: type[Record]) -> tuple[Any, list[Any]]:
    """The schema of a model's fields as those of a dictionary, and the definitions that it refers to.

    What is beside the content is checked but not written: said here, it is not asked again for each record.
    """
    schema: Any = TypeAdapter(model).core_schema
    definitions: list[Any] = []
    while schema["type"] != "model":
        definitions += schema.get("definitions", ())
        schema = schema["schema"]
    fields = {
        name: core_schema.typed_dict_field(
            field["schema"], serialization_exclude=name in BESIDE_THE_CONTENT or None
        )
        for name, field in schema["schema"]["fields"].items()
    }
    return core_schema.typed_dict_schema(fields, extra_behavior="forbid"), definitions


QUICK: Final = {str(model.model_fields["kind"].default): Quick(model) for model in (Ticket, Message, Outcome)}
