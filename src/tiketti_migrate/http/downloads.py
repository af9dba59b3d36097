"""Files that a source names by their address, fetched as a stranger: without credentials, over https alone,
only from public hosts that the source may name. Nothing that comes back is trusted to be the file, or to end.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

import httpcore
import httpx
import tenacity

from tiketti_migrate import __version__
from tiketti_migrate.blobs import Blob, Blobs
from tiketti_migrate.errors import DownloadFailed, Interrupted
from tiketti_migrate.http.budget import read_retry_after
from tiketti_migrate.http.decoding import CodingError, decoded
from tiketti_migrate.http.pages import is_stand_in
from tiketti_migrate.http.public import Dialer, PublicOnly, Resolver, Unreachable, is_allowed, resolve
from tiketti_migrate.sizes import human_size

__all__ = ["Downloader", "Wanted"]

_MOST_HOPS = 5
_TRIES = 4
_LONGEST_URL = 8192
_READ_SECONDS = 30.0
# What a line of 1990 brought must do, after a minute's patience.
_GRACE_SECONDS = 60.0
_SLOWEST = 16_000.0
_NOTABLE_SECONDS = 3.0
_HEADERS = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, identity;q=0.5"),
    ("User-Agent", f"tiketti-migrate/{__version__}"),
)
_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429)
_EXPORT_AGAIN = "if its address has changed, import a newer export; else retry --kind attachment"


class Wanted(NamedTuple):
    """A file: its address, and what the source says of it."""

    url: str
    filename: str = ""
    size: int | None = None
    content_type: str | None = None


class _Again(Exception):
    """Another try may bring it, after ``wait`` seconds."""

    def __init__(self, failure: DownloadFailed, wait: float = 0.0) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.wait = wait


class Downloader:
    """Thread-safe. ``hosts``: host names, or with a leading dot all below one. ``limit_bytes`` for each file.

    ``patience``: seconds that tries of one file may take to begin, waits that the server asks for included.
    ``resolver``, ``dialer`` and ``tls`` (what the system trusts, by default) make connections.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        *,
        stopping: threading.Event,
        limit_bytes: int,
        patience: float = 180.0,
        sleep: Callable[[float], object] | None = None,
        notify: Callable[[str, float], None] = lambda _text, _seconds: None,
        resolver: Resolver = resolve,
        dialer: Dialer | None = None,
        tls: ssl.SSLContext | None = None,
        grace: float = _GRACE_SECONDS,
    ) -> None:
        self._hosts = tuple(hosts)
        self._stopping = stopping
        self._limit = limit_bytes
        self._patience = patience
        self._sleep = sleep or stopping.wait
        self._notify = notify
        self._resolver = resolver
        self._dialer = dialer or httpcore.SyncBackend()
        self._given_tls = tls
        self._grace = grace
        self._own = threading.local()
        self._lock = threading.Lock()
        self._pools: list[httpcore.ConnectionPool] = []

    def fetch(self, wanted: Wanted, blobs: Blobs) -> Blob:
        """The file, kept in ``blobs``.

        Raises DownloadFailed, Interrupted when the run is stopping, Stopped when the disk takes no more.
        """
        if wanted.size is not None and wanted.size > self._limit:
            raise self._too_large(wanted.size)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=tenacity.stop_after_attempt(_TRIES) | tenacity.stop_before_delay(self._patience),
            wait=_wait,
            sleep=self._pause,
            reraise=True,
        )
        try:
            return retrying(self._once, wanted, blobs)
        except _Again as again:
            raise again.failure from again

    def close(self) -> None:
        """Close all connections. No thread may be fetching."""
        with self._lock:
            for pool in self._pools:
                pool.close()
            self._pools.clear()

    def _pause(self, seconds: float) -> None:
        if seconds >= _NOTABLE_SECONDS:
            self._notify("the server of the attachments is waited for", seconds)
        self._sleep(seconds)
        self._end_if_stopping()

    def _end_if_stopping(self) -> None:
        if self._stopping.is_set():
            raise Interrupted("stopped while attachments were fetched; those that are here stay")

    def _once(self, wanted: Wanted, blobs: Blobs) -> Blob:
        self._end_if_stopping()
        url = wanted.url
        for _ in range(_MOST_HOPS + 1):
            target = self._checked(url)
            with self._answer(target) as answer:
                if answer.status not in _REDIRECTS:
                    _check_status(answer)
                    return self._kept(answer, wanted, blobs)
                url = _next_address(target, answer)
        raise DownloadFailed("DOWNLOAD_FAILED", f"it is redirected more than {_MOST_HOPS} times")

    def _checked(self, address: str) -> httpx.URL:
        """The address, if it may be asked for: the first one and each that it redirects to."""
        try:
            url = httpx.URL(address[: _LONGEST_URL + 1])
            host = url.raw_host.decode("ascii")
        except (httpx.InvalidURL, ValueError, TypeError):
            raise DownloadFailed("DOWNLOAD_BAD_ADDRESS", "its address cannot be read") from None
        if len(address) > _LONGEST_URL:
            raise DownloadFailed("DOWNLOAD_BAD_ADDRESS", "its address is too long")
        if url.scheme != "https" or url.userinfo or url.port not in (None, 443):
            words = "only https:// addresses without a user and a port are fetched"
            raise DownloadFailed("DOWNLOAD_REFUSED_HOST", words)
        if not is_allowed(host, self._hosts):
            words = f"its address is of {host[:100]}, which is no host of the source"
            raise DownloadFailed("DOWNLOAD_REFUSED_HOST", words)
        return url

    @contextmanager
    def _answer(self, url: httpx.URL) -> Iterator[httpcore.Response]:
        """Raises _Again or DownloadFailed for whatever may go wrong while it is open."""
        target = httpcore.URL(scheme=b"https", host=url.raw_host, port=443, target=url.raw_path)
        timeout = {"connect": 10.0, "read": _READ_SECONDS, "write": _READ_SECONDS, "pool": 10.0}
        try:
            with self._pool().stream(
                "GET", target, headers=_HEADERS, extensions={"timeout": timeout}
            ) as answer:
                yield answer
        except Unreachable as error:
            words = f"{url.host} is no host of the public internet"
            raise DownloadFailed("DOWNLOAD_REFUSED_HOST", words) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            self._end_if_stopping()
            raise _network(error, url.host) from error
        except CodingError as error:
            raise _Again(DownloadFailed("DOWNLOAD_FAILED", str(error))) from error

    def _pool(self) -> httpcore.ConnectionPool:
        """Each thread has its own, as no other's answer may count for the pace of its own."""
        way: PublicOnly | None = getattr(self._own, "way", None)
        if way is None:
            way = self._own.way = PublicOnly(
                self._resolver, self._dialer, self._stopping, grace=self._grace, slowest=_SLOWEST
            )
            self._own.pool = httpcore.ConnectionPool(
                ssl_context=self._tls, max_connections=4, keepalive_expiry=20.0, network_backend=way
            )
            with self._lock:
                self._pools.append(self._own.pool)
        way.begin()
        pool: httpcore.ConnectionPool = self._own.pool
        return pool

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or httpx.create_ssl_context()

    def _kept(self, answer: httpcore.Response, wanted: Wanted, blobs: Blobs) -> Blob:
        length = _length(answer)
        if length is not None and length > self._limit:
            raise self._too_large(length)
        # A packed file that the server calls coded is as long as the source says: it stays packed.
        coding = "" if length is not None and length == wanted.size else _header(answer, b"content-encoding")
        with blobs.incoming() as incoming:
            for part in decoded(answer.iter_stream(), coding):
                incoming.write(part)
                if incoming.size > self._limit:
                    raise self._too_large(incoming.size)
            _check_content(answer, wanted, incoming.head, incoming.size)
            return blobs.keep(incoming)

    def _too_large(self, size: int) -> DownloadFailed:
        words = f"it has {human_size(size)} or more, and the limit is {human_size(self._limit)}"
        hint = "retry --kind attachment --attachment-limit MB fetches larger ones"
        return DownloadFailed("DOWNLOAD_TOO_LARGE", words, hint=hint)


