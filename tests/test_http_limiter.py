"""The rate limiter against simulated servers: no socket, no sleep, every second of them made up."""

import heapq
import itertools
import math
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate

import pytest

from tiketti_migrate.errors import NotSent
from tiketti_migrate.http import Limiter, ServerClock, Slot
from tiketti_migrate.http.sent_log import SentLog

START = 1_700_000_000.25


class Time:
    """Our two clocks; the server's is ``skew`` seconds ahead."""

    def __init__(self, skew: float = 0.0) -> None:
        self.at = 1000.0
        self.skew = skew

    def monotonic(self) -> float:
        return self.at

    def wall(self) -> float:
        return START + self.at

    def server(self) -> float:
        return self.wall() + self.skew

    def sleep(self, seconds: float) -> bool:
        self.at += max(seconds, 0.001)
        return False


@dataclass
class Server:
    """Counts as a server with fixed or sliding windows does; ``taken`` is what others used of a window."""

    time: Time
    limit: int = 100
    length: float = 60.0
    sliding: bool = False
    headers: bool = True
    retry_after: bool = False
    taken: Callable[[float], int] = lambda _now: 0
    granted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    recent: deque[float] = field(default_factory=deque)

    def answer(self) -> tuple[int, Mapping[str, str]]:
        now = self.time.server()
        start = math.floor(now / self.length) * self.length
        self.recent = deque(
            at for at in self.recent if at > (now - self.length if self.sliding else start - 1e-9)
        )
        free = self.limit - len(self.recent) - self.taken(now)
        if free > 0:
            self.recent.append(now)
            self.granted.append(now)
        else:
            self.refused.append(now)
        reset = (self.recent[0] if self.sliding and self.recent else start) + self.length
        said = {"date": formatdate(now, usegmt=True)}
        if self.headers:
            said["X-RateLimit-Limit"] = str(self.limit)
            said["X-RateLimit-Remaining"] = str(max(0, free - 1))
            said["X-RateLimit-Reset"] = str(math.ceil(reset))
        if free <= 0 and self.retry_after:
            said["Retry-After"] = str(math.ceil(reset - now))
        return (201 if free > 0 else 429), said

    def use_of_windows(self) -> list[float]:
        """The share of the limit used in each whole window between the first and the last request."""
        first = math.floor(self.granted[0] / self.length) + 1
        last = math.floor(self.granted[-1] / self.length)
        counts = [
            sum(1 for at in self.granted if math.floor(at / self.length) == n) for n in range(first, last)
        ]
        return [count / self.limit for count in counts]


class Headers(dict[str, str]):
    """As an HTTP library gives them: names in any case."""

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return next((value for key, value in self.items() if key.lower() == name.lower()), default)


class Run:
    """An engine that asks for slots as the load engine does: as many as there are free workers."""

    def __init__(self, server: Server, latency: float, reserve: int = 0) -> None:
        self.time, self.server, self.latency = server.time, server, latency
        self.clock = ServerClock(monotonic=self.time.monotonic, wall=self.time.wall)
        self.notices: list[float] = []
        self.limiter = Limiter(
            self.clock,
            monotonic=self.time.monotonic,
            sleep=self.time.sleep,
            jitter=lambda: 0.5,
            notify=lambda _text, seconds: self.notices.append(seconds),
            window=max(self.server.length, 1.0),
            reserve=reserve,
        )
        self.at_work = self.most_at_work = 0

    def load(self, seconds: float) -> None:
        end = self.time.at + seconds
        order = itertools.count()
        events: list[tuple[float, int, Callable[[], None]]] = []
        asked = self.time.at

        def at(moment: float, action: Callable[[], None]) -> None:
            heapq.heappush(events, (moment, next(order), action))

        while self.time.at < end:
            free = self.limiter.workers_wanted - self.at_work
            grant = self.limiter.admit(free) if free > 0 else None
            for _ in range(grant.granted if grant else 0):
                self._send(at)
            asked = self.time.at + (min(grant.retry_in, 0.25) if grant and grant.granted < free else 0.25)
            if events and events[0][0] <= asked:
                self.time.at, _, action = heapq.heappop(events)
                action()
            else:
                self.time.at = asked

    def _send(self, at: Callable[[float, Callable[[], None]], None]) -> None:
        number, sent = Slot(self.limiter).start(), self.time.at
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)

        def arrive() -> None:
            status, said = self.server.answer()
            at(self.time.at + self.latency / 2, lambda: receive(status, said))

        def receive(status: int, said: Mapping[str, str]) -> None:
            self.clock.observe(said.get("date"), sent, self.time.at)
            self.limiter.answered(number, status, Headers(said), self.time.at - sent)
            self.at_work -= 1

        at(sent + self.latency / 2, arrive)


