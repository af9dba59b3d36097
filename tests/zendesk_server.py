"""A private Zendesk over real sockets: the calls that an account is read with, as strict as the pages say.

It refuses what is not documented (parameters, sizes, other methods), wrong credentials and more requests than
its limits allow, and can be told to fail.
"""

import base64
import json
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

__all__ = ["EMAIL", "OAUTH_TOKEN", "TOKEN", "Fault", "ZendeskServer", "cut", "drop", "failing", "serving"]

EMAIL, TOKEN, OAUTH_TOKEN = "admin@acme.test", "api-token-4711", "oauth-token-0815"
_PAIR = base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
_ACCEPTED = (f"Basic {_PAIR}", f"Bearer {OAUTH_TOKEN}")
_LISTS = ("ticket_fields", "custom_statuses", "groups", "brands", "ticket_forms", "organizations")
_WITHOUT_PAGES = ("custom_statuses", "ticket_forms")
_PAGED = {"page[size]", "page[after]"}
_QUERY = re.compile(r"status<solved updated<(\S+)")

Answer = tuple[int, Any, dict[str, str]]


@dataclass
class Fault:
    """What happens to the next ``times`` requests whose path matches."""

    path: str
    does: Callable[[BaseHTTPRequestHandler], None]
    times: int = 1


