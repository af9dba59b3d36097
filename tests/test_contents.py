"""Files on their way into the workspace: there before their rows are, few in memory, whole or not at all."""

import hashlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from holding import HoldingWorld, write_source
from tiketti_migrate import extract as extracting
from tiketti_migrate.api import Content, Extracted, Problem, Source
from tiketti_migrate.attachments import arrange, fetch_attachments
from tiketti_migrate.blobs import Blob, Blobs
from tiketti_migrate.contents import Contents
from tiketti_migrate.errors import Interrupted, SourceError, UsageError
from tiketti_migrate.extract import extract
from tiketti_migrate.load import LoadOptions
from tiketti_migrate.mapped import take
from tiketti_migrate.mapping import parse_mapping
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS, Attachment, Contact, Message, Outcome, Record, Ticket
from tiketti_migrate.store import FilesTally, Packed, Workspace
from tiketti_migrate.store.staging import Staging
from tiketti_migrate.testing import ListSource, SourceContract
from tiketti_migrate_tiketti.sandbox import Sandbox


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def held(number: int, data: bytes) -> list[Record | Problem | Content]:
    """A ticket whose message came with a file."""
    return [
        Ticket(source_id=f"t{number}", subject="x", requester_id="c"),
        Message(source_id=f"m{number}", ticket_id=f"t{number}", body="x"),
        Content(data),
        Attachment(
            source_id=f"a{number}",
            message_id=f"m{number}",
            filename="a",
            size=len(data),
            sha256=digest(data),
        ),
        Outcome(source_id=f"t{number}", status="open"),
    ]


def source_of(*contents: bytes) -> ListSource:
    items: list[Record | Problem | Content] = [Contact(source_id="c", name="J")]
    for number, data in enumerate(contents):
        items += held(number, data)
    return ListSource(items)


def staged(
    workspace: Path, source: Source, stopping: threading.Event | None = None, *, keep_files: bool = True
) -> None:
    with Workspace(workspace) as opened:
        stopping = stopping or threading.Event()
        extract(source, opened.ledger, KINDS, Quiet(), stopping, keep_files=keep_files)


def files(workspace: Path) -> dict[str, bytes]:
    """All that lies among the attachments, by name."""
    return {path.name: path.read_bytes() for path in (workspace / "attachments").rglob("*") if path.is_file()}


class TestItKeepsTheContract(SourceContract):
    def make(self) -> Source:
        return source_of(b"one", b"two", b"one")


def test_the_contract_tells_what_is_wrong() -> None:
    class Suite(SourceContract):
        items: list[Record | Problem | Content]

        def make(self) -> Source:
            return ListSource(self.items)

    suite, right = Suite(), held(1, b"x")
    for wrong, words in (
        ([*right[:2], right[3], right[2]], "names bytes that were not yielded before it"),
        ([Content("x"), *right], "a file is bytes"),  # type: ignore[arg-type]
        ([Content(b"x"), right[3].model_copy(update={"size": 7})], "is of another size"),  # type: ignore[union-attr]
    ):
        suite.items = wrong
        with pytest.raises(AssertionError, match=words):
            suite.test_the_files_that_it_holds_come_before_what_names_them()


def test_each_is_kept_once_with_its_bytes_for_the_user_alone(tmp_path: Path) -> None:
    contents = [b"", b"one", b"two" * 100_000, b"one"]
    staged(tmp_path / "w", source_of(*contents))
    assert files(tmp_path / "w") == {digest(data): data for data in contents}
    for path in (tmp_path / "w" / "attachments").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_what_is_there_in_full_is_not_written_again_and_what_is_cut_is(tmp_path: Path) -> None:
    staged(tmp_path / "w", source_of(b"one", b"two"))
    one, two = (Blobs(tmp_path / "w").path(digest(data)) for data in (b"one", b"two"))
    before = one.stat().st_ino
    two.write_bytes(b"t")
    (tmp_path / "w" / "attachments" / "9.part").write_bytes(b"half")
    staged(tmp_path / "w", source_of(b"one", b"two"))
    assert one.stat().st_ino == before
    assert files(tmp_path / "w") == {digest(b"one"): b"one", digest(b"two"): b"two"}


def test_they_are_on_the_disk_before_their_rows_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    committed: list[str] = []
    contents = [f"file {number}".encode() for number in range(300)]
    real_sync, real_write = os.fsync, Staging.write

    def sync(descriptor: int) -> None:
        real_sync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    def write(self: Staging, batch: Packed, cursor: str | None = None) -> None:
        for kind, source_id, *_ in batch.rows:
            if kind == "attachment":
                path = Blobs(tmp_path / "w").path(digest(contents[int(source_id[1:])]))
                for place in (path, path.parent, path.parent.parent, tmp_path / "w"):
                    assert place.stat().st_ino in synced, place
                committed.append(source_id)
        real_write(self, batch, cursor)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Staging, "write", write)
    monkeypatch.setattr(extracting, "_CHECKPOINT_RECORDS", 100)
    staged(tmp_path / "w", source_of(*contents))
    assert len(committed) == 300