@pytest.mark.parametrize(
    ("length", "latency"), [(60.0, 0.05), (60.0, 0.8), (60.0, 6.0), (10.0, 0.05), (10.0, 1.0)]
)
def test_a_fixed_window_is_used_up_and_never_overrun(length: float, latency: float) -> None:
    run = Run(Server(Time(), length=length), latency)
    run.load(11.5 * length)
    use = run.server.use_of_windows()
    assert len(use) >= 10
    assert sum(use) / len(use) >= 0.99
    assert run.server.refused == []


@pytest.mark.parametrize("latency", [0.05, 0.8, 6.0])
def test_a_sliding_window_is_used_almost_in_full(latency: float) -> None:
    run = Run(Server(Time(), sliding=True), latency)
    run.load(700)
    use = run.server.use_of_windows()
    assert sum(use) / len(use) >= 0.99
    assert run.server.refused == []


def test_a_sliding_window_that_others_use_too_costs_few_refusals() -> None:
    run = Run(Server(Time(), sliding=True, taken=lambda now: 40 if now % 300 > 150 else 0), 6.0)
    run.load(900)
    assert len(run.server.refused) <= 3 * 32
    assert len(run.server.granted) >= 900


@pytest.mark.parametrize("skew", [-7200.0, -0.6, 0.4, 7200.0])
def test_the_servers_clock_may_be_hours_off(skew: float) -> None:
    run = Run(Server(Time(skew)), 0.05)
    run.load(400)
    assert run.server.refused == []
    assert min(run.server.use_of_windows()) == 1.0


def test_without_headers_it_keeps_to_a_hundred_in_any_minute() -> None:
    run = Run(Server(Time(), limit=10**6, headers=False), 0.05)
    run.load(300)
    times = run.server.granted
    assert all(later - earlier >= 59.9 for earlier, later in zip(times, times[100:], strict=False))
    assert len(times) >= 490


def test_headers_that_vanish_are_noticed_and_the_documented_limit_holds() -> None:
    server = Server(Time())
    run = Run(server, 0.05)
    run.load(130)
    server.headers, server.limit = False, 10**6
    vanished = len(server.granted)
    run.load(300)
    times = server.granted[vanished + 3 :]
    assert all(later - earlier >= 59.9 for earlier, later in zip(times, times[100:], strict=False))
    assert len(times) >= 390


def test_a_proxy_that_answers_without_headers_now_and_then_costs_nothing() -> None:
    server = Server(Time())
    run = Run(server, 0.05)
    answer, count = server.answer, itertools.count()

    def sometimes_bare() -> tuple[int, Mapping[str, str]]:
        status, said = answer()
        return (502, {"date": said["date"]}) if next(count) % 50 == 7 else (status, said)

    server.answer = sometimes_bare  # type: ignore[method-assign]
    run.load(700)
    assert server.refused == []
    assert sum(server.use_of_windows()) / len(server.use_of_windows()) >= 0.99


def test_one_answer_without_headers_is_a_proxys_and_not_the_servers() -> None:
    time = Time()
    limiter = _fresh(time)
    for left in reversed(range(40)):
        said = _said(time, left, 2, **{"X-RateLimit-Limit": "40"})
        limiter.answered(limiter.acquire(), 200, said, 0.01)
    time.at += 4
    limiter.answered(limiter.acquire(), 502, Headers(), 0.01)
    # By its own count, 40 of the last minute were too many already.
    assert limiter.admit(5).granted == 1


