"""Records that become one, because the target keeps their key once: what the later one loses is told."""

from tiketti_migrate.records import Record

__all__ = ["said_of_twin"]

_KEYS = {"contact": "email", "company": "name", "label": "name"}
_LONGEST = 80


def said_of_twin(record: Record, first: Record) -> str:
    """The warning for a record that becomes one with ``first``: what it holds otherwise is named with its
    value.
    """
    key = _KEYS.get(record.kind, "name")
    same = "e-mail address" if key == "email" else key
    fields = [name for name in type(record).model_fields if name not in Record.model_fields and name != key]
    values = ((name, getattr(record, name)) for name in fields)
    lost = [
        f"{name.removesuffix('_id')} {_shown(value)}"
        for name, value in values
        if value not in (None, "", ()) and value != getattr(first, name)
    ]
    words = f"has the same {same} as {record.kind} {first.source_id}: they become one"
    return f"{words}; not taken over: {', '.join(lost)}" if lost else words


def _shown(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}...")
