"""A server that is gone, and a machine that slept: the run waits, goes on by itself, and loses nothing."""

import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiketti_migrate.api import Created, Notice, Refs, SinkContext
from tiketti_migrate.errors import TargetUnreachable
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.load.outage import Outage
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import Contact, Record
from tiketti_migrate.store import Ledger
from tiketti_migrate_tiketti.options import TikettiOptions
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from tiketti_migrate_tiketti.sink import TikettiSink
from world import World, account, write_export

TICKETS = 14


class Run:
    """An import under way whose messages can be waited for."""

    def __init__(self, world: World, *more: str) -> None:
        self.world = world
        export = write_export(world.folder / "export", account(TICKETS))
        self.process = world.start(
            "import", "zendesk", export, "--yes", "--settle", "1", "--workers", "4", *more
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def until_written(self, writes: int) -> None:
        deadline = time.monotonic() + 30
        while self.world.writes().total() < writes:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def waits(self) -> list[int]:
        """The seconds that were announced so far."""
        pattern = re.compile(r"does not answer .*; trying again \((\d+) s\)")
        return [int(found[1]) for line in list(self.said) if (found := pattern.search(line))]

    def until_it_waits(self, seconds: int) -> None:
        deadline = time.monotonic() + 30
        while seconds not in self.waits():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def end(self, code: int) -> str:
        self.process.wait(60)
        self._reader.join()
        err = "".join(self.said)
        assert self.process.returncode == code, err
        return err

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[World]:
    """Some latency, so that requests are on their way when the server goes."""
    with Sandbox(SandboxOptions(limit="off", latency=0.05)) as box:
        yield World(box, tmp_path)


@pytest.fixture
def running(slow: World) -> Iterator[Run]:
    run = Run(slow)
    yield run
    run.close()


def test_a_server_that_is_gone_for_a_while_is_waited_for(running: Run) -> None:
    running.until_written(20)
    running.world.box.stop()
    running.until_it_waits(2)
    running.world.box.start()
    err = running.end(0)
    assert running.waits()[-2:] == [1, 2]
    assert "Tiketti answers again" in err
    running.world.assert_arrived(account(TICKETS))


def test_ctrl_c_while_the_server_is_gone_ends_at_once_and_resume_goes_on(running: Run) -> None:
    running.until_written(20)
    running.world.box.stop()
    running.until_it_waits(2)
    announced = len(running.waits())
    running.process.send_signal(signal.SIGINT)
    err = running.end(4)
    # It did not even wait for the next try.
    assert len(running.waits()) == announced
    assert f"resume with: tiketti-migrate --workspace {running.world.workspace} resume" in err
    running.world.box.start()
    running.world.run("resume", "--yes", "--settle", "1").assert_exit(0)
    running.world.assert_arrived(account(TICKETS))


def test_patience_ends_with_the_way_to_go_on(slow: World) -> None:
    run = Run(slow, "--patience", "2")
    try:
        run.until_written(20)
        slow.box.stop()
        err = run.end(4)
    finally:
        run.close()
    assert "Error: Tiketti does not answer" in err
    assert "resume with: tiketti-migrate" in err
    slow.box.start()
    slow.run("resume", "--yes", "--settle", "1").assert_exit(0)
    slow.assert_arrived(account(TICKETS))


@pytest.mark.parametrize("lost", [False, True])
def test_a_machine_that_slept_for_an_hour_goes_on(running: Run, lost: bool) -> None:
    world = running.world
    running.until_written(20)
    if lost:
        world.box.fail_next("POST", "^/tickets|/messages$", "drop-after", times=4)
    running.process.send_signal(signal.SIGSTOP)
    # Meanwhile the server's clock goes on, its connections die and the access token does, too.
    world.box.stop()
    world.box.set_skew(3600)
    world.box.start()
    running.process.send_signal(signal.SIGCONT)
    running.end(0)
    assert world.box.request_counts["POST /auth/refresh"] == 1
    world.assert_arrived(account(TICKETS))


class Watch(Quiet):
    """Keeps the notices."""

    def __init__(self) -> None:
        self.seen: list[Notice] = []

    def notice(self, notice: Notice) -> None:
        self.seen.append(notice)


class TestAnHour:
    """The waits of an outage, in simulated time."""

    def setup_method(self) -> None:
        self.now = 5000.0
        self.watch = Watch()
        self.outage = Outage(7200, self.watch, lambda: self.now)

    def gone_for(self, seconds: float) -> TargetUnreachable | None:
        """Try whenever it is allowed to."""
        end = self.now + seconds
        while self.now < end:
            stopped = self.outage.failed("cannot connect")
            if stopped is not None:
                assert isinstance(stopped, TargetUnreachable)
                return stopped
            assert self.outage.lasts()
            assert self.outage.doubtful
            self.now += self.watch.seen[-1].seconds
            assert not self.outage.lasts()
        return None

    def test_an_hour_is_waited_out_with_a_try_each_minute(self) -> None:
        assert self.gone_for(3600) is None
        waits = [notice.seconds for notice in self.watch.seen]
        assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
        assert set(waits[7:]) == {60}
        assert sum(waits) >= 3600
        self.outage.over()
        assert not self.outage.doubtful
        assert not self.outage.lasts()
        assert self.watch.seen[-1] == Notice("Tiketti answers again")

    def test_patience_is_kept_to_the_second(self) -> None:
        assert self.gone_for(10_000) is not None
        assert self.now == 5000 + 7200

    def test_patience_is_for_one_outage(self) -> None:
        assert self.gone_for(7000) is None
        self.outage.over()
        assert self.gone_for(7000) is None

    def test_requests_that_fail_together_are_one_failure(self) -> None:
        for _ in range(32):
            assert self.outage.failed("cannot connect") is None
        assert [notice.seconds for notice in self.watch.seen] == [1]

    def test_an_answer_without_an_outage_is_no_news(self) -> None:
        self.outage.over()
        assert self.watch.seen == []


class CountingSink(TikettiSink):
    """The server goes before the 13th write; counts the writes that are tried after that."""

    written = tried = 0
    gone = False
    box: Sandbox

    def create(self, record: Record, refs: Refs) -> Created:
        self.written += 1
        if self.written == 13:
            self.box.stop()
            self.gone = True
        self.tried += self.gone
        return super().create(record, refs)


def test_one_request_finds_out_whether_the_server_is_back(world: World) -> None:
    contacts = [Contact(source_id=str(n), name="Jane", email=f"c{n}@example.com") for n in range(30)]
    ledger = Ledger(world.folder / "migration.db")
    ledger.staging.add(contacts)
    ledger.staging.finish({"contact"})
    environment = {"TIKETTI_BASE_URL": world.box.url, "TIKETTI_TOKEN": world.box.token()}
    sink = CountingSink(TikettiOptions(), SinkContext(environment=environment))
    sink.box = world.box
    how = LoadOptions(workers=4, patience=2.5)
    prepare(ledger, sink, how)
    with pytest.raises(TargetUnreachable):
        load(ledger, sink, how, Quiet(), threading.Event())
    # All workers found it gone; after a second, and again after 1.5, one of them looked.
    assert 3 <= sink.tried <= 4 + 2
    sink.close()
    ledger.close()
