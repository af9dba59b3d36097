"""A source is told when the run stops, and can tell of its waits."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tiketti_migrate.api import Checkpoint, Extracted, NoOptions, Notice, Source
from tiketti_migrate.errors import Interrupted
from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS, Label
from tiketti_migrate.store import Workspace


class Waiting(Source):
    """Waits for something that never comes."""

    name = "waiting"
    title = "Waiting"

    def __init__(self) -> None:
        super().__init__(NoOptions())
        self.told: list[str] = []

    def attend(self, stopping: threading.Event, notify: Callable[[Notice], None]) -> None:
        self.told.append("attend")
        self._stopping, self._notify = stopping, notify

    def identity(self) -> str:
        return "waiting"

    def check(self) -> None:
        self.told.append("check")

    def extract(self, cursor: str | None) -> Iterator[Extracted]:
        self.told.append("extract")
        yield Label(source_id="l1", origin="here", name="One")
        yield Checkpoint("behind the first")
        self._notify(Notice("Waiting for the rate limit", 600))
        if self._stopping.wait(20):
            raise Interrupted("stopped while reading")


class Impatient(Quiet):
    """Stops the run at the first wait."""

    def __init__(self, stopping: threading.Event) -> None:
        self.stopping = stopping
        self.notices: list[Notice] = []

    def notice(self, notice: Notice) -> None:
        self.notices.append(notice)
        self.stopping.set()


def test_a_source_tells_of_a_wait_and_ends_it_when_the_run_stops(tmp_path: Path) -> None:
    source, stopping = Waiting(), threading.Event()
    progress = Impatient(stopping)
    with Workspace(tmp_path / "work") as workspace, pytest.raises(Interrupted):
        extract(source, workspace.ledger, KINDS, progress, stopping)
    with Workspace(tmp_path / "work") as workspace:
        assert workspace.ledger.get("cursor") == "behind the first", "what was read before the wait is kept"
        assert workspace.ledger.views.counts()["label"]["pending"] == 1
    assert source.told == ["attend", "check", "extract"]
    assert progress.notices == [Notice("Waiting for the rate limit", 600)]


class Silent(Waiting):
    """Asks a server that never says a word, and attends to nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def check(self) -> None:
        self.released.wait(60)


def test_nobody_waits_for_a_server_that_is_silent_when_it_is_asked_first(tmp_path: Path) -> None:
    source, stopping = Silent(), threading.Event()
    threading.Timer(0.3, stopping.set).start()
    with Workspace(tmp_path / "work") as workspace, pytest.raises(Interrupted):
        extract(source, workspace.ledger, KINDS, Quiet(), stopping)
    assert not source.released.is_set()
    source.released.set()
