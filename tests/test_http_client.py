"""One request, one typed outcome, over real sockets."""

import json
import socket
import socketserver
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tiketti_migrate.errors import AccessDenied, InDoubt, MigrationError, NotSent, Refused, UsageError
from tiketti_migrate.http import Client, Limiter, ServerClock

SECRET = "secret-token-4711"


def answer(status: int, body: Any = None, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""

    def write(handler: BaseHTTPRequestHandler) -> None:
        # Not send_response, which adds a Date of its own.
        handler.send_response_only(status)
        if "Date" not in headers:
            handler.send_header("Date", handler.date_time_string())
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
    handler.wfile.write(b'HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n{"data": {"id')
    drop(handler)


def hang(handler: BaseHTTPRequestHandler) -> None:
    handler.server.released.wait(20)  # type: ignore[attr-defined]
    handler.close_connection = True


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": {}}}


@dataclass
class Target:
    """A server that gives the planned answers, then ``{"data": {}}``."""

    url: str = ""
    plan: deque[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=deque)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def target() -> Iterator[Target]:
    planned = Target()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            planned.seen.append((self.command, self.path, dict(self.headers), content))
            (planned.plan.popleft() if planned.plan else answer(200, {"data": {}}))(self)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 - names of the standard library

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        released = threading.Event()

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        planned.url = f"http://127.0.0.1:{server.server_port}/api/v1"
        yield planned
        server.released.set()
        server.shutdown()
        thread.join()


class Keys:
    """Credentials whose renewals are counted."""

    def __init__(self) -> None:
        self.renewed = 0

    def due(self) -> bool:
        return False

    def header(self) -> str:
        return f"Bearer {SECRET}-{self.renewed}"

    def renew(self, used: str) -> None:
        assert used == f"Bearer {SECRET}-{self.renewed}"
        self.renewed += 1


class Naps:
    """Notes the sleeps that were asked for."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def client(target: Target, naps: Naps) -> Iterator[Client]:
    # The limiter has its own waits; the documented 100 a minute are enough for any test here.
    clock = ServerClock()
    made = Client(target.url, Limiter(clock), clock, write_timeout=0.3, read_timeout=0.3, sleep=naps)
    made.authorizer = Keys()
    yield made
    made.close()


def test_a_good_answer_is_parsed(client: Client, target: Target) -> None:
    target.plan.append(answer(201, {"data": {"id": "x"}}))
    assert client.once("/labels", {"name": "ä"}).body == {"data": {"id": "x"}}
    method, path, headers, content = target.seen[0]
    assert (method, path, json.loads(content)) == ("POST", "/api/v1/labels", {"name": "ä"})
    assert headers["Authorization"] == f"Bearer {SECRET}-0"


@pytest.mark.parametrize(
    ("planned", "timed_out"),
    [
        (drop, False),
        (cut, False),
        (hang, True),
        (answer(500, error("X", "x")), False),
        (answer(502, b"<html>Bad gateway</html>"), False),
        (answer(408, b""), False),
        (answer(404, b"<html>No such page</html>"), False),
        (answer(201, b"<html>Welcome</html>"), False),
        (answer(201, b'{"data": '), False),
        (answer(201, [1, 2]), False),
        (answer(201, b""), False),
    ],
    ids=["drop", "cut", "hang", "500", "502", "408", "404 of a proxy", "html", "broken", "list", "empty"],
)
def test_a_post_that_may_have_been_done_is_in_doubt_and_not_repeated(
    client: Client, target: Target, planned: Callable[[BaseHTTPRequestHandler], None], timed_out: bool
) -> None:
    target.plan.append(planned)
    with pytest.raises(InDoubt) as caught:
        client.once("/labels", {})
    assert caught.value.timed_out is timed_out
    assert len(target.seen) == 1


def test_a_post_that_cannot_connect_was_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clock = ServerClock()
    client = Client(f"http://127.0.0.1:{port}", Limiter(clock), clock)
    client.authorizer = Keys()
    with pytest.raises(NotSent) as caught:
        client.once("/labels", {})
    client.close()
    assert caught.value.unreachable


def test_a_post_refused_by_the_rate_limit_was_not_sent_and_says_how_long(
    client: Client, target: Target
) -> None:
    target.plan.append(answer(429, error("RATE", "slow down"), Retry_After="7"))
    with pytest.raises(NotSent) as caught:
        client.once("/labels", {})
    assert caught.value.wait == pytest.approx(7, abs=0.5)


def test_a_date_to_retry_after_is_read_by_the_servers_clock(client: Client, target: Target) -> None:
    # The server's clock is two hours ahead of ours.
    now = time.time() + 7200
    target.plan.append(answer(200, {"data": {}}, Date=formatdate(now, usegmt=True)))
    client.repeat("GET", "/labels")
    after = formatdate(now + 30, usegmt=True)
    target.plan.append(answer(429, error("RATE", "x"), Date=formatdate(now, usegmt=True), Retry_After=after))
    with pytest.raises(NotSent) as caught:
        client.once("/labels", {})
    assert caught.value.wait == pytest.approx(30, abs=2)


class Mortal(Keys):
    """A token that dies while its request waits for a turn."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def due(self) -> bool:
        self.asked += 1
        return self.asked == 2

    def header(self) -> str:
        if self.asked == 2:
            self.renewed += 1
        return super().header()


def test_a_token_that_died_in_the_wait_for_a_turn_is_never_sent(client: Client, target: Target) -> None:
    client.authorizer = Mortal()
    client.once("/labels", {})
    assert [headers["Authorization"][-1] for _, _, headers, _ in target.seen] == ["1"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_bears_the_servers_code_and_words(client: Client, target: Target, status: int) -> None:
    target.plan.append(answer(status, error("TAKEN", "has \x1b[31mbeen\r\ntaken")))
    with pytest.raises(Refused) as caught:
        client.once("/labels", {})
    assert (caught.value.status, caught.value.code) == (status, "TAKEN")
    assert caught.value.message.isprintable()


def test_a_refusal_without_json_still_has_a_code(client: Client, target: Target) -> None:
    target.plan.append(answer(403, b"<html>Blocked by the firewall</html>"))
    with pytest.raises(Refused) as caught:
        client.once("/labels", {})
    assert caught.value.code == "HTTP_403"


def test_endless_words_are_shortened(client: Client, target: Target) -> None:
    target.plan.append(answer(422, error("C" * 10_000, "m" * 1_000_000)))
    with pytest.raises(Refused) as caught:
        client.once("/labels", {})
    assert len(caught.value.message) <= 500
    assert len(caught.value.code) <= 80


def test_redirects_are_refused_and_the_token_stays_here(client: Client, target: Target) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as other:
        other.timeout = 0
        where = f"http://127.0.0.1:{other.server_address[1]}/"
        target.plan.append(answer(302, None, Location=where))
        with pytest.raises(Refused) as caught:
            client.once("/labels", {})
        other.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.socket.accept()
    assert caught.value.status == 302
    assert "--base-url" in str(caught.value)


def test_after_401_it_goes_again_with_a_renewed_token(client: Client, target: Target) -> None:
    target.plan.extend([answer(401, error("EXPIRED", "x")), answer(201, {"data": {"id": "1"}})])
    assert client.once("/labels", {}).status == 201
    assert [headers["Authorization"][-1] for _, _, headers, _ in target.seen] == ["0", "1"]


def test_a_fresh_token_refused_as_well_ends_the_run(client: Client, target: Target) -> None:
    target.plan.extend([answer(401, error("EXPIRED", "x"))] * 2)
    with pytest.raises(AccessDenied):
        client.once("/labels", {})


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("planned", [drop, cut, answer(503, b""), answer(200, b"<html>")])
def test_what_may_be_repeated_is_repeated(
    client: Client,
    target: Target,
    naps: Naps,
    method: str,
    planned: Callable[[BaseHTTPRequestHandler], None],
) -> None:
    target.plan.extend([planned, planned, answer(200, {"data": {"id": "1"}})])
    assert client.repeat(method, "/labels/1").body == {"data": {"id": "1"}}
    assert len(naps.taken) == 2
    assert all(0 <= seconds <= 4 for seconds in naps.taken)


def test_a_server_that_keeps_failing_counts_as_unreachable(client: Client, target: Target) -> None:
    target.plan.extend([answer(500, b"")] * 9)
    with pytest.raises(NotSent) as caught:
        client.repeat("GET", "/labels")
    assert caught.value.unreachable
    assert len(target.seen) == 5


def test_waiting_for_the_rate_limit_costs_no_try(client: Client, target: Target) -> None:
    target.plan.extend([answer(429, error("RATE", "x"), Retry_After="0.02")] * 8)
    assert client.repeat("GET", "/labels").status == 200


def test_nothing_to_read_is_fine_for_a_delete(client: Client, target: Target) -> None:
    target.plan.append(answer(204))
    assert client.repeat("DELETE", "/labels/1").body == {}


def test_an_answer_without_bounds_is_cut_off(client: Client, target: Target) -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 201 Created\r\n\r\n")
        handler.close_connection = True
        for _ in range(80):
            handler.wfile.write(b" " * 1024 * 1024)

    target.plan.append(flood)
    with pytest.raises(InDoubt):
        client.once("/labels", {})


def test_a_record_that_is_no_json_is_refused_before_it_leaves(client: Client, target: Target) -> None:
    with pytest.raises(Refused) as caught:
        client.once("/labels", {"name": "\ud800"})
    assert caught.value.code == "UNSENDABLE"
    assert target.seen == []


def test_a_token_that_the_server_echoes_is_not_repeated(client: Client, target: Target) -> None:
    target.plan.append(answer(422, error(f"C{SECRET}-0", f"what is Bearer {SECRET}-0?")))
    with pytest.raises(Refused) as caught:
        client.once("/labels", {})
    assert SECRET not in f"{caught.value} {caught.value.code}"


def test_the_guard_keeps_requests_here(target: Target) -> None:
    def guard(method: str, path: str, body: object) -> None:
        raise MigrationError(f"{method} {path}")

    clock = ServerClock()
    client = Client(target.url, Limiter(clock), clock, guard=guard)
    client.authorizer = Keys()
    with pytest.raises(MigrationError, match="POST /labels"):
        client.once("/labels", {})
    with pytest.raises(MigrationError, match="GET /labels"):
        client.repeat("GET", "/labels")
    client.close()
    assert target.seen == []


@pytest.mark.parametrize(
    "url", ["http://tiketti.app/api/v1", "ftp://x/", "api.tiketti.app", "https://user:pw@api.tiketti.app/"]
)
def test_addresses_that_would_give_the_token_away_are_refused(url: str) -> None:
    clock = ServerClock()
    with pytest.raises(UsageError) as caught:
        Client(url, Limiter(clock), clock)
    assert "pw" not in str(caught.value)


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    clock = ServerClock()
    client = Client(target.url, Limiter(clock), clock)
    client.authorizer = Keys()
    assert client.once("/labels", {}).status == 200
    client.close()


@pytest.mark.parametrize("named", ["127.0.0.1:{port}", "http://127.0.0.1:{port}"])
def test_a_proxy_of_the_environment_is_asked_for_other_machines(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(10)
        for name in ("NO_PROXY", "no_proxy", "https_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", named.format(port=proxy.getsockname()[1]))
        asked: list[bytes] = []

        def serve() -> None:
            caller, _ = proxy.accept()
            with caller:
                asked.append(caller.recv(1000))
                caller.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        clock = ServerClock()
        client = Client("https://tiketti.invalid/api/v1", Limiter(clock), clock)
        client.authorizer = Keys()
        with pytest.raises(NotSent):
            client.once("/labels", {})
        thread.join()
        client.close()
    assert asked[0].startswith(b"CONNECT tiketti.invalid:443 ")
    assert SECRET.encode() not in asked[0]
