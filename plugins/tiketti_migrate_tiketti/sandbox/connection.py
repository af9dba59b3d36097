"""Connections that cost less than cheroot's own, whose handling would take longer than a small request."""

import io
import select
import socket
from typing import Any

from cheroot.makefile import MakeFile
from cheroot.server import HTTPConnection

__all__ = ["PatientConnection"]

PATIENCE = 0.02


class SocketReader(io.BufferedReader):
    """What cheroot reads requests from, on the compiled reader instead of the one in Python."""

    def __init__(self, sock: socket.socket, size: int) -> None:
        super().__init__(socket.SocketIO(sock, "rb"), size)
        self._socket = sock
        # Only cheroot's statistics, which are off, would count here.
        self.bytes_read = 0

    def has_data(self) -> bool:
        """Whether more of a request has come already; does not wait for it."""
        timeout = self._socket.gettimeout()
        self._socket.settimeout(0)
        try:
            return bool(self.peek(1))
        except ConnectionError:
            # The client was killed. Who reads from the connection ends it; here it would end the server.
            return True
        finally:
            self._socket.settimeout(timeout)


def _make_file(sock: socket.socket, mode: str, size: int) -> Any:
    return SocketReader(sock, size) if "r" in mode else MakeFile(sock, mode, size)


class PatientConnection(HTTPConnection):
    """Stays with its thread as long as requests follow closely on one another and the server runs."""

    def __init__(self, server: Any, sock: socket.socket, _makefile: Any = None) -> None:
        super().__init__(server, sock, _make_file)

    def communicate(self) -> bool:
        while super().communicate():  # type: ignore[no-untyped-call]
            if self.server.service.stopping.is_set():
                return False
            if not select.select([self.socket], [], [], PATIENCE)[0] and not self.rfile.has_data():
                return True
        return False
