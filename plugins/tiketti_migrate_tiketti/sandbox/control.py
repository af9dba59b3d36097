"""``/sandbox``: how a test of another process looks into a running sandbox and changes its behaviour.

No part of the Tiketti API. HTTP Basic with the e-mail address and password of an admin; not counted by the
rate limit and never hit by a fault.

======================  ====================================================================
GET /sandbox/snapshot   everything that is held (``?organization=`` name or id)
GET /sandbox/counts     requests seen so far by method and path
POST /sandbox/faults    ``{"spec": "drop-after=0.1"}``
POST /sandbox/limit     ``{"spec": "100/60"}``
======================  ====================================================================
"""

import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request

from .answers import ApiError, plain
from .limits import parse_limit
from .service import Service
from .snapshot import take_snapshot
from .validation import Body, parse_body

__all__ = ["CONTROL_PATH", "add_control"]

CONTROL_PATH = "/sandbox"


class SpecBody(Body):
    spec: str


def add_control(app: Flask, service: Service) -> None:
    def add(method: str, name: str, view: Callable[[], Any]) -> None:
        def guarded() -> Response:
            _check_admin(service)
            try:
                answer = plain(view())
            except (ValueError, KeyError) as error:
                raise ApiError(422, "VALIDATION_ERROR", str(error)) from None
            return Response(answer.content, answer.status, content_type=answer.content_type)

        app.add_url_rule(f"{CONTROL_PATH}/{name}", f"control {name}", guarded, methods=[method])

    def snapshot() -> dict[str, Any]:
        return take_snapshot(service, request.args.get("organization"))

    add("GET", "snapshot", snapshot)
    add("GET", "counts", lambda: dict(service.request_counts))
    add("POST", "faults", lambda: service.faults.replace(_spec()))
    add("POST", "limit", lambda: service.limiter.set_limit(parse_limit(_spec())))


def _spec() -> str:
    return parse_body(SpecBody, request.get_data(), request.content_type).spec


def _check_admin(service: Service) -> None:
    given = request.authorization
    if given and given.type == "basic" and given.username and given.password:
        ids = service.store.users_by_email.ids(given.username.casefold())
        for user in service.store.users.pick(ids):
            right = secrets.compare_digest(user.password.encode(), given.password.encode())
            if right and "admin" in user.roles.values():
                return
    raise ApiError(401, "UNAUTHORIZED", "sign in as an admin with HTTP Basic")
