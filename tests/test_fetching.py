"""Servers that fail while attachments are fetched: what is at fault bears it, and everything else comes."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from file_server import HOST, FileServer
from tiketti_migrate.attachments import fetch_attachments
from tiketti_migrate.errors import TargetUnreachable
from tiketti_migrate.extract import FILE_HOSTS, extract
from tiketti_migrate.http import Downloader
from tiketti_migrate.load import LoadOptions
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS, Attachment, Contact, Message, Record, Ticket
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import ListSource

OTHER = "other.example"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "w") as workspace:
        yield workspace


def stage(workspace: Workspace, server: FileServer, *hosts: str) -> None:
    """One message, with a file on each of the hosts: number N lies at /N."""
    records: list[Record] = [
        Contact(source_id="c", name="J"),
        Ticket(source_id="t", subject="x", requester_id="c"),
        Message(source_id="m", ticket_id="t", body="x"),
    ]
    for number, host in enumerate(hosts):
        url = f"https://{host}/{number}"
        file = Attachment(source_id=str(number), message_id="m", filename="a", content_url=url)
        records.append(file)
        server.answers[f"/{number}"] = b"file"
    extract(ListSource(records), workspace.ledger, KINDS, Quiet(), threading.Event())
    workspace.ledger.put(FILE_HOSTS, f'["{HOST}", "{OTHER}"]')


def fetch(workspace: Workspace, server: FileServer) -> None:
    def make(hosts: tuple[str, ...], **more: Any) -> Downloader:
        return server.downloader(*hosts, **more)

    fetch_attachments(workspace.ledger, workspace.folder, LoadOptions(), Quiet(), threading.Event(), make)


def states(workspace: Workspace) -> dict[str, int]:
    return {state: count for state, (count, _) in workspace.ledger.files.tallies().items()}


def broken(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(500)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def tried(server: FileServer) -> set[str]:
    found = set(server.counts)
    server.seen.clear()
    return found


def test_many_neighbours_that_fail_do_not_stand_before_the_others(
    workspace: Workspace, server: FileServer
) -> None:
    stage(workspace, server, *[HOST] * 36)
    server.answers |= {f"/{number}": broken for number in range(26)}
    fetch(workspace, server)
    assert states(workspace) == {"done": 10, "failed": 26}


def test_what_a_host_has_comes_before_the_run_stops_for_another(
    workspace: Workspace, server: FileServer
) -> None:
    stage(workspace, server, *[OTHER] * 30, *[HOST] * 30)
    server.answers |= {f"/{number}": broken for number in range(30)}
    with pytest.raises(TargetUnreachable, match="the server answers 500"):
        fetch(workspace, server)
    assert states(workspace) == {"done": 30, "pending": 30}
    assert len([path for path in tried(server) if int(path[1:]) < 30]) < 24, "it was left alone"
    server.answers |= {f"/{number}": b"file" for number in range(30)}
    fetch(workspace, server)
    assert states(workspace) == {"done": 60}


def test_each_run_begins_with_what_was_tried_least(workspace: Workspace, server: FileServer) -> None:
    stage(workspace, server, *[HOST] * 60)
    server.answers |= {f"/{number}": broken for number in range(60)}
    runs = []
    for _ in range(2):
        with pytest.raises(TargetUnreachable):
            fetch(workspace, server)
        runs.append(tried(server))
    assert not runs[0] & runs[1]
    assert states(workspace) == {"pending": 60}


def test_what_never_comes_is_given_up_in_the_end(workspace: Workspace, server: FileServer) -> None:
    stage(workspace, server, *[HOST] * 14)
    server.answers |= {f"/{number}": broken for number in range(14)}
    runs = 0
    while "pending" in states(workspace):
        runs += 1
        assert runs <= 6
        try:
            fetch(workspace, server)
        except TargetUnreachable:
            assert states(workspace).keys() <= {"pending", "failed"}
    assert runs >= 3
    assert states(workspace) == {"failed": 14}
    assert workspace.ledger.files.retry() == 14
    with pytest.raises(TargetUnreachable):
        fetch(workspace, server)
    assert states(workspace) == {"pending": 14}, "whoever asks again has all tries again"


def test_a_network_that_is_down_is_not_asked_for_every_host(workspace: Workspace, server: FileServer) -> None:
    hosts = [f"h{number}.zdusercontent.com" for number in range(90)]
    stage(workspace, server, *[host for host in hosts for _ in range(4)])
    workspace.ledger.put(FILE_HOSTS, '[".zdusercontent.com"]')
    server.answers |= {f"/{number}": broken for number in range(360)}
    with pytest.raises(TargetUnreachable):
        fetch(workspace, server)
    assert len(tried(server)) < 200
    assert states(workspace) == {"pending": 360}
