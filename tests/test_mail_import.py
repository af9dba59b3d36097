"""A mailbox of 3,000 mails on a real Dovecot, into Tiketti and into the ledger, disturbed in every way."""

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from dovecot import PASSWORD, USER, Dovecot, dovecot, dovecot_home, free_port
from mail_account import Account, make_account
from slow_line import SlowLine
from tiketti_migrate.api import Source
from tiketti_migrate.testing import SourceContract
from tiketti_migrate_mail.imap_options import ImapOptions
from tiketti_migrate_mail.imap_source import ImapSource
from world import World, wait_until

MAILS = 3000
STAGE = """
import sys, threading
from pathlib import Path
from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS
from tiketti_migrate.registry import Registry
from tiketti_migrate.store import Workspace
source = Registry().source("imap")
where = {"host": "127.0.0.1", "port": int(sys.argv[1]), "user": sys.argv[2], "security": "plain"}
options = source.Options(**where, all_folders=True)
with Workspace(Path(sys.argv[3])) as workspace:
    extract(source(options), workspace.ledger, KINDS, Quiet(), threading.Event())
"""


@pytest.fixture(scope="module")
def account() -> Account:
    return make_account(MAILS)


@pytest.fixture(scope="module")
def server(account: Account) -> Iterator[Dovecot]:
    with serving(account) as server:
        yield server


@contextmanager
def serving(account: Account) -> Iterator[Dovecot]:
    with dovecot_home() as home:
        server = Dovecot(home, free_port())
        account.write({folder: server.maildir(folder=folder) for folder in account.folders})
        with dovecot(server):
            yield server


def environment() -> dict[str, str]:
    return {**os.environ, "TIKETTI_IMAP_PASSWORD": PASSWORD}


def stage(port: int, workspace: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", STAGE, str(port), USER, str(workspace)]
    return subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True)


def staged(port: int, workspace: Path) -> None:
    process = stage(port, workspace)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def content(workspace: Path) -> str:
    """All that is in the ledger, and the files."""
    connection = sqlite3.connect(workspace / "migration.db")
    rows = connection.execute(
        "SELECT kind, source_id, lane, step, moment, natural_key, state, record, warnings FROM row"
        " ORDER BY kind, source_id"
    ).fetchall()
    connection.close()
    files = sorted(path.name for path in (workspace / "attachments").rglob("*") if path.is_file())
    return hashlib.sha256(repr((rows, files)).encode()).hexdigest()


def counted(workspace: Path) -> Counter[str]:
    connection = sqlite3.connect(workspace / "migration.db")
    rows = connection.execute("SELECT kind, count(*) FROM row GROUP BY kind").fetchall()
    connection.close()
    return Counter(dict(rows))


