"""The rate limit over real sockets, the whole engine at work: what the server counted is what is judged."""

import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tiketti_migrate.api import SinkContext
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import Contact, Record, Ticket
from tiketti_migrate.store import Ledger
from tiketti_migrate_tiketti.options import TikettiOptions
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from tiketti_migrate_tiketti.sink import TikettiSink
from world import World, account, write_export


def requests_of(box: Sandbox) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = box.snapshot("Sandbox Oy")["requests"]
    return requests


def refused(box: Sandbox) -> list[dict[str, Any]]:
    return [request for request in requests_of(box) if request["status"] == 429]


def use_of_windows(box: Sandbox, seconds: float) -> list[int]:
    """Requests in each whole window while tickets were still to be begun: after that, work runs out."""
    allowed = [request for request in requests_of(box) if request["status"] != 429]
    counts = Counter(math.floor(request["counted"] / seconds) for request in allowed)
    begun = [r["counted"] for r in allowed if (r["method"], r["path"]) == ("POST", "/tickets")]
    return [counts[n] for n in range(math.floor(begun[0] / seconds) + 1, math.floor(begun[-1] / seconds))]


def most_at_once(box: Sandbox) -> int:
    """Requests that the server had before it at one moment."""
    moments = [(r["counted"], 1) for r in requests_of(box)] + [(r["time"], -1) for r in requests_of(box)]
    at_once, most = 0, 0
    for _, change in sorted(moments):
        at_once += change
        most = max(most, at_once)
    return most


@contextmanager
def importing(folder: Path, tickets: int, *more: str, **options: Any) -> Iterator[tuple[World, Any]]:
    """A sandbox, and an import into it under way."""
    folder.mkdir()
    with Sandbox(SandboxOptions.model_validate(options)) as box:
        world = World(box, folder)
        export = write_export(folder / "export", account(tickets))
        process = world.start("import", "zendesk", export, "--yes", *more)
        try:
            yield world, process
        finally:
            process.kill()
            process.communicate()


def finished(process: Any) -> None:
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err


# name: tickets, requests and seconds of a window, more options of the sandbox, of the import
RUNS: dict[str, tuple[int, int, int, dict[str, Any], tuple[str, ...]]] = {
    "quick": (50, 40, 2, {"latency": 0.05}, ()),
    "tenth": (50, 40, 2, {"latency": 0.2}, ()),
    "slow": (46, 30, 3, {"latency": 0.8}, ()),
    "reserve": (36, 40, 2, {"latency": 0.01}, ("--reserve", "300")),
    "sliding": (12, 20, 2, {"window": "sliding"}, ()),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, World]]:
    """Side by side, because each has to live through several windows."""
    with ExitStack() as stack:
        under_way = {}
        for name, (tickets, limit, seconds, options, more) in RUNS.items():
            folder = tmp_path_factory.mktemp("quota") / name
            started = importing(folder, tickets, *more, limit=f"{limit}/{seconds}", **options)
            under_way[name] = stack.enter_context(started)
        for _, process in under_way.values():
            finished(process)
        yield {name: world for name, (world, _) in under_way.items()}


@pytest.mark.parametrize("name", ["quick", "tenth", "slow"])
def test_no_window_is_left_unused_and_none_is_overrun(runs: dict[str, World], name: str) -> None:
    tickets, limit, seconds, _, _ = RUNS[name]
    use = use_of_windows(runs[name].box, seconds)
    assert len(use) >= 3
    # The middle one: a machine that stood still for a moment costs one window, a wrong limiter all of them.
    assert median(use) >= 0.99 * limit, use
    assert refused(runs[name].box) == []
    runs[name].assert_arrived(account(tickets))


# How many are too many is judged in simulated time (test_http_limiter): a busy machine answers slower than
# the server does, and is right to be given more.
@pytest.mark.parametrize(("name", "least"), [("quick", 1), ("tenth", 6), ("slow", 10)])
def test_there_are_as_many_workers_as_the_latency_needs(
    runs: dict[str, World], name: str, least: int
) -> None:
    assert least <= most_at_once(runs[name].box) <= 32


def test_the_reserve_stays_free_and_the_rest_is_used(runs: dict[str, World]) -> None:
    # 300 a minute are ten in two seconds.
    use = use_of_windows(runs["reserve"].box, 2)
    assert len(use) >= 4
    assert set(use) == {30}
    assert refused(runs["reserve"].box) == []


