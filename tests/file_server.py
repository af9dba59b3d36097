"""A server of files over TLS on loopback that stands for any public host, and what finds it there."""

import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import httpcore
import trustme

from tiketti_migrate.http import Downloader

__all__ = ["HOST", "Answer", "FileServer", "Loopback", "names"]

HOST = "acme.zendesk.com"
PUBLIC = "93.184.216.34"
Answer = Callable[[BaseHTTPRequestHandler], None]


def names(host: str, _port: int) -> Sequence[str]:
    """Every name is public, but for those that say what they are."""
    return [host.removesuffix(".is.example").replace("-", ".")] if host.endswith(".is.example") else [PUBLIC]


class Loopback:
    """Whatever address was chosen, the server is at ``port``."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.dialled: list[tuple[str, int]] = []

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *, local_address: str | None = None
    ) -> httpcore.NetworkStream:
        self.dialled.append((host, port))
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout=timeout)


class FileServer:
    """``answers`` by path: bytes, or what is to be done; others are 404. ``seen``: each request's headers."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Answer] = {}
        self.seen: list[tuple[str, Mapping[str, str]]] = []
        self.authority = trustme.CA()
        held = self.authority.issue_cert(HOST, "*.zdusercontent.com", "*.is.example", "other.example")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        held.configure_cert(context)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = self._server.server_port
        self.dialer = Loopback(self.port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def counts(self) -> Counter[str]:
        """Requests by path."""
        return Counter(path for path, _ in self.seen)

    @property
    def tls(self) -> ssl.SSLContext:
        """Trusts this server."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def downloader(self, *hosts: str, **more: Any) -> Downloader:
        """One that finds this server, with 1 MB a file."""
        how: dict[str, Any] = {
            "limit_bytes": 1_000_000,
            "stopping": threading.Event(),
            "sleep": lambda _: None,
        }
        how |= {"resolver": names, "dialer": self.dialer, "tls": self.tls}
        return Downloader(hosts or (HOST,), **{**how, **more})

    def write_authority(self, path: Path) -> Path:
        """For another process."""
        self.authority.cert_pem.write_to_path(str(path))
        return path

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(server: FileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.seen.append((self.path, dict(self.headers.items())))
            answer = server.answers.get(self.path)
            if answer is None:
                self.send_error(404)
            elif isinstance(answer, bytes):
                self.send_response(200)
                self.send_header("Content-Type", "application/octet-stream")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            else:
                answer(self)

        def handle(self) -> None:
            # Whoever hangs up in the middle is part of the tests.
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Tests read ``seen``."""

    return Handler
