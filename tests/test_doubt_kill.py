"""SIGKILL between a request and its answer, on every kind of write."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import REQUESTS, World, account, write_export


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[dict[str, World]]:
    """An account for each kind."""
    options = SandboxOptions(limit="off", faults="hang-seconds=60,late-seconds=3")
    with ExitStack() as stack:
        yield {kind: World(stack.enter_context(Sandbox(options)), tmp_path / kind) for kind in REQUESTS}


@pytest.mark.parametrize("fault", ["hang-before", "hang-after", "slow-commit"])
def test_killed_while_the_answer_is_awaited(worlds: dict[str, World], fault: str) -> None:
    def case(kind: str, world: World) -> None:
        data = account(2)
        export = write_export(world.folder / "export", data)
        world.box.fail_next(*REQUESTS[kind], fault)
        assert world.kill_when(lambda: world.met(fault), "import", "zendesk", export, "--yes")
        # A slow commit is still to come: the server knows nothing of the kill.
        settle = 4.0 if fault == "slow-commit" else 1.0
        assert world.load(export, settle=settle).complete
        world.assert_arrived(data)
        assert set(world.created().values()) == {True}

    with ThreadPoolExecutor(len(worlds)) as pool:
        runs = {kind: pool.submit(case, kind, world) for kind, world in worlds.items()}
        assert {kind: error for kind, run in runs.items() if (error := run.exception())} == {}
