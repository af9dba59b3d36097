"""Reading from somebody's account over HTTP: GET alone, JSON objects alone, one server alone.

2xx with a JSON object         the object
401                            AccessDenied
429                            waits, as long as it takes, and asks again
other 3xx, 4xx; too large      Refused: redirects are never followed, so that no credentials go elsewhere
5xx, 408, 425, timeout, disconnect,
unreadable 2xx                 asked again, later and later; after the last try SourceUnreachable
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import tenacity

from tiketti_migrate import __version__
from tiketti_migrate.api import Notice
from tiketti_migrate.errors import AccessDenied, Interrupted, NotSent, Refused, SourceUnreachable, UsageError
from tiketti_migrate.http.addresses import is_loopback
from tiketti_migrate.http.bodies import json_object, lenient_json_object, read_body
from tiketti_migrate.http.budget import HeaderNames, read_retry_after
from tiketti_migrate.http.clock import ServerClock
from tiketti_migrate.http.connections import Connections
from tiketti_migrate.http.limiter import Limiter
from tiketti_migrate.http.pace import Pace
from tiketti_migrate.http.refusals import shortened

__all__ = ["Access", "ReadLimits", "Reader"]

MOST_ANSWER_BYTES = 256 * 1024 * 1024
# Some four minutes of trying.
USUAL_TRIES = 10
_LONGEST_PAUSE = 60.0
_SECONDS_FOR_BODY = 120.0
# Whoever answers so did not get the whole request, or says so (RFC 9110, 15.5.9; RFC 8470, 5.2).
_GAVE_UP = (408, 425)
_STOPPED = "stopped while reading; what was read is kept"
_ALWAYS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"tiketti-migrate/{__version__}",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadLimits:
    """``per_minute`` requests where the server tells no other number; ``reserve`` a minute left to others.

    ``slow``: requests a minute by a part of the path, kept whatever the server says. ``reset_in``: the header
    that tells the seconds until the limit is new, where there is one.
    """

    per_minute: int = 100
    reserve: int = 0
    names: HeaderNames = field(default_factory=HeaderNames)
    reset_in: str | None = None
    slow: Mapping[str, int] = field(default_factory=dict)


class Access:
    """The credentials. ``secrets`` are taken out of the server's words; ``hint`` says how to give others."""

    def __init__(self, authorization: str, secrets: tuple[str, ...], hint: str) -> None:
        self.authorization = authorization
        self.hint = hint
        self._secrets = (*secrets, authorization.partition(" ")[2])

    def hidden(self, text: str) -> str:
        """``text`` without them."""
        for secret in filter(None, self._secrets):
            text = text.replace(secret, "***")
        return text


