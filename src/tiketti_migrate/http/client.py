"""One request, one answer: parsed JSON or a typed error that says what may be done next (load rule 6).

connect error, 429, 401           NotSent     nothing was done
timeout, disconnect, 5xx, 408,
truncated or unreadable 2xx       InDoubt     on a POST; other methods are simply repeated
other 4xx, 3xx                    Refused     with the server's code and words
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import orjson
import tenacity

from tiketti_migrate import __version__
from tiketti_migrate.errors import AccessDenied, InDoubt, NotSent, Refused, UsageError
from tiketti_migrate.http.addresses import is_loopback
from tiketti_migrate.http.bodies import json_object, read_body
from tiketti_migrate.http.clock import ServerClock
from tiketti_migrate.http.connections import Connections
from tiketti_migrate.http.limiter import Limiter, Slot
from tiketti_migrate.http.refusals import refusal

__all__ = ["Answer", "Authorizer", "Client"]

MOST_ANSWER_BYTES = 32 * 1024 * 1024
_TRIES = 5
_SECONDS_FOR_BODY = 30.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Whoever answers did not get the whole request, or says so (RFC 9110, 15.5.9; RFC 8470, 5.2).
_GAVE_UP = (408, 425)
_ALWAYS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"tiketti-migrate/{__version__}",
}
_log = logging.getLogger(__name__)


class Authorizer(Protocol):
    """Gives the credentials of each request."""

    def due(self) -> bool:
        """Whether `header` will first make a request of its own."""

    def header(self) -> str:
        """The value of ``Authorization``. Raises AccessDenied."""

    def renew(self, used: str) -> None:
        """``used`` was refused with 401: have another one ready, or raise AccessDenied."""


@dataclass(frozen=True)
class Answer:
    """A 2xx answer: its status and JSON object (empty for 204)."""

    status: int
    body: Mapping[str, Any]


class _Transient(Exception):
    """A repeatable request found no usable answer."""


@dataclass(frozen=True)
class _Request:
    """``secrets``: what a server could echo in an error and nobody may read there."""

    built: httpx.Request
    path: str
    repeatable: bool
    secrets: tuple[str, ...] = field(repr=False)


class Client:
    """JSON over HTTP to one base URL, shared by all threads. Redirects are never followed.

    ``guard`` sees method, path and body of every request before it leaves, and raises to keep it here.
    ``on_request`` is told method and path of each one that leaves.

    ``headers`` go with every request. Timeouts are seconds. Raises UsageError for a URL that would send the
    token in clear text to another machine.
    """

    def __init__(
        self,
        base_url: str,
        limiter: Limiter,
        clock: ServerClock,
        *,
        stopping: threading.Event | None = None,
        write_timeout: float = 120.0,
        read_timeout: float = 30.0,
        sleep: Callable[[float], object] | None = None,
        guard: Callable[[str, str, Mapping[str, Any] | None], None] = lambda _method, _path, _body: None,
        on_request: Callable[[str, str], None] = lambda _method, _path: None,
    ) -> None:
        local = _check_url(base_url)
        self.base_url = base_url.rstrip("/")
        self.headers: dict[str, str] = {}
        self.authorizer: Authorizer | None = None
        self._limiter = limiter
        self._clock = clock
        self._stopping = stopping or threading.Event()
        self._sleep = sleep or self._stopping.wait
        self._guards = [guard]
        self._on_request = on_request
        self._write_timeout = httpx.Timeout(write_timeout, connect=10.0).as_dict()
        self._read_timeout = httpx.Timeout(read_timeout, connect=10.0).as_dict()
        self._connections = Connections(base_url, local=local)

    def add_guard(self, guard: Callable[[str, str, Mapping[str, Any] | None], None]) -> None:
        """One more that sees every request; there is no way to take one away."""
        self._guards.append(guard)

    def once(
        self, path: str, body: Mapping[str, Any], *, slot: Slot | None = None, method: str = "POST"
    ) -> Answer:
        """A write that must not be repeated. Raises NotSent, InDoubt, Refused, AccessDenied."""
        with slot or Slot(self._limiter, reserved=False) as held:
            return self._authorized(self._request(method, path, None, body, repeatable=False), held)

    def repeat(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        slot: Slot | None = None,
        authorized: bool = True,
    ) -> Answer:
        """A request that may be sent any number of times. Raises NotSent (server gone), Refused,
        AccessDenied.
        """
        request = self._request(method, path, params, body, repeatable=True)
        send = self._authorized if authorized else self._anonymous
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Transient),
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.4, max=4.0),
            sleep=self._pause,
            reraise=True,
        )
        with slot or Slot(self._limiter, reserved=False) as held:
            try:
                return retrying(self._patiently, send, request, held)
            except _Transient as error:
                raise NotSent(str(error), unreachable=True) from error

    def _patiently(self, send: Callable[[_Request, Slot], Answer], request: _Request, slot: Slot) -> Answer:
        """Waiting for the rate limit is no failure, so it costs no try."""
        while True:
            try:
                return send(request, slot)
            except NotSent as error:
                if error.unreachable:
                    raise _Transient(error.message) from error
                self._pause(max(error.wait, 0.05))

    def _pause(self, seconds: float) -> None:
        self._sleep(seconds)
        if self._stopping.is_set():
            raise NotSent("stopped before the request was sent")

    def _request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        *,
        repeatable: bool,
    ) -> _Request:
        """Built before it has a turn: what raises here did certainly not leave."""
        body = _plain(body)
        for guard in self._guards:
            guard(method, path, body)
        headers = _ALWAYS | self.headers
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            built = httpx.Request(
                method,
                _url(self.base_url + path),
                params=params,
                content=orjson.dumps(body) if body is not None else None,
                headers=headers,
                extensions={"timeout": self._read_timeout if repeatable else self._write_timeout},
            )
        except (TypeError, ValueError, httpx.InvalidURL):
            words = "the record cannot be written as JSON"
            raise Refused(words, status=0, code="UNSENDABLE") from None
        return _Request(built, path, repeatable, _secrets(body))

    def _authorized(self, request: _Request, slot: Slot) -> Answer:
        assert self.authorizer is not None, "no credentials were set"
        used, number = self._turn(self.authorizer, slot)
        try:
            return self._send(request, number, used)
        except Refused as refused:
            if refused.status != 401:
                raise
        self.authorizer.renew(used)
        again, number = self._turn(self.authorizer, slot)
        try:
            return self._send(request, number, again)
        except Refused as refused:
            if refused.status != 401:
                raise
            raise AccessDenied(
                f"the server refuses a fresh access token: {refused.message}",
                hint="see whether this user can still sign in",
            ) from None

    def _anonymous(self, request: _Request, slot: Slot) -> Answer:
        return self._send(request, slot.start(), None)

    @staticmethod
    def _turn(authorizer: Authorizer, slot: Slot) -> tuple[str, int]:
        """A token and the number of the request that it is for.

        The wait for the rate limit may outlive the token: then it is this request that waits once more. And a
        reserved slot may be the probe that all wait for: the token's own request must not wait for it.
        """
        if authorizer.due():
            slot.release()
        token, number = authorizer.header(), slot.start()
        if authorizer.due():
            slot.withdraw(number)
            token, number = authorizer.header(), slot.start()
        return token, number

    def _send(self, request: _Request, number: int, authorization: str | None) -> Answer:
        if authorization is not None:
            request.built.headers["Authorization"] = authorization
        self._on_request(request.built.method, request.path)
        status, content, wait = self._exchange(request, number)
        _log.debug("%s %s -> %s", request.built.method, request.path, status)
        hide = (*request.secrets, *((authorization.removeprefix("Bearer "),) if authorization else ()))
        return _classified(status, content, wait, repeatable=request.repeatable, hide=hide)

    def _exchange(self, request: _Request, number: int) -> tuple[int, bytes | None, float]:
        sent = self._clock.steady()
        try:
            response = self._connections.send(request.built)
            try:
                timeout: dict[str, float] = request.built.extensions["timeout"]
                deadline = time.monotonic() + timeout["read"] + _SECONDS_FOR_BODY
                content = read_body(response, deadline, MOST_ANSWER_BYTES)
            finally:
                response.close()
        except _NOT_SENT as error:
            self._limiter.failed(number, counted=False)
            raise NotSent(_words(error, "cannot connect"), unreachable=True) from error
        except httpx.HTTPError as error:
            self._limiter.failed(number, counted=True)
            raise _lost(error, repeatable=request.repeatable) from error
        except BaseException:
            self._limiter.failed(number, counted=True)
            raise
        received = self._clock.steady()
        self._clock.observe(response.headers.get("Date"), sent, received)
        wait = self._limiter.answered(number, response.status_code, response.headers, received - sent)
        return response.status_code, content, wait

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()


def _plain(value: Any) -> Any:
    """A copy of plain dicts and lists, so that what a guard sees is what is sent."""
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in value}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@lru_cache(maxsize=256)
def _url(text: str) -> httpx.URL:
    """Taking an address to pieces costs time at each request, and most addresses come again soon."""
    return httpx.URL(text)


def _secrets(body: Mapping[str, Any] | None) -> tuple[str, ...]:
    named = (str(value) for key, value in (body or {}).items() if key in ("password", "refresh_token"))
    return tuple(filter(None, named))


def _classified(
    status: int, content: bytes | None, wait: float, *, repeatable: bool, hide: tuple[str, ...] = ()
) -> Answer:
    if 200 <= status < 300:
        body = {} if status == 204 else json_object(content)
        if body is not None:
            return Answer(status, body)
        words = f"the answer ({status}) could not be read"
        raise _Transient(words) if repeatable else InDoubt(words)
    if status == 429:
        raise NotSent("the rate limit is reached", wait=wait)
    said = json_object(content)
    if status >= 500 or status in _GAVE_UP:
        words = f"the server failed ({status})"
        raise _Transient(words) if repeatable else InDoubt(words)
    if status == 404 and said is None and not repeatable:
        # A proxy's page: it does not say that the API does not know what the write is for.
        raise InDoubt("the answer (404) is none of the API's")
    raise refusal(status, said, hide)


def _lost(error: httpx.HTTPError, *, repeatable: bool) -> Exception:
    timed_out = isinstance(error, httpx.TimeoutException)
    words = "no answer in time" if timed_out else _words(error, "the connection broke")
    return _Transient(words) if repeatable else InDoubt(words, timed_out=timed_out)


def _words(error: Exception, what: str) -> str:
    return f"{what}: {type(error).__name__}"


def _check_url(url: str) -> bool:
    """Whether it is this machine. Plain http is for that alone."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    # Behind a ? or # the path of a request would not be the path that the guard judged.
    odd = parts.username or parts.password or "?" in url or "#" in url
    if parts.scheme not in ("http", "https") or not host or odd:
        raise UsageError("the base URL must look like https://api.tiketti.app/api/v1", where="--base-url")
    local = is_loopback(host)
    if parts.scheme == "http" and not local:
        raise UsageError(
            "http:// would send the token in clear text", where="--base-url", hint="use https://"
        )
    return local
