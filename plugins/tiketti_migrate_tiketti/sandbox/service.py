"""The server's parts in one place, and the accounts it starts with."""

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from . import model
from .answers import ApiError
from .auth import ROLE_RIGHTS, Right, Tokens
from .call import Call, new_id
from .clock import Clock
from .faults import Decision, FaultPlan
from .limits import RateLimiter, parse_limit
from .options import SandboxOptions
from .store import Space, Store

__all__ = ["BASE_PATH", "PASSWORD", "Account", "Service"]

BASE_PATH = "/api/v1"
PASSWORD = "sandbox-password"  # noqa: S105 - documented, it guards invented data on loopback
KEPT_REQUESTS = 100_000

FIRST = "Sandbox Oy"
SECOND = "Second Oy"
_ORGANIZATIONS = ((FIRST, "SAND", 80.0), (SECOND, "SECO", 95.0))
_USERS = (
    ("admin@sandbox.test", "Aino Admin", "admin", (FIRST,)),
    ("manager@sandbox.test", "Matti Manager", "manager", (FIRST,)),
    ("agent@sandbox.test", "Anna Agent", "agent", (FIRST,)),
    ("viewer@sandbox.test", "Ville Viewer", "viewer", (FIRST,)),
    ("clerk@sandbox.test", "Kaisa Clerk", "clerk", (FIRST,)),
    ("multi@sandbox.test", "Meri Multi", "admin", (FIRST, SECOND)),
)


@dataclass(frozen=True)
class Account:
    """A user to sign in as; ``role`` is the one in the first of the ``organizations`` (names)."""

    id: str
    email: str
    name: str
    role: str
    organizations: tuple[str, ...]
    password: str = field(repr=False)


class Service:
    """Raises StateFileError when the state file is unusable."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.clock = Clock(options.skew)
        self.store = Store(options.state)
        self.faults = FaultPlan(options.faults)
        self.limiter = RateLimiter(self.clock, parse_limit(options.limit), options.window)
        self._seed()
        self.tokens = Tokens(self.store, self.clock, options.token_lifetime, options.refresh_lifetime)
        self.origin = ""
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self.request_counts: Counter[str] = Counter()
        # Set when the server stops: what waits on purpose (latency, hangs) gives up then.
        self.stopping = threading.Event()

    def _seed(self) -> None:
        if len(self.store.organizations):
            for row in self.store.organizations:
                self.store.space(row.id)
            return
        ids: dict[str, str] = {}
        with self.store.write() as transaction:
            for name, prefix, rate in _ORGANIZATIONS:
                row = model.Organization(new_id(), name, prefix, "EUR", rate)
                ids[name] = transaction.put(self.store.organizations, row).id
                self.store.space(row.id)
            for email, name, role, members in _USERS:
                roles = {ids[member]: role for member in members}
                transaction.put(self.store.users, model.User(new_id(), email, name, PASSWORD, roles))

    def add_user(self, email: str, name: str, role: str, organization: str = FIRST) -> model.User:
        if role not in ROLE_RIGHTS:
            raise ValueError(f"role {role!r} is unknown; known are: {', '.join(ROLE_RIGHTS)}")
        if self.store.users_by_email.ids(email.casefold()):
            raise ValueError(f"{email} has an account already")
        with self.store.write() as transaction:
            user = model.User(new_id(), email, name, PASSWORD, {self.organization(organization).id: role})
            return transaction.put(self.store.users, user)

    def accounts(self) -> list[Account]:
        with self.store.lock:
            names = {row.id: row.name for row in self.store.organizations}
            return [
                Account(
                    user.id,
                    user.email,
                    user.name,
                    next(iter(user.roles.values())),
                    tuple(names[organization] for organization in user.roles),
                    user.password,
                )
                for user in self.store.users
            ]

    def user(self, email: str) -> model.User:
        ids = self.store.users_by_email.ids(email.casefold())
        if not ids:
            raise KeyError(f"no user {email}")
        return self.store.users[next(iter(ids))]

    def organization(self, name_or_id: str) -> model.Organization:
        for row in self.store.organizations:
            if name_or_id in (row.id, row.name):
                return row
        raise KeyError(f"no organization {name_or_id!r}")

    def space_of(self, user: model.User, asked: str | None) -> Space:
        """The organization of the header ``X-Organization-Id``, or the user's only one."""
        if asked is None:
            if len(user.roles) > 1:
                message = "several organizations: choose one with X-Organization-Id"
                raise ApiError(400, "ORGANIZATION_REQUIRED", message)
            return self.store.space(next(iter(user.roles)))
        if asked.lower() not in user.roles:
            raise ApiError(403, "ORGANIZATION_FORBIDDEN", "not a member of this organization")
        return self.store.space(asked.lower())

    def check_right(self, user: model.User, space: Space, right: Right) -> None:
        role = user.roles[space.id]
        if right is not Right.SIGNED_IN and right not in ROLE_RIGHTS[role]:
            raise ApiError(403, "FORBIDDEN", f"the role {role} may not do this ({right.value})")

    def call(
        self,
        space: Space,
        user: model.User,
        args: dict[str, str] | None = None,
        query: Any = None,
        body: Any = None,
        decision: Decision | None = None,
    ) -> Call:
        return Call(
            store=self.store,
            clock=self.clock,
            space=space,
            user=user,
            args=args or {},
            query=query,
            body=body,
            decision=decision or Decision(),
            conflict_status=self.options.conflict_status,
            files_url=f"{self.origin}/files",
        )
