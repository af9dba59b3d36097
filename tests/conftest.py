"""A private Tiketti over real sockets, and the command line as a user runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import World

# How long an example takes is for benchmarks, and tells nothing on a busy machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(limit="off")) as sandbox:
        yield sandbox


@pytest.fixture
def world(box: Sandbox, tmp_path: Path) -> World:
    return World(box, tmp_path)