def test_few_of_them_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def slowly(_: Blobs, data: bytes, aside: str) -> Blob:
        time.sleep(0.001)
        written.append(aside)
        return Blob(digest(data[:1]), len(data))

    monkeypatch.setattr(Blobs, "put", slowly)
    monkeypatch.setattr(Blobs, "settle", lambda *_: None)
    with closing(Contents(tmp_path, keep=True)) as contents:
        for number in range(200):
            contents.take(bytes(1_000_000))
            assert number + 1 - len(written) <= 16
        contents.take(bytes(50_000_000))
        assert len(written) >= 200, "one that is larger than all goes alone"
        contents.batch().wait()
    assert len(written) == 201


@pytest.mark.parametrize("data", ["text", None, 7, bytearray(b"x"), [b"x"]])
def test_what_is_no_bytes_is_a_problem(tmp_path: Path, data: Any) -> None:
    items: list[Record | Problem | Content] = [Contact(source_id="c", name="J"), *held(1, b"x")]
    items[3] = Content(data)
    with Workspace(tmp_path / "w") as workspace:
        ledger = workspace.ledger
        extract(ListSource(items), ledger, KINDS, Quiet(), threading.Event())
        assert ledger.problems.counts() == {"BAD_CONTENT": 1}
        fetch_attachments(ledger, workspace.folder, LoadOptions(), Quiet(), threading.Event())
        (failure,) = ledger.views.failures()
    assert failure.code == "FILE_MISSING"
    assert "run import list ... again" in str(failure.hint)


@pytest.mark.parametrize("sha256", ["", "x" * 64, "../../../etc/passwd", "A" * 64, "a" * 63])
def test_what_is_no_hash_is_no_record(tmp_path: Path, sha256: str) -> None:
    fields = {"kind": "attachment", "source_id": "a", "message_id": "m", "filename": "a", "sha256": sha256}

    class Odd(ListSource):
        def extract(self, cursor: str | None) -> Iterator[Extracted]:
            yield fields
            yield from super().extract(cursor)

    with Workspace(tmp_path / "w") as workspace:
        extract(Odd([]), workspace.ledger, KINDS, Quiet(), threading.Event())
        assert workspace.ledger.problems.counts() == {"BAD_RECORD": 1}


# -- nobody wants them -------------------------------------------------------------------------------------


class Cut(ListSource):
    """Fails once, after ``most`` items; tells from where it was read."""

    def __init__(self, items: Any, most: int) -> None:
        super().__init__(items)
        self.most: int | None = most
        self.begun: list[str | None] = []

    def extract(self, cursor: str | None) -> Iterator[Extracted]:
        self.begun.append(cursor)
        most, self.most = self.most, None
        for number, item in enumerate(super().extract(cursor)):
            if number == most:
                raise SourceError("the line is cut")
            yield item


def cut(*contents: bytes) -> Cut:
    return Cut(
        [Contact(source_id="c", name="J"), *(one for n, c in enumerate(contents) for one in held(n, c))], 16
    )


def test_dropped_they_leave_no_trace(tmp_path: Path) -> None:
    staged(tmp_path / "w", source_of(b"one", b"two"), keep_files=False)
    assert not (tmp_path / "w" / "attachments").exists()
    with Workspace(tmp_path / "w") as workspace:
        assert workspace.ledger.files.to_fetch() == FilesTally(2, 6)


def test_read_with_them_after_it_was_cut_without_it_begins_again(tmp_path: Path) -> None:
    source = cut(b"one", b"two", b"three")
    with pytest.raises(SourceError):
        staged(tmp_path / "w", source, keep_files=False)
    staged(tmp_path / "w", source)
    assert source.begun == [None, None]
    assert files(tmp_path / "w").keys() == {digest(data) for data in (b"one", b"two", b"three")}


def test_after_a_reading_that_failed_at_once_nothing_is_given_up(tmp_path: Path) -> None:
    """Whoever resumes then has what a plan has read, and no files."""
    staged(tmp_path / "w", source_of(b"one", b"two"), keep_files=False)
    with pytest.raises(SourceError):
        staged(tmp_path / "w", Cut(source_of(b"one", b"two")._items, 0))
    with Workspace(tmp_path / "w") as workspace:
        assert workspace.ledger.get("cursor") == ""
        with pytest.raises(UsageError, match="2 would be left out"):
            fetch_attachments(workspace.ledger, workspace.folder, LoadOptions(), Quiet(), threading.Event())
    staged(tmp_path / "w", source_of(b"one", b"two"))
    with Workspace(tmp_path / "w") as workspace:
        fetch_attachments(workspace.ledger, workspace.folder, LoadOptions(), Quiet(), threading.Event())
        assert workspace.ledger.files.tallies() == {"done": FilesTally(2, 6)}


