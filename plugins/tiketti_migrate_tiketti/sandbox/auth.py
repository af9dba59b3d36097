"""Users, roles and tokens.

Access and refresh tokens are JWTs (RFC 7519, HS256). Their times are those of the server's clock, so
`Tokens` compares them itself instead of leaving that to the library, which knows only the real time.
"""

import secrets
import uuid
from enum import Enum
from typing import Any, Literal, NamedTuple

import jwt

from . import model
from .answers import Answer, ApiError, no_content, plain
from .clock import Clock
from .store import Store
from .validation import Body

__all__ = ["ROLE_RIGHTS", "Claims", "Right", "Tokens"]

TokenKind = Literal["access", "refresh"]
CACHED_TOKENS = 10_000


class Right(Enum):
    """What a call needs: nothing, a signed-in user, or a right that the user's role has."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    READ = "read"
    WRITE = "write"
    DELETE_TICKETS = "delete tickets"
    MANAGE_LABELS = "manage labels"
    SETTINGS = "settings"


_AGENT = frozenset({Right.READ, Right.WRITE})
_MANAGER = _AGENT | {Right.DELETE_TICKETS, Right.MANAGE_LABELS}
ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    "admin": _MANAGER | {Right.SETTINGS},
    "manager": _MANAGER,
    "agent": _AGENT,
    "viewer": frozenset({Right.READ}),
    # A custom role: clients cannot know from its name what it may do.
    "clerk": _AGENT,
}


class Claims(NamedTuple):
    user_id: str
    kind: str
    expires: float
    token_id: str


class LoginBody(Body):
    email: str
    password: str


class RefreshBody(Body):
    refresh_token: str


class Tokens:
    """Issues and reads tokens."""

    def __init__(self, store: Store, clock: Clock, access_seconds: int, refresh_seconds: int) -> None:
        self._store = store
        self._clock = clock
        self._seconds = {"access": access_seconds, "refresh": refresh_seconds}
        self._read: dict[str, Claims] = {}
        with store.write() as transaction:
            if not len(store.secrets):
                transaction.put(store.secrets, model.Secret("jwt", secrets.token_hex(32)))
        self._key = store.secrets["jwt"].key

    def issue(self, user: model.User, kind: TokenKind) -> str:
        now = self._clock.now()
        claims = {"sub": user.id, "kind": kind, "iat": int(now), "exp": now + self._seconds[kind]}
        return jwt.encode({**claims, "jti": str(uuid.uuid4())}, self._key, algorithm="HS256")

    def claims(self, token: str) -> Claims | None:
        """What a token of ours says, expired ones included; None for any other text."""
        known = self._read.get(token)
        if known:
            return known
        try:
            read = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None
        claims = Claims(str(read["sub"]), str(read["kind"]), float(read["exp"]), str(read["jti"]))
        if len(self._read) > CACHED_TOKENS:
            self._read.clear()
        self._read[token] = claims
        return claims

    def user(self, token: str, kind: TokenKind) -> model.User:
        """The user of a valid token. Raises ApiError 401."""
        claims = self.claims(token)
        user = self._store.users.get(claims.user_id) if claims else None
        if claims is None or user is None or claims.kind != kind:
            raise ApiError(401, "INVALID_TOKEN", f"the {kind} token is invalid")
        if claims.expires <= self._clock.now():
            raise ApiError(401, "TOKEN_EXPIRED", f"the {kind} token has expired")
        if self._store.revoked_tokens.get(claims.token_id):
            raise ApiError(401, "TOKEN_REVOKED", f"the {kind} token was revoked")
        return user

    def login(self, email: str, password: str) -> Answer:
        ids = self._store.users_by_email.ids(email.casefold())
        user = self._store.users[next(iter(ids))] if ids else None
        if user is None or not secrets.compare_digest(user.password.encode(), password.encode()):
            raise ApiError(401, "INVALID_CREDENTIALS", "wrong e-mail address or password")
        refresh_token = self.issue(user, "refresh")
        person = {"id": user.id, "email": user.email, "name": user.name}
        return plain({**self._access(user), "refresh_token": refresh_token, "user": person})

    def refresh(self, token: str) -> Answer:
        return plain(self._access(self.user(token, "refresh")))

    def logout(self, token: str) -> Answer:
        self.user(token, "refresh")
        claims = self.claims(token)
        if claims:
            with self._store.write() as transaction:
                transaction.put(self._store.revoked_tokens, model.RevokedToken(claims.token_id))
        return no_content()

    def me(self, user: model.User) -> Answer:
        organizations = [
            {"id": row.id, "name": row.name, "role": user.roles[row.id]}
            for row in self._store.organizations
            if row.id in user.roles
        ]
        person = {"id": user.id, "email": user.email, "name": user.name}
        return plain({**person, "organizations": organizations})

    def _access(self, user: model.User) -> dict[str, Any]:
        token = self.issue(user, "access")
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self._seconds["access"],
        }