def test_a_limit_that_changes_during_the_run_is_followed() -> None:
    server = Server(Time())
    run = Run(server, 0.05)
    run.load(150)
    server.limit = 30
    before = len(server.granted)
    run.load(300)
    assert 120 <= len(server.granted) - before <= 180
    assert len(server.refused) <= 2


@pytest.mark.parametrize("retry_after", [False, True])
def test_others_who_use_the_key_cost_a_pause_and_no_storm(retry_after: bool) -> None:
    server = Server(Time(), retry_after=retry_after, taken=lambda now: min(90, int(now % 60 * 30)))
    run = Run(server, 0.05)
    run.load(600)
    assert len(server.refused) <= 20
    assert len(server.granted) >= 90


def test_others_in_a_sliding_window_are_counted_with_us() -> None:
    log = SentLog(60.0)
    log.learn(1000.0, 0)
    log.learn(1030.0, 0)
    for _ in range(40):
        log.sent(100, 0.0)
    assert log.free(100, 1.0) == 60
    # The server counts 90: fifty of them are not ours.
    log.learn(1031.0, 90)
    assert log.free(100, 2.0) == 10
    assert log.free(100, 61.0) == 50


def test_what_a_sliding_window_refuses_makes_the_log_cautious_and_then_silent() -> None:
    log = SentLog(60.0)
    log.learn(1000.0, 0)
    log.learn(1030.0, 0)
    for _ in range(3):
        assert log.free(100, 0.0) == 100
        log.refused()
    assert log.free(100, 0.0) == 0
    assert log.next_in(0.0) is None


def test_the_reserve_is_left_to_others() -> None:
    run = Run(Server(Time()), 0.05, reserve=40)
    run.load(400)
    assert max(run.server.use_of_windows()) <= 0.6


def test_a_slow_server_gets_more_workers_and_a_fast_one_few() -> None:
    slow, fast = Run(Server(Time()), 6.0), Run(Server(Time()), 0.05)
    slow.load(130)
    fast.load(130)
    assert slow.most_at_work >= 20
    assert fast.most_at_work <= 2


def test_one_answer_that_took_an_hour_calls_no_workers() -> None:
    time = Time()
    limiter = _fresh(time)
    for seconds in (0.05, 0.05, 3600.0, 0.05):
        limiter.answered(limiter.acquire(), 200, _said(time, 50, 50), seconds)
    assert limiter.workers_wanted <= 2


def test_a_window_joined_near_its_end_calls_no_workers() -> None:
    time = Time()
    limiter = _fresh(time)
    limiter.answered(limiter.acquire(), 200, _said(time, 90, 1, **{"X-RateLimit-Limit": "100"}), 0.05)
    assert limiter.workers_wanted == 1


def test_a_turn_given_back_is_no_request_and_can_be_had_again() -> None:
    time = Time()
    limiter = _fresh(time)
    limiter.answered(limiter.acquire(), 200, _said(time, 2, 30), 0.1)
    slot = Slot(limiter, reserved=False)
    slot.withdraw(slot.start())
    assert limiter.sent == 1
    assert limiter.admit(9).granted == 2


def test_long_waits_are_announced_once() -> None:
    run = Run(Server(Time()), 0.05)
    run.load(170)
    assert 1 <= len(run.notices) <= 3
    assert all(2 < seconds <= 61 for seconds in run.notices)


def _fresh(time: Time) -> Limiter:
    clock = ServerClock(monotonic=time.monotonic, wall=time.wall)
    return Limiter(clock, monotonic=time.monotonic, sleep=time.sleep, jitter=lambda: 0.0)


def _said(time: Time, remaining: int, reset_in: float, **more: str) -> Headers:
    reset = str(math.ceil(time.server() + reset_in))
    return Headers({"X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": reset, **more})


def test_the_first_request_of_a_run_goes_alone() -> None:
    limiter = _fresh(Time())
    assert limiter.admit(20).granted == 1
    assert limiter.admit(20).granted == 0