def test_cut_twice_it_goes_on_from_the_second_time(tmp_path: Path) -> None:
    source = cut(b"one", b"two", b"three")
    with pytest.raises(SourceError):
        staged(tmp_path / "w", source, keep_files=False)
    source.most = 16
    with pytest.raises(SourceError):
        staged(tmp_path / "w", source)
    staged(tmp_path / "w", source)
    assert source.begun == [None, None, "8"]
    assert files(tmp_path / "w").keys() == {digest(data) for data in (b"one", b"two", b"three")}


def test_read_with_them_it_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    source = cut(b"one", b"two", b"three")
    with pytest.raises(SourceError):
        staged(tmp_path / "w", source)
    assert files(tmp_path / "w").keys() == {digest(b"one")}
    staged(tmp_path / "w", source)
    assert source.begun == [None, "8"]
    assert files(tmp_path / "w").keys() == {digest(data) for data in (b"one", b"two", b"three")}


def test_a_source_without_files_goes_on_after_a_plan(tmp_path: Path) -> None:
    items = [item for item in cut(b"one", b"two")._items if not isinstance(item, Content | Attachment)]
    source = Cut(items, 8)
    with pytest.raises(SourceError):
        staged(tmp_path / "w", source, keep_files=False)
    staged(tmp_path / "w", source)
    assert source.begun == [None, "4"]


# -- rules, interruptions, a full disk ---------------------------------------------------------------------


def test_rules_that_make_records_wait_do_not_make_files_wait(tmp_path: Path) -> None:
    rules = parse_mapping('[[ticket.where]]\ncolumn = "status"\nis_not = "closed"', "map.toml")
    contents = [f"file {number}".encode() for number in range(50)]
    source = source_of(*contents)
    with Workspace(tmp_path / "w") as workspace:
        extract(source, workspace.ledger, KINDS, Quiet(), threading.Event(), take(source, rules))
        assert workspace.ledger.views.counts()["attachment"]["pending"] == 50
        arrange(workspace.ledger, LoadOptions(), workspace.folder)
        assert workspace.ledger.files.tallies() == {"done": FilesTally(50, sum(map(len, contents)))}


def test_stopped_it_keeps_what_was_read_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()
    monkeypatch.setattr(extracting, "_CHECKPOINT_RECORDS", 10)

    class Stopping(ListSource):
        def extract(self, cursor: str | None) -> Iterator[Extracted]:
            for number, item in enumerate(super().extract(cursor)):
                if number == 400:
                    stopping.set()
                yield item

    source = Stopping(source_of(*(f"file {number}".encode() for number in range(300)))._items)
    with pytest.raises(Interrupted):
        staged(tmp_path / "w", source, stopping)
    kept = files(tmp_path / "w")
    with Workspace(tmp_path / "w") as workspace:
        rows = [file.sha256 for file in workspace.ledger.held.waiting()]
    assert 0 < len(rows) < 300
    assert kept.keys() >= set(rows)
    assert all(digest(data) == name for name, data in kept.items() if not name.endswith(".part"))


@pytest.fixture
def small_disk(box: Sandbox, tmp_path: Path) -> Iterator[HoldingWorld]:
    """The workspace on a file system of its own with little room."""
    user = HoldingWorld(box, tmp_path, extra={"HOLDING_EVERY": "12"})
    user.workspace.mkdir()
    if not mounted(user, "size=3m,mode=0700"):
        pytest.skip("mounting a small disk needs root")
    yield user
    subprocess.run(["umount", str(user.workspace)], check=True)


def mounted(user: HoldingWorld, how: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(user.workspace)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def test_a_full_disk_stops_the_reading_and_a_larger_one_goes_on(small_disk: HoldingWorld) -> None:
    user = small_disk
    command = ("import", "holding", write_source(user.source, tickets=100, size=40_000), "--yes")
    ran = user.run(*command).assert_exit(4)
    words = " ".join(ran.err.split())
    assert "attachments cannot be written: No space left on device" in words or "disk is full" in words
    assert str(user.workspace) in words
    assert "Traceback" not in ran.err
    assert user.writes().total() == 0
    for name in user.committed():
        assert digest((user.kept / name[:2] / name).read_bytes()) == name
    assert user.committed()
    assert not list(user.kept.glob("*.part"))
    assert mounted(user, "remount,size=60m")
    user.run(*command, "--limit", "1").assert_exit(0)
    user.assert_all_kept()
