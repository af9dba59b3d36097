"""Values of an export, whatever type they came as (ids are integers, strings or UUIDs)."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

__all__ = [
    "REPAIRED",
    "as_text",
    "flag",
    "id_in",
    "identifier",
    "items",
    "json_safe",
    "line",
    "number",
    "shown",
    "text",
]

# Said of every record of such a line.
REPAIRED = "the line held what is no Unicode or no JSON: replaced"
# C0 and C1 control characters but tab and line breaks, and halves of surrogate pairs: they mean nothing in a
# text, harm terminals, and the latter cannot be written as UTF-8 at all.
_HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_DEEPEST = 20
_SMALL = 4000
# What of the above is written as an escape, or as it stands.
_ODD = re.compile(rb"\\u00|\\[bf]|\x7f|\xc2[\x80-\x9f]")
_LONGEST_ID = 200
_LONGEST_SHOWN = 60
_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), False),
}
_LONGEST_FLAG = 20
# Tools that know only numbers with decimals write 10 so.
_DECIMALS = re.compile(r"(-?[0-9]+)\.0+")
# Beyond it a float no longer tells neighbouring ids apart.
_EXACT = 2**53


def text(value: Any) -> str:
    """A string without control characters; "" for what is no text."""
    if isinstance(value, str):
        # What is printable holds none of them, and that is told ten times as fast.
        return value if value.isprintable() else _HARMFUL.sub("", value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python is willing to print
        return ""


def identifier(value: Any) -> str | None:
    """An id as a string; None for what cannot be one."""
    if type(value) is int and -_EXACT < value < _EXACT:
        return str(value)
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < _EXACT else None
    found = text(value).strip()
    if found.endswith("0") and (whole := _DECIMALS.fullmatch(found)) is not None:
        found = whole[1]
    return found if found and len(found) <= _LONGEST_ID else None


def number(value: Any) -> int | None:
    """A whole number, also from "90", "90.0" or 90.0; None for what is none."""
    if isinstance(value, str):
        words = value.strip()
        return int(words.partition(".")[0]) if re.fullmatch(r"-?[0-9]{1,15}(\.0{1,9})?", words) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(value: Any) -> bool | None:
    """True or False in any of the ways in which databases and tables write them; None for what is neither."""
    if isinstance(value, bool):
        return value
    words = text(value)
    return _FLAGS.get(words.strip().lower()) if len(words) <= _LONGEST_FLAG else None


def id_in(one: Any) -> str | None:
    """The id of an object, whatever key it stands under."""
    return identifier(one.get("id")) or identifier(one.get("_id")) if isinstance(one, Mapping) else None


def line(value: Any) -> str:
    """A text of one line, without surrounding blanks."""
    return " ".join(text(value).split())


def items(value: Any) -> list[Any]:
    """A list, or nothing."""
    return value if isinstance(value, list) else []


def shown(value: Any) -> str:
    """A short form for warnings."""
    words = text(value) if isinstance(value, str) else repr(json_safe(value))
    return f"'{words[:_LONGEST_SHOWN]}…'" if len(words) > _LONGEST_SHOWN else f"'{words}'"


def as_text(value: Any) -> str:
    """What is kept beside a record: a text as it is, anything else as JSON."""
    return text(value) if isinstance(value, str) else orjson.dumps(json_safe(value)).decode()


def json_safe(value: Any) -> Any:
    """The same value such that it can be written as JSON and read back by every parser."""
    if isinstance(value, Mapping | list) and _is_safe(value):
        return value
    return _made_safe(value, 0)


def _is_safe(value: Any) -> bool:
    """Most are small and hold nothing odd, which takes a tenth of the time to see."""
    try:
        written = orjson.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    levels = written.count(b"{") + written.count(b"[")
    if len(written) > _SMALL or levels > _DEEPEST or _ODD.search(written):
        return False
    # What is no number is written as null.
    return bool(orjson.loads(written) == value)


def _made_safe(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping | list) and depth >= _DEEPEST:
        return "(nested too deeply)"
    if isinstance(value, Mapping):
        return {text(str(key)): _made_safe(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_made_safe(one, depth + 1) for one in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return text(value)
    return value
