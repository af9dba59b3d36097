"""A line between a client and a server on loopback: as slow as a test wants it, cut whenever it wants."""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

__all__ = ["SlowLine"]

_CHUNK = 16_384


class SlowLine:
    """Listens on ``port`` and passes everything on to ``target``, that way at full speed and back at ``rate``
    bytes a second (None: at full speed). ``passed``: bytes that came back so far."""

    def __init__(self, target: int, rate: float | None = None) -> None:
        self._target = target
        self.rate = rate
        self.passed = 0
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> int:
        """All connections of now are gone; how many there were."""
        with self._lock:
            broken, self._open = self._open, []
        for one in broken:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        return len(broken) // 2

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._open += [client, server]
            threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_back: bool) -> None:
        try:
            while data := source.recv(_CHUNK):
                sink.sendall(data)
                if is_back:
                    self.passed += len(data)
                    if self.rate is not None:
                        time.sleep(len(data) / self.rate)
        except OSError:
            pass
        finally:
            for one in (source, sink):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
