"""What passes, how long it is waited for, and when a server is given up."""

import threading

import pytest

from tiketti_migrate.api import Notice
from tiketti_migrate.errors import Interrupted, SourceUnreachable
from tiketti_migrate_mail.imap_retry import (
    Failure,
    Pace,
    Patience,
    failure_of,
    is_passing,
    suggested_wait,
    told,
)


class Clock:
    """Goes on by what is waited."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self.now += timeout or 0.0
        return False


def patience(pace: Pace | None = None) -> tuple[Patience, Clock, list[Notice]]:
    """With a clock that only waiting moves."""
    clock = Clock()
    told_to: list[Notice] = []
    stopping = threading.Event()
    stopping.wait = clock.wait  # type: ignore[method-assign]
    return Patience(pace or Pace(), stopping, told_to.append, clock), clock, told_to


def wait_often(waiting: Patience, times: int) -> None:
    for _ in range(times):
        waiting.wait(LOST, "INBOX")


LOST = Failure("lost", "the server closed the connection")


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("BAD Request is throttled. Suggested Backoff Time: 93412 Milliseconds", 93.412),
        ("NO Request is throttled. Suggested Backoff Time: 299609 milliseconds", 299.609),
        ("suggested back-off time: 5 seconds", 5.0),
        ("Suggested Backoff Time: soon", None),
        ("NO [UNAVAILABLE] try later", None),
    ],
)
def test_the_wait_that_exchange_suggests(words: str, seconds: float | None) -> None:
    assert suggested_wait(words) == seconds


@pytest.mark.parametrize(
    "words",
    [
        "[THROTTLED]",
        "[OVERQUOTA] Account exceeded command or bandwidth limits",
        "[ALERT] Too many simultaneous connections. (Failure)",
        "Command throttled",
        "Request is throttled. Suggested Backoff Time: 1 milliseconds",
    ],
)
def test_throttling_is_no_fault_of_a_mail(words: str) -> None:
    assert failure_of(f"NO {words}".encode(), "refused").kind == "throttled"
    assert is_passing(words)


@pytest.mark.parametrize(
    "words",
    [
        "[UNAVAILABLE] gone fishing",
        "[INUSE]",
        "Server Unavailable. 15",
        "User is authenticated but not connected.",
    ],
)
def test_what_passes(words: str) -> None:
    assert is_passing(words)
    assert failure_of(words, "refused").kind == "refused"


@pytest.mark.parametrize(
    "words", ["[NONEXISTENT] Unknown Mailbox: Old", "[AUTHENTICATIONFAILED]", "Invalid arguments", ""]
)
def test_what_stays(words: str) -> None:
    assert not is_passing(words)


def test_waits_double_up_to_the_longest_and_are_told() -> None:
    waiting, clock, notices = patience()
    wait_often(waiting, 9)
    expected = [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert all(0.75 * e <= w <= 1.25 * e for e, w in zip(expected, clock.waits, strict=True))
    assert [notice.seconds for notice in notices] == clock.waits
    assert notices[0].text == "INBOX: the server closed the connection; trying again"
    with pytest.raises(SourceUnreachable, match="closed the connection") as raised:
        waiting.wait(LOST, "INBOX")
    assert raised.value.hint


def test_a_mail_that_comes_begins_anew() -> None:
    waiting, clock, _ = patience()
    for _ in range(30):
        waiting.wait(LOST, "INBOX")
        waiting.progressed()
    assert max(clock.waits) <= 1.25


def test_after_a_quarter_of_an_hour_it_is_given_up() -> None:
    waiting, clock, _ = patience(Pace(tries=1000))
    with pytest.raises(SourceUnreachable):
        wait_often(waiting, 1000)
    assert 500 < sum(clock.waits) <= 900


def test_what_the_server_asks_for_does_not_count_as_impatience() -> None:
    waiting, clock, _ = patience()
    asked = Failure("throttled", "Suggested Backoff Time: 600000 milliseconds", 600.0)
    for _ in range(8):
        waiting.wait(asked, "INBOX")
    assert clock.waits == [600.0] * 8


def test_a_wait_of_nothing_is_not_taken_at_its_word() -> None:
    waiting, clock, _ = patience()
    waiting.wait(Failure("throttled", "Suggested Backoff Time: 0 milliseconds", 0.0), "INBOX")
    assert clock.waits[0] >= 0.75


def test_a_stopped_run_waits_no_more() -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(Interrupted):
        Patience(Pace(), stopping, lambda _notice: None).wait(LOST, "INBOX")


def test_what_servers_say_is_shown_in_one_short_line() -> None:
    assert told(b"\x1b[31mred\r\n\x00 alert\xff") == "[31mred alert\ufffd"
    assert len(told("x" * 1_000_000)) <= 203
    assert told("\ud800 half") == "half"
    assert failure_of(b"", "lost").reason == "no reason given"
