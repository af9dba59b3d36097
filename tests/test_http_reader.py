"""Reading from somebody's account over real sockets: patient, within limits, and never anywhere else."""

import gzip
import json
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tiketti_migrate.api import Notice
from tiketti_migrate.errors import AccessDenied, Interrupted, Refused, SourceUnreachable, UsageError
from tiketti_migrate.http import Access, HeaderNames, Reader, ReadLimits, ServerClock
from tiketti_migrate.http.pace import Pace

SECRET = "secret-token-4711"
ACCESS = Access(f"Bearer {SECRET}", (SECRET,), "set THE_TOKEN")
Does = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: Any = None, **headers: str) -> Does:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return write


def drop(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"a": 1')
    drop(handler)


GOOD = answer(200, {"a": 1})


@dataclass
class Account:
    """Answers in turn; the last one for ever."""

    answers: deque[Does]
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __enter__(self) -> "Account":
        account = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                account.asked.append((self.command, self.path, dict(self.headers)))
                answers = account.answers
                (answers.popleft() if len(answers) > 1 else answers[0])(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.naps: list[float] = []

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> bool:
        self.naps.append(seconds)
        self.at += seconds
        return False


@pytest.fixture
def passing() -> Time:
    return Time()


def reading(account: Account, passing: Time, **options: Any) -> "closing[Reader]":
    clock = ServerClock(monotonic=passing.monotonic)
    return closing(Reader(account.url, ACCESS, clock=clock, sleep=passing.sleep, **options))


@dataclass
class Ask:
    """What comes of asking once a server that answers so; ``asked``: what it was asked."""

    passing: Time
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, *answers: Does, **options: Any) -> dict[str, Any]:
        with Account(deque(answers)) as account, reading(account, self.passing, **options) as reader:
            self.asked = account.asked
            return reader.get("/things.json", {"page[size]": 100, "query": "a<b c"})


@pytest.fixture
def ask(passing: Time) -> Ask:
    return Ask(passing)


def test_it_asks_with_its_credentials_and_parameters_and_gives_the_object(ask: Ask) -> None:
    assert ask(GOOD) == {"a": 1}
    [(method, path, headers)] = ask.asked
    assert method == "GET"
    assert path == "/things.json?page%5Bsize%5D=100&query=a%3Cb+c"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["User-Agent"].startswith("tiketti-migrate/")


@pytest.mark.parametrize(
    "fault",
    [
        drop,
        cut,
        answer(500),
        answer(503),
        answer(408),
        answer(200, b"<html>sign in</html>"),
        answer(200, [1]),
        answer(200, b""),
    ],
    ids=["drop", "cut", "500", "503", "408", "page", "list", "nothing"],
)
def test_what_is_no_answer_is_asked_for_again(ask: Ask, passing: Time, fault: Does) -> None:
    assert ask(fault, fault, GOOD) == {"a": 1}
    assert 1 <= passing.naps[0] <= 2
    assert 2 <= passing.naps[1] <= 3


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'{"a": "half \ud800 pair"}', "half ? pair"),
        (b'{"a": "no \xff Unicode"}', "no \ufffd Unicode"),
        (b'{"a": "a\x01b"}', "a\x01b"),
        (b'\xef\xbb\xbf{"a": NaN}', None),
        (b'{"a": "\\u0000"}', "\x00"),
    ],
)
def test_one_odd_character_does_not_cost_a_page(ask: Ask, body: bytes, value: str | None) -> None:
    assert ask(answer(200, body)) == {"a": value}


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}", b'{"a": 1} {"b": 2}'])
def test_what_no_parser_takes_is_no_answer(ask: Ask, body: bytes) -> None:
    assert ask(answer(200, body), GOOD) == {"a": 1}


