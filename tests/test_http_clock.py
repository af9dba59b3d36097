"""The server's clock from whole-second Date headers."""

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
