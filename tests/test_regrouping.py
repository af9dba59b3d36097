"""Sources that make tickets of messages: what nobody has written is staged anew, what is there stays."""

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tiketti_migrate.api import Recalled, SinkContext
from tiketti_migrate.extract import extract
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS, Contact, Message, Outcome, Record, Ticket
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import ListSource, MemorySink


class Threads(ListSource):
    regroups = True

    def __init__(self, grouping: dict[str, str]) -> None:
        records: list[Record] = [Contact(source_id="jane", name="Jane", email="jane@example.com")]
        for ticket in dict.fromkeys(grouping.values()):
            records.append(Ticket(source_id=ticket, subject=ticket, requester_id="jane"))
            records.append(Outcome(source_id=ticket, status="open"))
        records += [
            Message(source_id=message, ticket_id=ticket, author_id="jane", body=message)
            for message, ticket in grouping.items()
        ]
        super().__init__(records)
        self.known: dict[str, tuple[str, bool]] = {}

    def recall(self, messages: Iterable[Recalled]) -> None:
        self.known = {one.source_id: (one.ticket_id, one.is_settled) for one in messages}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "work") as workspace:
        yield workspace


def read(source: Threads, workspace: Workspace) -> None:
    extract(source, workspace.ledger, KINDS, Quiet(), threading.Event())


def staged(workspace: Workspace) -> dict[str, str]:
    return {one.source_id: one.ticket_id for one in workspace.ledger.views.recalled()}


def test_a_plan_can_be_made_again_with_other_threads(workspace: Workspace) -> None:
    read(Threads({"a": "one", "b": "one"}), workspace)
    again = Threads({"a": "one", "b": "two"})
    read(again, workspace)
    assert again.known == {}
    assert staged(workspace) == {"a": "one", "b": "two"}
    assert workspace.ledger.views.counts()["ticket"]["pending"] == 2
    read(Threads({"a": "three"}), workspace)
    assert staged(workspace) == {"a": "three"}
    assert workspace.ledger.views.counts()["ticket"]["pending"] == 1


def test_what_was_written_is_told_to_the_source_and_stays(workspace: Workspace) -> None:
    read(Threads({"a": "one", "b": "one"}), workspace)
    sink = MemorySink(SinkContext())
    prepare(workspace.ledger, sink, LoadOptions())
    load(workspace.ledger, sink, LoadOptions(), Quiet(), threading.Event())
    later = Threads({"a": "one", "b": "two", "c": "two"})
    read(later, workspace)
    assert later.known == {"a": ("one", True), "b": ("one", True)}
    assert staged(workspace)["b"] == "one"
    assert workspace.ledger.views.counts()["message"]["done"] == 2


def test_other_sources_are_told_nothing(workspace: Workspace) -> None:
    read(Threads({"a": "one"}), workspace)
    extract(ListSource([]), workspace.ledger, KINDS, Quiet(), threading.Event())
    assert staged(workspace) == {"a": "one"}