_backing_off = tenacity.wait_random_exponential(multiplier=0.5, max=20.0)


def _wait(state: tenacity.RetryCallState) -> float:
    """What the server asks for, or longer and longer."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, _Again) else 0.0
    return max(asked, _backing_off(state))


def _next_address(url: httpx.URL, answer: httpcore.Response) -> str:
    location = _header(answer, b"location")
    try:
        return str(url.join(location))
    except (httpx.InvalidURL, ValueError):
        raise DownloadFailed("DOWNLOAD_BAD_ADDRESS", "it is redirected to what is no address") from None


def _check_status(answer: httpcore.Response) -> None:
    status = answer.status
    if status == 200:
        return
    words = f"the server answers {status}"
    if status in (404, 410):
        raise DownloadFailed("DOWNLOAD_GONE", f"{words}: it is gone", hint=_EXPORT_AGAIN)
    if status in (401, 403, 407):
        raise DownloadFailed("DOWNLOAD_FORBIDDEN", f"{words}: it needs a login", hint=_EXPORT_AGAIN)
    if status >= 500 or status in _PASSING:
        wait = read_retry_after(_header(answer, b"retry-after") or None, time.time())
        raise _Again(DownloadFailed("DOWNLOAD_FAILED", words, hint="run retry", passing=True), wait or 0.0)
    raise DownloadFailed("DOWNLOAD_FAILED", words, hint=_EXPORT_AGAIN)


def _check_content(answer: httpcore.Response, wanted: Wanted, head: bytes, size: int) -> None:
    if size == wanted.size:
        return
    kind = _header(answer, b"content-type")
    what = is_stand_in(head, size, kind, wanted.content_type, wanted.filename)
    if what is not None:
        words = "a page came in place of the file, as of a login" if what == "page" else "an error came"
        raise DownloadFailed(
            "DOWNLOAD_LOGIN_PAGE" if what == "page" else "DOWNLOAD_FAILED", words, hint=_EXPORT_AGAIN
        )
    if wanted.size is not None:
        words = f"{size:,} bytes came, and the source says that it has {wanted.size:,}"
        raise _Again(DownloadFailed("DOWNLOAD_WRONG_SIZE", words, hint="run retry"))


def _network(error: Exception, host: str) -> Exception:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        words = f"the certificate of {host} is not trusted: {cause.verify_message}"
        return DownloadFailed("DOWNLOAD_REFUSED_HOST", words)
    words = f"{host} does not answer: {type(error).__name__}"
    return _Again(DownloadFailed("DOWNLOAD_UNREACHABLE", words, hint="run retry", passing=True))


def _header(answer: httpcore.Response, name: bytes) -> str:
    found = (value for key, value in answer.headers if key.lower() == name)
    return next(found, b"").decode("latin-1")


def _length(answer: httpcore.Response) -> int | None:
    text = _header(answer, b"content-length")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
