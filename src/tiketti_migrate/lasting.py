"""Options that decide what is written: what goes on without the source uses them as they were used last.

An option is one of them when its field is declared with ``json_schema_extra={"lasting": True}``. Those of
attachments last for every later run (see attachments.remembered), these for what goes on with the same
import: another import says its own.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from tiketti_migrate.attachments import said_before
from tiketti_migrate.load import LoadOptions
from tiketti_migrate.store import Ledger

__all__ = ["in_force", "recall", "remember"]

_KEY = "options"


def remember(ledger: Ledger, values: Mapping[str, Any], models: Iterable[type[BaseModel]]) -> None:
    """From now on these are in force: the lasting ones of ``values``, None meaning the default."""
    given = {
        name: values[name]
        for model in models
        for name, field in model.model_fields.items()
        if _lasts(model, name) and values.get(name) not in (None, field.default)
    }
    ledger.put(_KEY, json.dumps(given))


def recall(ledger: Ledger, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` as they are given now, over what is in force."""
    return {**_kept(ledger), **{name: value for name, value in values.items() if value is not None}}


def in_force(ledger: Ledger) -> dict[str, str]:
    """The flags that are not the defaults, with their values; "" for one that takes none."""
    files = LoadOptions.model_validate(said_before(ledger))
    said = {name: getattr(files, name) for name in files.model_fields_set}
    told = {name: value for name, value in said.items() if value != LoadOptions.model_fields[name].default}
    return {
        f"--{name.replace('_', '-')}": "" if value is True else _shown(value)
        for name, value in {**_kept(ledger), **told}.items()
        if value != ""
    }


def _kept(ledger: Ledger) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ledger.get(_KEY) or "{}")
    return found


def _lasts(model: type[BaseModel], name: str) -> bool:
    extra = model.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("lasting"))


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
