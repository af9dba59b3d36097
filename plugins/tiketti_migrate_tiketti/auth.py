"""Tokens (load rule 9): refreshed in time, once for all workers, and never shown.

Facts: tiketti-api.md, "Authentication": access token 15 minutes, refresh token 7 days and not renewed.
"""

import base64
import binascii
import json
import threading

from pydantic import SecretStr

from tiketti_migrate.errors import AccessDenied, Refused
from tiketti_migrate.http import Client, ServerClock
from tiketti_migrate_tiketti.options import Credentials

__all__ = ["TokenKeeper"]

_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.2
_DOCUMENTED_LIFE = 900.0
_REFRESH_LIFE = 7 * 24 * 3600.0


class TokenKeeper:
    """Thread-safe. Gives the header of each request, and a new token when the old one is about to die."""

    def __init__(self, credentials: Credentials, client: Client, clock: ServerClock) -> None:
        self._credentials = credentials
        self._client = client
        self._clock = clock
        self._lock = threading.RLock()
        self._access = credentials.token
        self._refresh = credentials.refresh_token
        self._renew_at: float | None = None
        self._life: float | None = None
        self._dead: str | None = None

    def header(self) -> str:
        """``Bearer <token>``. Raises AccessDenied when there is no way to a valid one."""
        with self._lock:
            if self.due():
                self._obtain()
            assert self._access is not None
            return f"Bearer {self._access.get_secret_value()}"

    def due(self) -> bool:
        """Whether `header` will first ask for a token.

        Takes no lock: it holds no one up who has a turn at the rate limit while another thread renews.
        """
        return self._access is None or (self._due() and self._can_renew())

    def renew(self, used: str) -> None:
        """The server refused ``used``. Whoever comes first renews; the others find it done."""
        with self._lock:
            if self._access is not None and used != f"Bearer {self._access.get_secret_value()}":
                return
            if not self._can_renew():
                raise self._denied()
            self._obtain()

    def renewals(self, seconds: float) -> int:
        """How often a run of so many seconds has to renew the access token."""
        if not self._can_renew() or self._access is None:
            return 0
        self._due()
        first = self._renew_at - self._clock.steady() if self._renew_at is not None else 0.0
        life = self._life or _DOCUMENTED_LIFE
        return 0 if seconds < first else 1 + int((seconds - first) // (life - _margin(life)))

    def life_warning(self, seconds: float) -> str | None:
        """What dies before a run of so many seconds ends, and what to give instead."""
        if self._can_log_in():
            return None
        if self._refresh is not None:
            left = self._left(self._refresh, _REFRESH_LIFE)
            what, instead = "refresh token", "TIKETTI_EMAIL and TIKETTI_PASSWORD"
        else:
            left = self._left(self._access, _DOCUMENTED_LIFE)
            what, instead = "access token", "TIKETTI_REFRESH_TOKEN, or TIKETTI_EMAIL and TIKETTI_PASSWORD"
        if seconds < left:
            return None
        return f"the {what} dies in {_rough(left)}, before the end: set {instead}"

    def _left(self, token: SecretStr | None, documented: float) -> float:
        """Seconds that a token has to live, by its own words or as documented."""
        expiry = _expiry(token.get_secret_value()) if token else None
        return expiry - self._clock.time() if expiry is not None else documented

    def _due(self) -> bool:
        # By our own clock, which may be hours off, a token would seem dead that is not.
        if self._renew_at is None and self._access is not None and self._clock.synchronised:
            self._renew_at = self._renewal_of(self._access)
        return self._renew_at is not None and self._clock.steady() >= self._renew_at

    def _renewal_of(self, token: SecretStr) -> float:
        """When to renew a token we were given, from its own words."""
        expiry = _expiry(token.get_secret_value())
        if expiry is None:
            return float("inf")
        left = expiry - self._clock.time()
        return self._clock.steady() + left - _margin(max(left, 0.0))

    def _can_renew(self) -> bool:
        return self._refresh is not None or self._can_log_in()

    def _can_log_in(self) -> bool:
        return bool(self._credentials.email and self._credentials.password)

    def _obtain(self) -> None:
        if self._refresh is not None and self._worth_a_try(self._refresh):
            try:
                self._call("/auth/refresh", {"refresh_token": self._refresh.get_secret_value()})
            except Refused as refused:
                self._refresh, self._dead = None, refused.message
            else:
                return
        if not self._can_log_in():
            raise self._denied()
        self._log_in()

    def _worth_a_try(self, refresh: SecretStr) -> bool:
        """With a password at hand, a token known to be dead costs no request; else the server has the say."""
        known_dead = self._clock.synchronised and self._left(refresh, _REFRESH_LIFE) <= 0
        return not (known_dead and self._can_log_in())

    def _denied(self) -> AccessDenied:
        if self._dead is not None:
            return AccessDenied(
                f"Tiketti refuses the refresh token: {self._dead}",
                hint="it lives 7 days: log in again, or set TIKETTI_EMAIL and TIKETTI_PASSWORD",
            )
        return AccessDenied(
            "Tiketti refuses the access token",
            hint="it lives 15 minutes: set TIKETTI_REFRESH_TOKEN or TIKETTI_EMAIL + TIKETTI_PASSWORD",
        )

    def _log_in(self) -> None:
        email, password = self._credentials.email, self._credentials.password
        assert email is not None
        assert password is not None
        try:
            self._call("/auth/login", {"email": email, "password": password.get_secret_value()})
        except Refused as refused:
            if refused.status == 404:
                raise
            raise AccessDenied(
                f"Tiketti refuses the login of {email}: {refused.message}",
                hint="check TIKETTI_EMAIL and TIKETTI_PASSWORD",
            ) from None

    def _call(self, path: str, body: dict[str, str]) -> None:
        answer = self._client.repeat("POST", path, body=body, authorized=False).body
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise AccessDenied("Tiketti's answer to the login holds no access token")
        self._access = SecretStr(token)
        life = answer.get("expires_in")
        life = float(life) if isinstance(life, int | float) and life > 0 else _DOCUMENTED_LIFE
        self._life = life
        self._renew_at = self._clock.steady() + life - _margin(life)
        refresh = answer.get("refresh_token")
        if isinstance(refresh, str) and refresh:
            self._refresh = SecretStr(refresh)


def _rough(seconds: float) -> str:
    for length, unit in ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _margin(life: float) -> float:
    return min(_MARGIN_SECONDS, _MARGIN_SHARE * life)


def _expiry(token: str) -> float | None:
    """``exp`` of a JWT (RFC 7519, 4.1.4), unverified: it only tells us when to ask for another."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    expiry = claims.get("exp") if isinstance(claims, dict) else None
    return float(expiry) if isinstance(expiry, int | float) else None
