"""The tables of words that come with this package, as TOML files beside the code."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["read"]


@cache
def read(name: str) -> dict[str, Any]:
    """The content of a bundled file, by its name."""
    return tomllib.loads((files("tiketti_migrate_csv") / name).read_text(encoding="utf-8"))
