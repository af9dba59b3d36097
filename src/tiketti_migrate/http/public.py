"""Connections to public hosts of a given list only: what an export names must not reach into our own network.

The name is resolved here, every address of it is judged, and the connection goes to an address that was: a
name that means something else a moment later (DNS rebinding) gains nothing.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Protocol

import httpcore

__all__ = ["Dialer", "PublicOnly", "Resolver", "Unreachable", "is_allowed", "is_public", "resolve"]

# RFC 6052: behind it stands the IPv4 address that is meant, as networks without IPv4 need it.
_NAT64 = IPv6Network("64:ff9b::/96")
_CONNECT_SECONDS = 10.0
_SLICE_SECONDS = 0.5

Resolver = Callable[[str, int], Sequence[str]]


class Unreachable(httpcore.ConnectError):
    """The host is none that may be connected to: whatever else happens, it stays so."""


class Dialer(Protocol):
    """Connects to an address (httpcore.SyncBackend)."""

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *, local_address: str | None = None
    ) -> httpcore.NetworkStream:
        """A connection without TLS. Raises httpcore.ConnectError, httpcore.ConnectTimeout."""


def is_allowed(host: str, hosts: Iterable[str]) -> bool:
    """Whether ``host`` is one of ``hosts``: exactly, or below one that begins with a dot."""
    name = host.lower()
    return any(
        (name.endswith(one) and len(name) > len(one)) if one.startswith(".") else name == one
        for one in map(str.lower, hosts)
    )


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, and of a single host."""
    try:
        found = ip_address(address)
    except ValueError:
        # Also one with a zone (fe80::1%eth0): it is of the link.
        return False
    if isinstance(found, IPv6Address):
        if found in _NAT64:
            return is_public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
        # Forms that stand for an IPv4 address lead where nobody looked.
        if found.ipv4_mapped or found.sixtofour or found.teredo or found.is_site_local or found.scope_id:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PublicOnly(httpcore.NetworkBackend):
    """Connects one thread's requests. Reads end at once when ``stopping``, and when an answer comes slower
    than ``slowest`` bytes a second after the ``grace`` seconds that each has.
    """

    def __init__(
        self,
        resolver: Resolver,
        dialer: Dialer,
        stopping: threading.Event,
        *,
        grace: float,
        slowest: float,
    ) -> None:
        self._resolver = resolver
        self._dialer = dialer
        self._stopping = stopping
        self._grace = grace
        self._slowest = slowest
        self._began = time.monotonic()
        self._received = 0

    def begin(self) -> None:
        """Another request."""
        self._began, self._received = time.monotonic(), 0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - the library's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Raises Unreachable for a host with an address that is not public."""
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name of the host is not known") from error
        if not addresses or not all(map(is_public, addresses)):
            raise Unreachable("the host's address is not public")
        last: Exception | None = None
        for address in addresses:
            try:
                stream = self._dialer.connect_tcp(address, port, timeout=min(timeout or 60, _CONNECT_SECONDS))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return _Watched(stream, self)
        assert last is not None  # there was an address
        raise last

    def received(self, count: int) -> None:
        """So many bytes more. Raises httpcore.ReadTimeout when it takes too long, or the run is stopping."""
        self._received += count
        if self._stopping.is_set():
            raise httpcore.ReadTimeout("stopped")
        if time.monotonic() - self._began > self._grace + self._received / self._slowest:
            raise httpcore.ReadTimeout("the answer comes too slowly")


class _Watched(httpcore.NetworkStream):
    """Reads in slices, so that whoever waits for a silent server still hears Ctrl-C."""

    def __init__(self, stream: httpcore.NetworkStream, way: PublicOnly) -> None:
        self._stream = stream
        self._way = way

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        end = time.monotonic() + (timeout if timeout is not None else 3600.0)
        while True:
            self._way.received(0)
            try:
                data = self._stream.read(max_bytes, min(_SLICE_SECONDS, max(0.01, end - time.monotonic())))
            except httpcore.ReadTimeout:
                if time.monotonic() >= end:
                    raise
                continue
            self._way.received(len(data))
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, min(timeout or 60, _CONNECT_SECONDS))
        return _Watched(secure, self._way)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