def test_a_server_that_hangs_is_asked_again(ask: Ask) -> None:
    def hang(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(1)
        drop(handler)

    assert ask(hang, GOOD, timeout=0.2) == {"a": 1}


def test_patience_ends_with_an_error_that_can_be_resumed(ask: Ask, passing: Time) -> None:
    with pytest.raises(
        SourceUnreachable, match=r"127.0.0.1 gives no usable answer: the server failed \(502\)"
    ):
        ask(answer(502))
    assert len(ask.asked) == 10
    assert 120 < sum(passing.naps) < 600


def test_nobody_there_is_told_as_such(passing: Time) -> None:
    with Account(deque([GOOD])) as account:
        pass
    with reading(account, passing) as reader, pytest.raises(SourceUnreachable, match="connection"):
        reader.get("/x", tries=2)


def test_a_failing_server_that_names_a_time_is_not_asked_before(ask: Ask, passing: Time) -> None:
    assert ask(answer(503, Retry_After="45"), GOOD) == {"a": 1}
    assert passing.naps == [45]


@pytest.mark.parametrize("as_date", [False, True])
def test_too_many_requests_are_followed_by_the_wait_that_is_asked_for(
    ask: Ask, passing: Time, as_date: bool
) -> None:
    def refuse(handler: BaseHTTPRequestHandler) -> None:
        answer(429, {}, Retry_After=formatdate(time.time() + 93, usegmt=True) if as_date else "93")(handler)

    assert ask(*[refuse] * 20, GOOD) == {"a": 1}, "waiting is no failure, however often"
    assert 20 * 91 <= sum(passing.naps) <= 20 * 95


def test_too_many_requests_without_a_time_are_followed_by_longer_and_longer_waits(
    ask: Ask, passing: Time
) -> None:
    assert ask(*[answer(429, {})] * 5, GOOD) == {"a": 1}
    assert 1 + 2 + 4 + 8 + 16 <= sum(passing.naps) <= 1.25 * 31 + 1


def test_what_the_headers_leave_is_used_and_no_more(passing: Time) -> None:
    names = HeaderNames("X-Rate-Limit", "X-Rate-Limit-Remaining")
    left = {"X_Rate_Limit": "3", "X_Rate_Limit_Remaining": "0", "ratelimit_reset": "41"}
    with Account(deque([answer(200, {}, **left), GOOD])) as account:
        limits = ReadLimits(names=names, reset_in="ratelimit-reset")
        with reading(account, passing, limits=limits) as reader:
            reader.get("/a")
            reader.get("/b")
    assert 39 <= sum(passing.naps) <= 43


def test_some_paths_have_a_limit_of_their_own(passing: Time) -> None:
    told: list[Notice] = []
    with Account(deque([GOOD])) as account:
        limits = ReadLimits(per_minute=1000, slow={"/incremental/": 10})
        with reading(account, passing, limits=limits, notify=told.append) as reader:
            sent = []
            for _ in range(25):
                reader.get("/incremental/tickets")
                sent.append(passing.at)
                reader.get("/tickets")
    assert all(later - earlier > 60 for earlier, later in zip(sent, sent[10:], strict=False))
    assert sum(passing.naps) < 130
    assert [notice.text for notice in told] == ["Waiting for the rate limit"] * 2


def test_what_such_paths_tell_of_their_own_limit_is_not_taken_for_that_of_all(passing: Time) -> None:
    own = answer(200, {}, X_RateLimit_Limit="10", X_RateLimit_Remaining="0")
    limits = ReadLimits(slow={"/incremental/": 10})
    with Account(deque([own, GOOD])) as account, reading(account, passing, limits=limits) as reader:
        reader.get("/incremental/tickets")
        for _ in range(20):
            reader.get("/tickets")
    assert passing.naps == []


def test_threads_share_one_pace() -> None:
    pace = Pace(5, 60, monotonic=lambda: 7.0)
    turns: list[float] = []
    threads = [threading.Thread(target=lambda: turns.append(pace.turn())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [0.0] * 5 + [61.0] * 3


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
def test_a_refusal_has_its_status_and_the_servers_words(ask: Ask, status: int) -> None:
    with pytest.raises(Refused) as refused:
        ask(answer(status, {"error": "RecordNotFound", "description": "Not found"}))
    assert refused.value.status == status
    assert refused.value.message == f"Not found ({status})"
    assert len(ask.asked) == 1


@pytest.mark.parametrize(
    "body", [{"error": {"title": "Forbidden", "message": "No access"}}, {"message": "No access"}]
)
def test_the_words_are_found_in_other_forms_too(ask: Ask, body: Any) -> None:
    with pytest.raises(Refused, match="No access"):
        ask(answer(403, body))


@pytest.mark.parametrize("body", [None, [], {"error": None}, {"error": 7}, b"\x00\xff", {"error": {}}])
def test_a_refusal_without_words_is_one_all_the_same(ask: Ask, body: Any) -> None:
    with pytest.raises(Refused, match="the server answered 404"):
        ask(answer(404, body))


def test_wrong_credentials_end_it_with_what_to_do_and_without_showing_them(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tiketti_migrate")
    with pytest.raises(AccessDenied) as denied:
        ask(answer(401, {"error": f"Bearer {SECRET} is \x1b[2J unknown\u202e"}))
    assert "set THE_TOKEN" in str(denied.value)
    assert SECRET not in str(denied.value) + caplog.text
    assert "\x1b" not in str(denied.value)
    assert SECRET not in repr(ACCESS)


def test_a_redirect_is_not_followed(ask: Ask) -> None:
    with Account(deque([GOOD])) as elsewhere:
        with pytest.raises(Refused, match="redirected to") as refused:
            ask(answer(302, Location=f"{elsewhere.url}/things.json?token={SECRET}"))
        assert elsewhere.asked == []
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("coded", [False, True])
def test_an_answer_without_end_is_not_read_to_its_end(ask: Ask, coded: bool) -> None:
    large = b'{"a": "' + b" " * 5_000_000 + b'"}'
    headers = {"Content_Encoding": "gzip"} if coded else {}
    with pytest.raises(Refused) as refused:
        ask(answer(200, gzip.compress(large) if coded else large, **headers), most_bytes=1_000_000)
    assert refused.value.code == "TOO_LARGE"


def test_stopping_ends_a_wait_at_once() -> None:
    stopping, told = threading.Event(), list[Notice]()

    def notify(notice: Notice) -> None:
        told.append(notice)
        stopping.set()

    for fault in (answer(429, {}, Retry_After="600"), answer(503, Retry_After="600")):
        stopping.clear()
        with Account(deque([fault])) as account:
            reader = Reader(account.url, ACCESS, stopping=stopping, notify=notify)
            with closing(reader), pytest.raises(Interrupted, match="what was read is kept"):
                reader.get("/x")
    assert [round(notice.seconds, -1) for notice in told] == [600, 600]


def test_once_stopped_nothing_is_asked() -> None:
    stopping = threading.Event()
    stopping.set()
    with Account(deque([GOOD])) as account:
        reader = Reader(account.url, ACCESS, stopping=stopping)
        with closing(reader), pytest.raises(Interrupted):
            reader.get("/x")
    assert account.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.zendesk.com",
        "ftp://acme.test",
        "https://",
        "acme",
        "https://u:p@acme.test",
        "https://a?b",
    ],
)
def test_an_address_that_would_give_the_credentials_away_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Reader(url, ACCESS)