class _Transient(Exception):
    """No usable answer; the server wants to be asked again not before ``wait`` seconds."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class Reader:
    """Reads below ``base_url``. Thread-safe: all threads share one limit.

    Every wait ends with Interrupted once ``stopping`` is set; ``notify`` is told of long ones. ``sleep``
    returns True when the run is to stop. Raises UsageError for a URL that would send the credentials in
    clear text.
    """

    def __init__(
        self,
        base_url: str,
        access: Access,
        *,
        stopping: threading.Event | None = None,
        notify: Callable[[Notice], None] = lambda _notice: None,
        limits: ReadLimits | None = None,
        timeout: float = 60.0,
        most_bytes: int = MOST_ANSWER_BYTES,
        clock: ServerClock | None = None,
        sleep: Callable[[float], bool] | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self.host = urlsplit(base_url).hostname or ""
        self._access = access
        self._stopping = stopping or threading.Event()
        self._notify = notify
        self._timeout = httpx.Timeout(timeout, connect=min(timeout, 10.0)).as_dict()
        self._most_bytes = most_bytes
        self._clock = clock or ServerClock()
        self._sleep = sleep or self._stopping.wait
        limits = self._limits = limits or ReadLimits()
        self._limiter = Limiter(
            self._clock,
            stopping=self._stopping,
            reserve=limits.reserve,
            default_limit=limits.per_minute,
            names=limits.names,
            notify=lambda text, seconds: notify(Notice(text, seconds)),
            sleep=self._sleep,
        )
        self._paces = {
            part: Pace(per_minute, monotonic=self._clock.steady) for part, per_minute in limits.slow.items()
        }
        self._connections = Connections(base_url, local=_check(base_url, self.host))
        self._closed = False
        self._backoff = tenacity.wait_exponential_jitter(initial=1, max=_LONGEST_PAUSE)

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self._limiter.sent

    def get(
        self, path: str, params: Mapping[str, str | int] | None = None, *, tries: int = USUAL_TRIES
    ) -> dict[str, Any]:
        """The JSON object at ``path``. Raises Refused, AccessDenied, SourceUnreachable, Interrupted."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Transient),
            stop=tenacity.stop_after_attempt(tries),
            wait=self._wait,
            before_sleep=self._tell,
            sleep=self._pause,
            reraise=True,
        )
        try:
            return retrying(self._patiently, path, params)
        except _Transient as error:
            raise SourceUnreachable(
                f"{self.host} gives no usable answer: {error}", where=path, hint="try again later"
            ) from error

    def _patiently(self, path: str, params: Mapping[str, str | int] | None) -> dict[str, Any]:
        """Waiting for the rate limit is no failure, so it costs no try."""
        while True:
            request = self._request(path, params)
            try:
                self._await_pace(path)
                number = self._limiter.acquire()
            except NotSent:
                raise Interrupted(_STOPPED) from None
            answer = self._exchange(request, number, path)
            if answer is not None:
                return answer

    def _request(self, path: str, params: Mapping[str, str | int] | None) -> httpx.Request:
        if self._stopping.is_set() or self._closed:
            raise Interrupted(_STOPPED)
        return httpx.Request(
            "GET",
            self._base_url + path,
            params=params,
            headers=_ALWAYS | {"Authorization": self._access.authorization},
            extensions={"timeout": self._timeout},
        )

    def _await_pace(self, path: str) -> None:
        for part, pace in self._paces.items():
            if part not in path:
                continue
            while wait := pace.turn():
                self._notify(Notice("Waiting for the rate limit", wait))
                self._pause(wait)

    def _exchange(self, request: httpx.Request, number: int, path: str) -> dict[str, Any] | None:
        """What the answer holds; None when it said that the limit is reached."""
        sent = self._clock.steady()
        try:
            response = self._connections.send(request)
            try:
                deadline = time.monotonic() + _SECONDS_FOR_BODY
                content = read_body(response, deadline, self._most_bytes)
            finally:
                response.close()
        except httpx.HTTPError as error:
            self._limiter.failed(number, counted=True)
            timed_out = isinstance(error, httpx.TimeoutException)
            words = "no answer in time" if timed_out else "the connection broke"
            raise _Transient(f"{words} ({shortened(error, 160) or type(error).__name__})") from error
        except BaseException:
            self._limiter.failed(number, counted=True)
            raise
        received = self._clock.steady()
        self._clock.observe(response.headers.get("Date"), sent, received)
        self._limiter.answered(
            number, response.status_code, self._rate_headers(response, path), received - sent
        )
        _log.debug("GET %s -> %s", path, response.status_code)
        if response.status_code == 429:
            return None
        return self._classified(response, content)

    def _rate_headers(self, response: httpx.Response, path: str) -> httpx.Headers:
        """As the limiter reads them: of the common limit alone, with the time of the reset."""
        headers, limits = httpx.Headers(response.headers), self._limits
        if any(part in path for part in limits.slow):
            for name in (limits.names.limit, limits.names.remaining, limits.names.reset):
                headers.pop(name, None)
            return headers
        seconds = read_retry_after(headers.get(limits.reset_in or ""), self._clock.time())
        if seconds is not None:
            headers[limits.names.reset] = str(self._clock.time() + seconds)
        return headers

    def _classified(self, response: httpx.Response, content: bytes | None) -> dict[str, Any]:
        status = response.status_code
        if 200 <= status < 300:
            if content is None:
                raise Refused("the answer is too large", status=status, code="TOO_LARGE")
            if (found := lenient_json_object(content)) is not None:
                return found
            raise _Transient(f"the answer ({status}) is no JSON")
        if status >= 500 or status in _GAVE_UP:
            asked = read_retry_after(response.headers.get("Retry-After"), self._clock.earliest())
            raise _Transient(f"the server failed ({status})", asked or 0.0)
        words = shortened(self._access.hidden(_said(json_object(content), status)))
        if status == 401:
            raise AccessDenied(f"{self.host} refuses the credentials: {words}", hint=self._access.hint)
        hint = None
        if location := response.headers.get("Location"):
            # Without its query, which may repeat what was asked.
            words = f"redirected to {shortened(self._access.hidden(location.partition('?')[0]), 200)}"
            hint = "redirects are not followed, so that the credentials stay here"
        raise Refused(words, status=status, code=f"HTTP_{status}", hint=hint)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, _Transient) else 0.0
        return max(asked, self._backoff(state))

    def _tell(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        _log.info("%s: %s; try %d", self.host, error, state.attempt_number)
        if wait > 2:
            self._notify(Notice(f"{self.host}: {error}; asking again", wait))

    def _pause(self, seconds: float) -> None:
        if self._sleep(seconds) or self._stopping.is_set():
            raise Interrupted(_STOPPED)

    def close(self) -> None:
        """Close all connections. A thread that still reads, or waits to, ends with an error."""
        self._closed = True
        self._connections.close()


def _check(base_url: str, host: str) -> bool:
    """Whether it is this machine."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or "?" in base_url:
        raise UsageError("the address must look like https://example.com", where=shortened(base_url, 80))
    local = is_loopback(host)
    if parts.scheme == "http" and not local:
        raise UsageError("http:// would send the credentials in clear text", where=host, hint="use https://")
    return local


def _said(body: Mapping[str, Any] | None, status: int) -> str:
    """The server's own words, wherever such servers put them."""
    found = body or {}
    error = found.get("error")
    inner = error if isinstance(error, Mapping) else {}
    candidates = (
        inner.get("message"),
        inner.get("title"),
        found.get("description"),
        error,
        found.get("message"),
    )
    words = next((text for text in candidates if isinstance(text, str) and text), None)
    return f"{words} ({status})" if words else f"the server answered {status}"