def mailbox_state(server: Dovecot) -> dict[str, bytes]:
    """Every mail with its name, which bears its flags, and the list of numbers."""
    root = server.maildir()
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and (path.parent.name in ("cur", "new") or path.name == "dovecot-uidlist"):
            found[str(path.relative_to(root))] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def undisturbed(server: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("undisturbed") / "work"
    staged(server.port, workspace)
    return workspace


def test_every_mail_is_staged_once_in_its_thread(account: Account, undisturbed: Path) -> None:
    found = counted(undisturbed)
    assert found["message"] == MAILS
    assert found["ticket"] == found["outcome"] == len(account.threads)
    assert found["attachment"] == sum(letter.files for letter in account.letters)
    connection = sqlite3.connect(undisturbed / "migration.db")
    sizes = connection.execute(
        "SELECT count(*) FROM row WHERE kind = 'message' GROUP BY lane ORDER BY 1"
    ).fetchall()
    connection.close()
    assert [size for (size,) in sizes] == sorted(account.threads.values())


def test_nothing_changes_on_the_server(server: Dovecot, undisturbed: Path, tmp_path: Path) -> None:
    before = mailbox_state(server)
    staged(server.port, tmp_path / "work")
    assert mailbox_state(server) == before
    assert content(tmp_path / "work") == content(undisturbed)


def test_a_process_killed_twenty_times_comes_to_the_same(
    server: Dovecot, undisturbed: Path, tmp_path: Path
) -> None:
    draw = random.Random(7)
    with SlowLine(server.port, rate=2_500_000) as line:
        for _ in range(20):
            process = stage(line.port, tmp_path / "work")
            time.sleep(draw.uniform(0.3, 3.0))
            process.send_signal(signal.SIGKILL)
            process.communicate()
    staged(server.port, tmp_path / "work")
    assert content(tmp_path / "work") == content(undisturbed)


def test_a_connection_that_breaks_twenty_times_comes_to_the_same(
    server: Dovecot, undisturbed: Path, tmp_path: Path
) -> None:
    draw = random.Random(8)
    with SlowLine(server.port, rate=4_000_000) as line:
        process = stage(line.port, tmp_path / "work")
        cuts = 0
        while cuts < 20 and process.poll() is None:
            wait_until(partial(_has_passed, line, line.passed + draw.randint(1000, 90_000), process))
            cuts += line.cut()
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert cuts >= 20
    assert content(tmp_path / "work") == content(undisturbed)


def _has_passed(line: SlowLine, wanted: int, process: "subprocess.Popen[str]") -> bool:
    return line.passed >= wanted or process.poll() is not None


def test_it_arrives_in_tiketti(world: World) -> None:
    account = make_account(60, seed=3)
    world.extra |= {"TIKETTI_IMAP_PASSWORD": PASSWORD}
    with serving(account) as server:
        command = ("import", "imap", "--host", "127.0.0.1", "--port", str(server.port))
        world.run(*command, "--user", USER, "--security", "plain", "--yes").assert_exit(0)
    held = world.box.snapshot("Sandbox Oy")
    assert len(held["tickets"]) == len(account.threads)
    wanted = Counter(account.status(thread) for thread in account.threads)
    assert Counter(ticket["status"] for ticket in held["tickets"]) == wanted
    sizes = [len(messages) for messages in held["messages"].values()]
    assert sorted(sizes) == sorted(account.threads.values())
    kept = b"".join(file.read_bytes() for file in world.workspace.rglob("*") if file.is_file())
    assert PASSWORD.encode() not in kept


def test_whose_mails_are_replies_is_told_before_anything_is_written(world: World, tmp_path: Path) -> None:
    mbox = tmp_path / "inbox.mbox"
    mbox.write_text(
        "From x Mon Jan  1 00:00:00 2024\nFrom: jane@example.com\nTo: help@acme.test\nSubject: Printer\n"
        "Date: Mon, 1 Jan 2024 10:00:00 +0000\nMessage-ID: <a@x>\n\nIt is on fire\n\n"
        "From x Mon Jan  1 00:00:00 2024\nFrom: help@acme.test\nTo: jane@example.com\nSubject: Re: Printer\n"
        "Date: Tue, 2 Jan 2024 10:00:00 +0000\nMessage-ID: <b@x>\nReferences: <a@x>\n\nUse water\n\n"
    )
    words = "mails from these are taken for replies: help@acme.test (most mails are from or to it, 2)"
    (warning,) = json.loads(world.run("import", "mbox", mbox, "--plan", "--json").assert_exit(0).out)[
        "warnings"
    ]
    assert words in warning
    said = world.run("import", "mbox", mbox, "--yes").assert_exit(0).err
    assert words in said
    assert "OURS" not in said


@pytest.fixture(scope="module")
def small() -> Iterator[Dovecot]:
    with serving(make_account(30, seed=5)) as server:
        yield server


class TestImap(SourceContract):
    @pytest.fixture(autouse=True)
    def _account(self, small: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIKETTI_IMAP_PASSWORD", PASSWORD)
        self._port = small.port

    def make(self) -> Source:
        return ImapSource(ImapOptions(host="127.0.0.1", port=self._port, user=USER, security="plain"))