def failing(status: int, body: Any = "<html>", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer of an error."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        _send(handler, status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    return write


def drop(handler: BaseHTTPRequestHandler) -> None:
    """No answer at all."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Half an answer."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"users": [{"id')
    drop(handler)


@dataclass
class ZendeskServer:
    """``data`` by list: tickets bear their ``comments`` and ``audits``, which are only given apart.

    ``page``: the most objects in any page. ``limit`` requests a ``window`` of seconds, ``incremental`` of
    them below /incremental/. ``before`` is told path and parameters of each request, and may change the data.
    """

    data: dict[str, list[dict[str, Any]]]
    page: int = 1000
    limit: int = 99_999
    incremental: int = 99_999
    window: float = 60.0
    now: float = field(default_factory=time.time)
    before: Callable[[str, Mapping[str, str]], None] = lambda _path, _params: None
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    me: dict[str, Any] = field(default_factory=lambda: {"id": 900, "role": "admin", "name": "Aino Agent"})

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.sent: dict[str, deque[float]] = {"": deque(), "/incremental/": deque()}

    def __enter__(self) -> "ZendeskServer":
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.serve(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def paths(self, part: str = "") -> list[str]:
        """Paths asked for so far that hold ``part``."""
        with self.lock:
            return [path for path, _params in self.asked if part in path]

    def cursors(self, part: str) -> list[str]:
        """Where the pages asked for began."""
        with self.lock:
            return [
                params.get("cursor") or params.get("page[after]") or "start"
                for path, params in self.asked
                if part in path
            ]

    def touch(self, ticket_id: int, **changes: Any) -> None:
        """A change of a ticket, which puts it behind all others."""
        with self.lock:
            ticket = next(one for one in self.data["tickets"] if one["id"] == ticket_id)
            latest = max(_changed(one) for one in self.data["tickets"])
            ticket.update(changes, generated_timestamp=latest + 1)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Any request."""
        parts = urlsplit(handler.path)
        params = dict(parse_qsl(parts.query))
        with self.lock:
            self.asked.append((parts.path, params))
            self.before(parts.path, params)
            fault = next((one for one in self.faults if re.search(one.path, parts.path)), None)
            if fault is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
            else:
                status, body, headers = self._answer(handler, parts.path, params)
                self.statuses.append(status)
        if fault is not None:
            fault.does(handler)
        else:
            _send(handler, status, body, headers)

    def _answer(self, handler: BaseHTTPRequestHandler, path: str, params: dict[str, str]) -> Answer:
        left = self._count("", self.limit)
        headers = {"X-Rate-Limit": str(self.limit), "X-Rate-Limit-Remaining": str(max(0, left))}
        slow = "/incremental/" in path and self._count("/incremental/", self.incremental) < 0
        if left < 0 or slow:
            return 429, {"error": "APIRateLimitExceeded", "description": "Number of allowed"}, {
                **headers,
                "Retry-After": str(max(1, round(self.window))),
            }  # fmt: skip
        if handler.headers.get("Authorization") not in _ACCEPTED:
            return 401, {"error": "Couldn't authenticate you"}, headers
        return *self._found(path, params), headers

    def _count(self, part: str, limit: int) -> int:
        now, sent = time.monotonic(), self.sent[part]
        while sent and sent[0] <= now - self.window:
            sent.popleft()
        if len(sent) >= limit:
            return -1
        sent.append(now)
        return limit - len(sent)

    def _found(self, path: str, params: dict[str, str]) -> tuple[int, Any]:
        name = path.removeprefix("/api/v2/").removesuffix(".json")
        if name == "users/me" and not params:
            return 200, {"user": self.me}
        if name in _LISTS and name in self.data:
            return self._list(name, self.data[name], params)
        if found := re.fullmatch(r"incremental/(users|tickets)/cursor", name):
            return self._export(found[1], params)
        if name == "search/export":
            return self._search(params)
        if found := re.fullmatch(r"tickets/(\d+)/(comments|audits)", name):
            return self._hanging(int(found[1]), found[2], params)
        return 404, {"error": "RecordNotFound", "description": "Not found"}

    def _list(
        self,
        name: str,
        rows: list[dict[str, Any]],
        params: dict[str, str],
        extra: frozenset[str] = frozenset(),
    ) -> tuple[int, Any]:
        """A list by cursor pagination."""
        if name in _WITHOUT_PAGES:
            return self._numbered(name, rows, params)
        size = int(params.get("page[size]", "0"))
        if not params.keys() <= _PAGED | extra or not 1 <= size <= 100:
            return _invalid()
        begin = int(params.get("page[after]", "c0")[1:])
        end = begin + min(size, self.page)
        more = end < len(rows)
        meta = {"has_more": more, "after_cursor": f"c{end}" if more else None, "before_cursor": None}
        elsewhere = f"https://elsewhere.test/api/v2/{name}.json?page[after]=c{end}" if more else None
        return 200, {name: rows[begin:end], "meta": meta, "links": {"next": elsewhere, "prev": None}}

    def _numbered(self, name: str, rows: list[dict[str, Any]], params: dict[str, str]) -> tuple[int, Any]:
        """A list by offset pagination."""
        number = int(params.pop("page", "1"))
        if params:
            return _invalid()
        begin, end = (number - 1) * self.page, number * self.page
        following = (
            f"https://elsewhere.test/api/v2/{name}.json?page={number + 1}" if end < len(rows) else None
        )
        return 200, {name: rows[begin:end], "count": len(rows), "next_page": following}

    def _export(self, name: str, params: dict[str, str]) -> tuple[int, Any]:
        """The cursor-based incremental export."""
        size = int(params.get("per_page", "0"))
        if params.keys() not in ({"start_time", "per_page"}, {"cursor", "per_page"}) or not 1 <= size <= 1000:
            return _invalid()
        if "cursor" in params:
            moment, last = map(int, base64.b64decode(params["cursor"]).decode().split("|"))
        else:
            moment, last = int(params["start_time"]), -1
            if moment > self.now - 60:
                return 422, {"error": "StartTimeTooRecent", "description": "Too recent start_time."}
        rows = sorted((_changed(row), row["id"], _bare(row)) for row in self.data[name])
        rest = [row for row in rows if (row[0], row[1]) > (moment, last)]
        shown = rest[: min(size, self.page)]
        at = shown[-1] if shown else (moment, last)
        cursor = base64.b64encode(f"{at[0]}|{at[1]}".encode()).decode()
        page = {name: [row for _, _, row in shown], "after_cursor": cursor, "before_cursor": None}
        after_url = f"https://elsewhere.test/api/v2/incremental/{name}/cursor.json?cursor={cursor}"
        page |= {"after_url": after_url, "before_url": None}
        return 200, page | {"end_of_stream": len(shown) == len(rest)}

    def _search(self, params: dict[str, str]) -> tuple[int, Any]:
        asked = _QUERY.fullmatch(params.pop("query", ""))
        if asked is None or params.pop("filter[type]", "") != "ticket":
            return _invalid()
        rows = [
            _bare(row) | {"result_type": "ticket"}
            for row in self.data["tickets"]
            if row["status"] in ("new", "open", "pending", "hold") and row["updated_at"] < asked[1]
        ]
        return self._list("results", rows, params)

    def _hanging(self, ticket_id: int, name: str, params: dict[str, str]) -> tuple[int, Any]:
        ticket = next((one for one in self.data["tickets"] if one["id"] == ticket_id), None)
        if ticket is None or ticket["status"] == "deleted":
            return 404, {"error": "RecordNotFound", "description": "Not found"}
        extra = frozenset({"include_inline_images"} if name == "comments" else ())
        return self._list(name, ticket.get(name, []), params, extra)


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("comments", "audits")}


def _changed(row: Mapping[str, Any]) -> int:
    if "generated_timestamp" in row:
        return int(row["generated_timestamp"])
    moment = row.get("updated_at") or "2023-01-01T00:00:00Z"
    return int(datetime.fromisoformat(moment).astimezone(UTC).timestamp())


def _invalid() -> tuple[int, Any]:
    return 400, {"errors": [{"code": "InvalidParameter", "title": "Invalid parameter"}]}


def _send(handler: BaseHTTPRequestHandler, status: int, body: Any, headers: Mapping[str, str]) -> None:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@contextmanager
def serving(data: dict[str, list[dict[str, Any]]], **options: Any) -> Iterator[ZendeskServer]:
    """A server with these lists, and empty ones for those that every account has."""
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in (*_LISTS, "users", "tickets")}
    with ZendeskServer(lists | data, **options) as server:
        yield server
