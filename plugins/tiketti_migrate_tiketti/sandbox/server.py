"""The HTTP server, and the faults that happen on its sockets.

`FaultyGateway` stands between cheroot's connection and the application: it has the whole answer in hand
before a byte is sent, so it can drop, cut, replace or hold it back.
"""

import contextlib
import io
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from cheroot import errors, wsgi
from flask import Flask
from werkzeug.wrappers import Response

from .answers import ApiError
from .app import DECISION, REPLAY, create_app
from .connection import PatientConnection
from .control import CONTROL_PATH
from .faults import Decision
from .service import BASE_PATH, Service

__all__ = ["HttpServer"]

log = logging.getLogger(__name__)

MAX_BODY = 10_000_000
# How much of a refused body is read, so that the sender gets to see the refusal instead of a reset.
DRAINED = 100_000_000
THREADS = 64
IDLE_SECONDS = 75
HANG_STEP = 0.2
HTML_PAGE = b"<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"


class TooLarge(Exception):
    """The request's body is beyond the limit."""


class FaultyGateway(wsgi.Gateway_10):
    """Carries out one request and answers it, or not, as the fault plan says."""

    def respond(self) -> None:
        service: Service = self.req.server.service
        try:
            self.body = self._read_body()
        except TooLarge:
            answer = ApiError(413, "PAYLOAD_TOO_LARGE", f"a body has at most {MAX_BODY:,} bytes").answer()
            self.req.close_connection = True
            self._send(Response(answer.content, 413, content_type=answer.content_type))
            return
        decision = self._decide(service)
        response = self._run({DECISION: decision})
        # The rate limit stands in front of everything that can fail.
        fault = None if response.status_code == HTTPStatus.TOO_MANY_REQUESTS else decision.connection
        if fault is None:
            self._send(response)
        else:
            self._fail(fault, decision, response)

    def _read_body(self) -> bytes:
        rfile = self.req.rfile
        declared = int(self.req.inheaders.get(b"Content-Length", 0))
        content = b"" if declared > MAX_BODY else rfile.read(MAX_BODY + 1)
        if declared > MAX_BODY or len(content) > MAX_BODY:
            drained = len(content)
            while drained < DRAINED and (block := rfile.read(65_536)):
                drained += len(block)
            raise TooLarge
        return bytes(content)

    def _decide(self, service: Service) -> Decision:
        path = self.env["PATH_INFO"]
        if path.startswith(CONTROL_PATH):
            return Decision()
        return service.faults.decide(self.env["REQUEST_METHOD"], path.removeprefix(BASE_PATH))

    def _run(self, extra: dict[str, Any]) -> Response:
        app: Flask = self.req.server.wsgi_app
        # Chunked framing is gone by now; the application sees a body of known length.
        env = {**self.env, **extra, "wsgi.input": io.BytesIO(self.body)}
        env["CONTENT_LENGTH"] = str(len(self.body))
        return Response.from_app(app, env, buffered=True)

    def _fail(self, fault: str, decision: Decision, response: Response) -> None:
        self.req.close_connection = True
        if fault.startswith("drop"):
            self._drop(reset=decision.chance >= 0.5)
        elif fault == "late-commit":
            self.req.server.later(
                decision.late_seconds, lambda: self._run({DECISION: decision, REPLAY: True})
            )
            self._drop(reset=False)
        elif fault == "slow-commit":
            self._commit_slowly(decision)
        elif fault.startswith("hang"):
            self._hang(decision.hang_seconds)
        elif fault.startswith("truncate"):
            self._truncate(response, decision)
        elif fault.startswith("redirect"):
            self._send(Response(status=302, headers={"Location": "https://elsewhere.invalid/"}))
        elif fault.startswith("missing"):
            self._send_page(404)
        elif fault.startswith("error"):
            self._send_page(500 if decision.chance < 0.5 else 502)
        else:
            done = response.status_code if decision.commits else 200
            self._send_page(done if done in (200, 201) else 200)

    def _send_page(self, status: int) -> None:
        """A page as a proxy makes it: HTML, and none of the API's own headers."""
        title = f"{status} {HTTPStatus(status).phrase}".encode()
        self._send(Response(HTML_PAGE % (title, title), status, content_type="text/html; charset=utf-8"))

    def _truncate(self, response: Response, decision: Decision) -> None:
        head, content = self._wire(response if decision.commits else Response('{"data": {"id": "', 200))
        if not content:
            head = head[: len(head) // 2]
        elif not decision.commits:
            head = head.replace(b"Content-Length: 17\r\n", b"Content-Length: 400\r\n")
        else:
            content = content[: int(len(content) * decision.chance * 0.9)]
        self._write(head + content)
        self._drop(reset=False)

    def _hang(self, seconds: float) -> None:
        """Wait until the time is over, the client is gone or the server stops."""
        end = time.monotonic() + seconds
        sock: socket.socket = self.req.conn.socket
        stopping: threading.Event = self.req.server.service.stopping
        sock.settimeout(HANG_STEP)
        while time.monotonic() < end and not stopping.is_set():
            with contextlib.suppress(TimeoutError):
                if not sock.recv(1, socket.MSG_PEEK):
                    break
                stopping.wait(HANG_STEP)
        self._drop(reset=False)

    def _commit_slowly(self, decision: Decision) -> None:
        """A server at work does not notice that its client is gone."""
        if not self.req.server.service.stopping.wait(decision.late_seconds):
            self._send(self._run({DECISION: decision, REPLAY: True}))

    def _drop(self, *, reset: bool) -> None:
        conn = self.req.conn
        self.req.sent_headers = True
        self.req.close_connection = True
        if reset:
            # Lingering for zero seconds turns the close into a reset; the flag keeps cheroot from
            # shutting the connection down properly before.
            conn.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            conn.linger = True
            conn.socket.close()
        else:
            with contextlib.suppress(OSError):
                conn.socket.shutdown(socket.SHUT_RDWR)

    def _send(self, response: Response) -> None:
        head, content = self._wire(response)
        self._write(head + (b"" if self.env["REQUEST_METHOD"] == "HEAD" else content))

    def _wire(self, response: Response) -> tuple[bytes, bytes]:
        """Head and content as they go over the wire; in one piece they cost one packet."""
        content = response.get_data()
        lines = [
            f"HTTP/1.1 {response.status}",
            f"Date: {self.req.server.service.clock.http_date()}",
        ]
        lines += [f"{name}: {value}" for name, value in response.headers.items() if name != "Content-Length"]
        if response.status_code != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {len(content)}")
        if self.req.close_connection:
            lines.append("Connection: close")
        elif self.req.response_protocol == "HTTP/1.0":
            lines.append("Connection: Keep-Alive")
        return "\r\n".join([*lines, "", ""]).encode("latin-1"), content

    def _write(self, content: bytes) -> None:
        self.req.sent_headers = True
        try:
            self.req.conn.wfile.write(content)
        except OSError as error:
            if error.errno not in errors.socket_errors_to_ignore:
                raise
            self.req.close_connection = True


class HttpServer(wsgi.Server):
    """Listens on loopback only. After `prepare` its ``bind_addr`` says which port it got."""

    def __init__(self, service: Service, port: int) -> None:
        super().__init__(
            ("127.0.0.1", port),
            create_app(service),
            numthreads=THREADS,
            server_name="tiketti-sandbox",
            request_queue_size=128,
            timeout=IDLE_SECONDS,
            shutdown_timeout=2,
        )
        self.service = service
        self.gateway = FaultyGateway
        self.ConnectionClass = PatientConnection
        self.keep_alive_conn_limit = 500
        # No limit of cheroot's own: its refusal leaves the body unread, so that the sender sees a reset.
        self.max_request_body_size = 0
        self.max_request_header_size = 65_536
        # Also the longest time that stopping waits for the selector.
        self.expiration_interval = 0.1
        self._timers: set[threading.Timer] = set()

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        """A port that is taken leaves no socket open, and one that was ours can be had again at once."""
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return socket_

    def later(self, seconds: float, work: Callable[[], Any]) -> None:
        """Do something after the answer; what is still to come when the server stops is not done."""
        timer = threading.Timer(seconds, work)
        timer.daemon = True
        self._timers = {known for known in self._timers if known.is_alive()} | {timer}
        timer.start()

    def cancel_later(self) -> Iterable[threading.Timer]:
        for timer in self._timers:
            timer.cancel()
        return self._timers

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        log.log(level, msg, exc_info=traceback)
