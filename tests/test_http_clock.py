"""The server's clock from whole-second Date headers."""

import subprocess
import sys
from email.utils import formatdate

import pytest

from tiketti_migrate.http import ServerClock

SERVER_AHEAD = 5000.37


class Clocks:
    at = 100.0

    def monotonic(self) -> float:
        return self.at

    def wall(self) -> float:
        return 1_700_000_000 + self.at

    def server(self) -> float:
        return self.wall() + SERVER_AHEAD


def _clock(clocks: Clocks) -> ServerClock:
    return ServerClock(monotonic=clocks.monotonic, wall=clocks.wall)


def _ask(clock: ServerClock, clocks: Clocks, latency: float) -> None:
    sent = clocks.at
    clocks.at += latency / 2
    date = formatdate(clocks.server(), usegmt=True)
    clocks.at += latency / 2
    clock.observe(date, sent, clocks.at)


def test_before_any_answer_it_is_our_own_clock() -> None:
    clocks = Clocks()
    clock = _clock(clocks)
    assert not clock.synchronised
    assert clock.now().timestamp() == pytest.approx(clocks.wall())


def test_some_answers_tell_the_time_to_a_few_hundredths_and_never_too_late() -> None:
    clocks = Clocks()
    clock = _clock(clocks)
    for _ in range(60):
        _ask(clock, clocks, 0.04)
        assert clock.earliest() <= clocks.server()
    assert clocks.server() - clock.earliest() < 0.08
    assert clock.skew == pytest.approx(SERVER_AHEAD, abs=0.08)


def test_after_an_hour_without_answers_it_is_still_not_ahead_of_the_server() -> None:
    clocks = Clocks()
    clock = _clock(clocks)
    for _ in range(60):
        _ask(clock, clocks, 0.04)
    clocks.at += 3600
    assert 0 <= clocks.server() - clock.earliest() < 0.5


def test_a_machine_that_slept_learns_the_time_anew() -> None:
    clocks = Clocks()
    clock = _clock(clocks)
    for _ in range(60):
        _ask(clock, clocks, 0.04)
    date = formatdate(clocks.server() + 7200, usegmt=True)
    clock.observe(date, clocks.at, clocks.at + 0.04)
    assert clock.time() == pytest.approx(clocks.server() + 7200, abs=1.1)


@pytest.mark.parametrize("date", [None, "", "yesterday", "x" * 10_000, "Mon, 99 Foo 2020 99:99:99 GMT"])
def test_unreadable_dates_are_passed_over(date: str | None) -> None:
    clock = _clock(Clocks())
    clock.observe(date, 100.0, 100.1)
    assert not clock.synchronised


def test_an_answer_from_before_a_jump_that_comes_in_after_it_is_passed_over() -> None:
    clocks = Clocks()
    clock = _clock(clocks)
    for _ in range(60):
        _ask(clock, clocks, 0.04)
    sent, date = clocks.at, formatdate(clocks.server(), usegmt=True)
    clocks.at += 2
    clock.observe(formatdate(clocks.server() + 7200, usegmt=True), clocks.at - 0.04, clocks.at)
    clock.observe(date, sent, clocks.at)
    assert clock.time() == pytest.approx(clocks.server() + 7200, abs=1.1)


def test_a_clock_that_is_set_back_is_believed() -> None:
    clocks = Clocks()
    clock = _clock(clocks)
    _ask(clock, clocks, 0.04)
    clock.observe(formatdate(clocks.server() - 7200, usegmt=True), clocks.at, clocks.at + 0.04)
    assert clock.time() == pytest.approx(clocks.server() - 7200, abs=1.1)


def test_our_own_clock_goes_on_while_the_machine_is_suspended() -> None:
    # A process that is told that the machine slept for a day: the clocks differ by that.
    code = (
        "import time; from tiketti_migrate.http import ServerClock\n"
        "print(ServerClock().steady() - time.monotonic())"
    )
    unshare = ["unshare", "--time", "--boottime", "86400", "--fork", sys.executable, "-c", code]
    try:
        slept = subprocess.run(unshare, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a clock of its own for a process needs Linux and root")
    assert float(slept.stdout) == pytest.approx(86_400, abs=1)
