"""Connections to one server: one a thread, so that no worker ever waits for another's.

httpx's transports are used without its client: there are no cookies, redirects or credentials of other files
to look for, and looking for them takes longer than a request.
"""

import threading
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

__all__ = ["Connections"]


class Connections:
    """Thread-safe. ``local``: this machine is the server; no proxy of the environment has business there."""

    def __init__(self, base_url: str, *, local: bool) -> None:
        parts = urlsplit(base_url)
        self._proxy = None if local else _proxy_for(parts.scheme, parts.hostname or "")
        # Loading the certificates takes long: once for all threads, and not at all without TLS.
        self._verify = parts.scheme == "https" and httpx.create_ssl_context(trust_env=not local)
        self._own = threading.local()
        self._lock = threading.Lock()
        self._all: list[httpx.HTTPTransport] = []

    def send(self, request: httpx.Request) -> httpx.Response:
        """The answer with its body unread. Raises httpx.HTTPError."""
        transport: httpx.HTTPTransport | None = getattr(self._own, "transport", None)
        if transport is None:
            transport = self._own.transport = self._open()
        return transport.handle_request(request)

    def _open(self) -> httpx.HTTPTransport:
        transport = httpx.HTTPTransport(
            verify=self._verify, proxy=self._proxy, limits=httpx.Limits(max_connections=1)
        )
        with self._lock:
            self._all.append(transport)
        return transport

    def close(self) -> None:
        """Close all connections. No thread may be sending."""
        with self._lock:
            for transport in self._all:
                transport.close()
            self._all.clear()


def _proxy_for(scheme: str, host: str) -> str | None:
    """As the environment says (HTTPS_PROXY, ALL_PROXY, NO_PROXY), or the system's settings."""
    if proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    # Often named as host and port alone.
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
