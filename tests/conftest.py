"""A private Tiketti over real sockets, and the command line as a user runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from file_server import FileServer
from files_world import FilesWorld
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


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as server:
        yield server


@pytest.fixture
def user(box: Sandbox, tmp_path: Path, server: FileServer) -> FilesWorld:
    authority = server.write_authority(tmp_path / "authority.pem")
    extra = {"FILES_PORT": str(server.port), "FILES_AUTHORITY": str(authority)}
    return FilesWorld(box, tmp_path, extra=extra)