def test_answers_out_of_order_count_by_the_smallest_number() -> None:
    time = Time()
    limiter = _fresh(time)
    limiter.answered(limiter.acquire(), 200, _said(time, 10, 30), 0.1)
    first, second = limiter.acquire(), limiter.acquire()
    limiter.answered(second, 200, _said(time, 8, 30), 0.1)
    limiter.answered(first, 200, _said(time, 9, 30), 0.1)
    assert limiter.admit(20).granted == 8


def test_a_late_answer_of_an_older_window_changes_nothing() -> None:
    time = Time()
    limiter = _fresh(time)
    limiter.answered(limiter.acquire(), 200, _said(time, 10, 30), 0.1)
    late, early = _said(time, 0, 30), limiter.acquire()
    time.at += 40
    limiter.answered(limiter.acquire(), 200, _said(time, 50, 50), 0.1)
    limiter.answered(early, 200, late, 40.0)
    assert limiter.admit(100).granted == 50


@pytest.mark.parametrize("reset", ["0", "30", "99999999999", "soon", "-1"])
def test_a_reset_beyond_belief_is_replaced_by_the_documented_minute(reset: str) -> None:
    time = Time()
    limiter = _fresh(time)
    limiter.answered(
        limiter.acquire(), 200, Headers({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}), 0.1
    )
    grant = limiter.admit(1)
    assert grant.granted == 0
    assert grant.retry_in == pytest.approx(60, abs=1)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for_in_both_forms(form: str) -> None:
    time = Time()
    limiter = _fresh(time)
    after = "17" if form == "seconds" else formatdate(math.ceil(time.server() + 17), usegmt=True)
    wait = limiter.answered(limiter.acquire(), 429, Headers({"Retry-After": after}), 0.1)
    assert wait == pytest.approx(17, abs=1)
    assert limiter.admit(5).granted == 0
    time.at += wait
    assert limiter.admit(5).granted == 1


def test_refusals_that_name_no_time_double_the_pause_up_to_half_a_minute() -> None:
    time = Time()
    limiter = _fresh(time)
    waits = []
    for _ in range(7):
        waits.append(limiter.answered(limiter.acquire(), 429, _said(time, 5, 50), 0.1))
        time.at += waits[-1]
    assert waits == pytest.approx([1, 2, 4, 8, 16, 30, 30])


def test_requests_refused_together_make_one_pause() -> None:
    time = Time()
    limiter = _fresh(time)
    limiter.answered(limiter.acquire(), 200, _said(time, 50, 50), 0.1)
    numbers = [limiter.acquire() for _ in range(8)]
    assert {limiter.answered(n, 429, _said(time, 5, 50), 0.1) for n in numbers} == {1.0}


def test_a_slot_given_back_can_be_had_again() -> None:
    limiter = _fresh(Time())
    assert limiter.admit(1).granted == 1
    with Slot(limiter):
        pass
    assert limiter.admit(1).granted == 1


def test_a_reserved_slot_is_used_once_and_the_next_request_waits_its_turn() -> None:
    time = Time()
    limiter = _fresh(time)
    limiter.answered(limiter.acquire(), 200, _said(time, 2, 30), 0.1)
    assert limiter.admit(5).granted == 2
    with Slot(limiter) as slot, Slot(limiter) as other:
        slot.start()
        other.start()
        assert limiter.sent == 3
        before = time.at
        slot.start()
    assert time.at - before >= 29


def test_a_wait_ends_when_the_run_is_to_stop() -> None:
    stopping = threading.Event()
    limiter = Limiter(ServerClock(), stopping=stopping)
    limiter.acquire()
    stopping.set()
    with pytest.raises(NotSent):
        limiter.acquire()


def test_a_request_that_never_left_takes_nothing_of_the_window() -> None:
    time = Time()
    limiter = _fresh(time)
    limiter.answered(limiter.acquire(), 200, _said(time, 5, 30), 0.1)
    limiter.failed(limiter.acquire(), counted=False)
    assert limiter.admit(9).granted == 5