def test_a_sliding_window_is_never_overrun(runs: dict[str, World]) -> None:
    assert refused(runs["sliding"].box) == []
    runs["sliding"].assert_arrived(account(12))


@pytest.mark.parametrize("retry_after", [False, True])
def test_without_rate_headers_refusals_are_waited_out(tmp_path: Path, retry_after: bool) -> None:
    # The documented hundred a minute are more than this server allows, and it does not say so.
    options = {"limit": "20/2", "rate_headers": False, "retry_after": retry_after}
    with importing(tmp_path / "w", 5, **options) as (world, process):
        finished(process)
        assert 1 <= len(refused(world.box)) <= 8
        world.assert_arrived(account(5))


def test_a_limit_that_changes_is_followed_down_and_up(tmp_path: Path) -> None:
    with importing(tmp_path / "w", 26, limit="20/1") as (world, process):
        _wait_for(world.box, 40)
        world.box.set_limit("5/1")
        _wait_for(world.box, 60)
        assert len(refused(world.box)) <= 4
        world.box.set_limit("40/1")
        finished(process)
        assert len(refused(world.box)) <= 4
        assert max(use_of_windows(world.box, 1)) == 40
        world.assert_arrived(account(26))


@pytest.mark.parametrize("retry_after", [False, True])
def test_others_at_the_same_key_cost_a_refusal_and_no_storm(tmp_path: Path, retry_after: bool) -> None:
    with importing(tmp_path / "w", 10, limit="24/2", retry_after=retry_after) as (world, process):
        ended = threading.Event()
        # Eight requests in two seconds: a third of the window.
        other = threading.Thread(target=_use_quota, args=(world.box, ended))
        other.start()
        try:
            finished(process)
        finally:
            ended.set()
            other.join()
        world.assert_arrived(account(10))
        # Once refused, nothing more is sent before the window is over but what was on its way.
        by_window = Counter(math.floor(request["counted"] / 2) for request in refused(world.box))
        assert all(count <= 4 for count in by_window.values()), by_window


class WatchedSink(TikettiSink):
    """Counts how often the load loop looked at it."""

    looks = 0

    @property
    def workers_wanted(self) -> int:
        self.looks += 1
        return super().workers_wanted


def test_the_loop_sleeps_while_all_hands_are_full(tmp_path: Path) -> None:
    tickets = [Ticket(source_id=str(n), subject=f"Ticket {n}", requester_id="c") for n in range(30)]
    records: list[Record] = [Contact(source_id="c", name="Jane", email="jane@example.com"), *tickets]
    ledger = Ledger(tmp_path / "migration.db")
    ledger.staging.add(records)
    ledger.staging.finish({"contact", "ticket"})
    with Sandbox(SandboxOptions(limit="off", latency=0.05)) as box:
        context = SinkContext(
            source_title="Zendesk",
            source_name="zendesk",
            environment={"TIKETTI_BASE_URL": box.url, "TIKETTI_TOKEN": box.token()},
        )
        sink = WatchedSink(TikettiOptions(), context)
        how = LoadOptions(workers=2)
        prepare(ledger, sink, how)
        # All tickets wait for their one contact, and then there are more of them than hands.
        assert load(ledger, sink, how, Quiet(), threading.Event()).complete
        sink.close()
    ledger.close()
    assert sink.requests >= 31
    assert sink.looks <= 20 * sink.requests


def _use_quota(box: Sandbox, ended: threading.Event) -> None:
    while not ended.wait(0.25):
        box.use_quota(1)


def _wait_for(box: Sandbox, requests: int) -> None:
    deadline = time.monotonic() + 30
    while box.request_counts.total() < requests:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_first_ticket_comes_soon_however_many_hands_there_are(tmp_path: Path) -> None:
    # A latency that calls all the workers at once.
    with importing(tmp_path / "w", 20, limit="off", latency=0.1) as (world, process):
        finished(process)
        posts = [request["path"] for request in requests_of(world.box) if request["method"] == "POST"]
        assert most_at_once(world.box) > 6
        # Sign in, its company, its contact, its two labels.
        assert posts.index("/tickets") == 5
