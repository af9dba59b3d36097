"""A sandbox in this process, and one that runs until it is told to stop."""

import base64
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any, Self

from . import model
from .auth import ROLE_RIGHTS
from .call import Call, found, new_id
from .conversation import put_message, render_attachment, render_message
from .limits import parse_limit
from .options import SandboxOptions
from .server import HttpServer
from .service import BASE_PATH, Account, Service
from .snapshot import take_snapshot
from .store import Space
from .tickets import change_ticket, render_ticket

__all__ = ["Sandbox", "serve"]


class Sandbox:
    """A Tiketti server on loopback. Use it as a context manager, or call `start` and `stop`.

    Raises StateFileError (a UsageError) when the state file is unusable, OSError when the port is taken.
    A stopped sandbox may be started again: it keeps its data and its port, as a server that was down.
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        self._service = Service(self.options)
        self._open = True
        self._server: HttpServer | None = None
        self._thread: threading.Thread | None = None
        self.port = self.options.port

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        if self._server is not None:
            return
        if not self._open:
            self._service.store.open()
            self._open = True
        self._service.stopping.clear()
        server = HttpServer(self._service, self.port)
        server.prepare()
        self.port = server.bind_addr[1]
        self._service.origin = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=server.serve, name="tiketti-sandbox", daemon=True)
        self._thread.start()
        self._server = server

    def stop(self) -> None:
        """Close all connections and the state file. Writes that were to come late do not come."""
        if self._server is not None and self._thread is not None:
            self._service.stopping.set()
            late = self._server.cancel_later()
            self._server.stop()
            self._thread.join()
            for timer in late:
                timer.join()
            self._server = self._thread = None
        if self._open:
            self._service.store.close()
            self._open = False

    @property
    def url(self) -> str:
        """The API's base URL."""
        return f"http://127.0.0.1:{self.port}{BASE_PATH}"

    @property
    def accounts(self) -> list[Account]:
        return self._service.accounts()

    def token(self, email: str = "admin@sandbox.test") -> str:
        """A fresh access token. Raises KeyError for an unknown address."""
        return self._service.tokens.issue(self._service.user(email), "access")

    def refresh_token(self, email: str = "admin@sandbox.test") -> str:
        return self._service.tokens.issue(self._service.user(email), "refresh")

    def organization_id(self, name: str = "Sandbox Oy") -> str:
        return self._service.organization(name).id

    def snapshot(self, organization: str | None = None) -> dict[str, Any]:
        """Everything held, of one organization (name or id) or of all; see `take_snapshot`."""
        return take_snapshot(self._service, organization)

    @property
    def request_counts(self) -> Counter[str]:
        """Requests seen so far, as ``{"POST /tickets/:ticket_id/messages": 3}``, faulty ones included."""
        return Counter(self._service.request_counts)

    def set_faults(self, spec: str) -> None:
        """Raises ValueError for a wrong specification; see `faults`."""
        self._service.faults.replace(spec)

    def fail_next(self, method: str, path_regex: str, fault: str, times: int = 1) -> None:
        """Let the next requests fail; the expression is searched in the path below ``/api/v1``."""
        self._service.faults.fail_next(method, path_regex, fault, times)

    def forget_planned(self) -> None:
        """No more of what `fail_next` planned."""
        self._service.faults.forget_planned()

    def set_limit(self, spec: str) -> None:
        """``100/60`` or ``off``, from the next request on."""
        self._service.limiter.set_limit(parse_limit(spec))

    def set_skew(self, seconds: float) -> None:
        self._service.clock.skew = seconds

    # What people do in the web interface or by e-mail, and the API does not offer.

    def add_user(
        self, email: str, name: str, role: str = "agent", organization: str = "Sandbox Oy"
    ) -> Account:
        user = self._service.add_user(email, name, role, organization)
        return next(account for account in self.accounts if account.id == user.id)

    def set_role(self, email: str, role: str) -> None:
        """An admin changes what a user may do, in all of the user's organizations."""
        if role not in ROLE_RIGHTS:
            raise ValueError(f"role {role!r} is unknown; known are: {', '.join(ROLE_RIGHTS)}")
        store = self._service.store
        with store.lock, store.write() as transaction:
            user = self._service.user(email)
            transaction.put(store.users, replace(user, roles=dict.fromkeys(user.roles, role)))

    def use_quota(self, requests: int, email: str = "admin@sandbox.test") -> int:
        """Somebody else uses the API key of a user: how many of so many requests were allowed."""
        key = self._service.user(email).id
        return sum(self._service.limiter.take(key).allowed for _ in range(requests))

    def edit_ticket(self, ticket_id: str, **changes: Any) -> dict[str, Any]:
        """Change a ticket's ``subject``, ``contact_id``, ``status``, ``priority`` or ``assignee_id``."""
        unknown = set(changes) - {"subject", "contact_id", "status", "priority", "assignee_id"}
        if unknown:
            raise ValueError(f"a ticket has no {', '.join(sorted(unknown))} to edit")
        with self._service.store.lock:
            call = self._call(ticket_id)
            if "contact_id" in changes:
                found(call.space.contacts, changes["contact_id"], "contact")
            with self._service.store.write() as transaction:
                row = change_ticket(call, transaction, call.space.tickets[ticket_id], changes)
            return render_ticket(call, row)

    def receive_message(self, ticket_id: str, body: str) -> dict[str, Any]:
        """An e-mail of the ticket's contact arrives: the ticket is open again."""
        with self._service.store.lock:
            call = self._call(ticket_id)
            ticket = call.space.tickets[ticket_id]
            sender = call.space.contacts[ticket.contact_id]
            with self._service.store.write() as transaction:
                row = put_message(call, transaction, ticket, body, sender, inbound=True)
                moved = change_ticket(call, transaction, ticket, {"status": "open"})
                transaction.put(call.space.tickets, replace(moved, updated_at=row.created_at))
            return render_message(call, row)

    def add_attachment(
        self,
        message_id: str,
        filename: str,
        content: bytes,
        content_type: str = "application/octet-stream",
    ) -> dict[str, Any]:
        """Plant a file on a message; no upload is documented."""
        with self._service.store.lock:
            space = self._space_with("messages", message_id)
            call = self._service.call(space, next(iter(self._service.store.users)))
            data = base64.b64encode(content).decode()
            row = model.Attachment(new_id(), message_id, filename, content_type, len(content), data)
            with self._service.store.write() as transaction:
                transaction.put(space.attachments, row)
            return render_attachment(call, row)

    def _call(self, ticket_id: str) -> Call:
        space = self._space_with("tickets", ticket_id)
        return self._service.call(space, next(iter(self._service.store.users)))

    def _space_with(self, table: str, row_id: str) -> Space:
        for space in self._service.store.spaces.values():
            if getattr(space, table).get(row_id) is not None:
                return space
        raise KeyError(f"no {row_id} among the {table}")


def serve(options: SandboxOptions, ready: Callable[[Sandbox], None]) -> None:
    """Run a sandbox until SIGINT or SIGTERM; ``ready`` is called when it listens. Main thread only."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Sandbox(options) as box:
            ready(box)
            stop.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
