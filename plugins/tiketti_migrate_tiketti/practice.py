"""A private Tiketti on this machine, for the demo and rehearsals."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tiketti_migrate.api import PracticeTarget
from tiketti_migrate.errors import UsageError

__all__ = ["target"]


@dataclass(frozen=True)
class _Practice:
    options: Mapping[str, Any]
    environment: Mapping[str, str]


@contextmanager
def target() -> Iterator[PracticeTarget]:
    """Runs while the block lasts, unthrottled. Raises UsageError when its libraries are not installed."""
    try:
        from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
    except ImportError as error:
        hint = "pip install 'tiketti-migrate[sandbox]'"
        raise UsageError(f"the sandbox needs {error.name}", hint=hint) from error
    with Sandbox(SandboxOptions(limit="off")) as box:
        environment = {"TIKETTI_EMAIL": "admin@sandbox.test", "TIKETTI_PASSWORD": "sandbox-password"}
        yield _Practice({"base_url": box.url}, environment)
