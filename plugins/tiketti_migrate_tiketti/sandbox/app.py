"""The web application: routes, the checks every request passes, and what every answer bears.

The order of the checks: rate limit, path and method (404), token (401), organization (400, 403), role
(403), parameters and body (400, 422), existence (404). Each request holds the store's lock while its view
runs. Faults that keep a request from being carried out end it after the rate limit has counted it.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from . import companies, contacts, labels, messages, tickets, time_entries, webhooks
from .answers import Answer, ApiError, not_found, plain
from .auth import LoginBody, RefreshBody, Tokens
from .call import Route
from .control import add_control
from .faults import Decision
from .service import BASE_PATH, Service
from .validation import Body, NoQuery, parse_body, parse_query

__all__ = ["DECISION", "REPLAY", "create_app"]

# Keys of the WSGI environment through which the server tells what it decided for the request.
DECISION = "sandbox.decision"
REPLAY = "sandbox.replay"

ROUTES: tuple[Route, ...] = (
    *tickets.ROUTES,
    *messages.ROUTES,
    *contacts.ROUTES,
    *companies.ROUTES,
    *labels.ROUTES,
    *time_entries.ROUTES,
    *webhooks.ROUTES,
)


@dataclass(frozen=True)
class AuthRoute:
    """A call that needs no access token, because its body says who is there."""

    path: str
    body: type[Body]
    view: Callable[[Tokens, Any], Answer]


AUTH_ROUTES = (
    AuthRoute("/auth/login", LoginBody, lambda tokens, body: tokens.login(body.email, body.password)),
    AuthRoute("/auth/refresh", RefreshBody, lambda tokens, body: tokens.refresh(body.refresh_token)),
    AuthRoute("/auth/logout", RefreshBody, lambda tokens, body: tokens.logout(body.refresh_token)),
)


def create_app(service: Service) -> Flask:
    app = Flask("tiketti_sandbox", static_folder=None)
    app.url_map.merge_slashes = False
    app.before_request(partial(_begin, service))
    app.after_request(partial(_finish, service))
    app.register_error_handler(ApiError, lambda error: _response(error.answer()))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, partial(_failure, app))

    def add(method: str, path: str, view: Callable[..., Response]) -> None:
        rule = BASE_PATH + path.replace(":ticket_id", "<uuid:ticket_id>").replace(":id", "<uuid:id>")
        endpoint = f"{method} {path}"
        app.add_url_rule(rule, endpoint, view, methods=[method], provide_automatic_options=False)

    for route in ROUTES:
        add(route.method, route.path, partial(_handle, service, route))
    for auth_route in AUTH_ROUTES:
        add("POST", auth_route.path, partial(_handle_auth, service, auth_route))
    add("GET", "/auth/me", partial(_me, service))
    app.add_url_rule("/files/<uuid:id>", "file", partial(_file, service), provide_automatic_options=False)
    add_control(app, service)
    return app


def _response(answer: Answer) -> Response:
    content_type = answer.content_type if answer.content else None
    return Response(answer.content, answer.status, content_type=content_type)


def _decision() -> Decision:
    decision: Decision | None = request.environ.get(DECISION)
    return decision or Decision()


def _is_api() -> bool:
    return request.path.startswith(BASE_PATH)


def _begin(service: Service) -> Response | None:
    if request.host.partition(":")[0] not in ("127.0.0.1", "localhost"):
        # A name that leads here is a web page's trick to reach a server on the visitor's own machine.
        raise ApiError(403, "WRONG_HOST", "the sandbox answers as 127.0.0.1 and localhost only")
    replay = REPLAY in request.environ
    if _is_api() and not replay:
        g.counted = service.clock.now()
        g.verdict = service.limiter.take(_rate_key(service))
        service.stopping.wait(service.options.latency / 2)
        if not g.verdict.allowed:
            raise ApiError(429, "RATE_LIMIT_EXCEEDED", "too many requests")
    if not _decision().commits and not replay:
        return Response(status=204)
    if request.method in ("HEAD", "OPTIONS"):
        raise not_found("path")
    return None


def _rate_key(service: Service) -> str:
    """The user, whether by token or, for calls without one, by what the body says."""
    token = _bearer()
    if token is None and request.path.startswith(f"{BASE_PATH}/auth/"):
        try:
            body = orjson.loads(request.get_data())
            email, token = body.get("email"), body.get("refresh_token")
        except (orjson.JSONDecodeError, AttributeError):
            return "anonymous"
        if isinstance(email, str):
            ids = service.store.users_by_email.ids(email.casefold())
            return next(iter(ids), f"e-mail {email.casefold()}")
    claims = service.tokens.claims(token) if isinstance(token, str) else None
    return claims.user_id if claims else "anonymous"


def _bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


def _signed_in(service: Service) -> Any:
    token = _bearer()
    if token is None:
        raise ApiError(401, "UNAUTHORIZED", "no access token")
    user = service.tokens.user(token, "access")
    g.user = user.email
    return user


def _handle(service: Service, route: Route, **args: Any) -> Response:
    with service.store.lock:
        user = _signed_in(service)
        space = service.space_of(user, request.headers.get("X-Organization-Id"))
        service.check_right(user, space, route.right)
    query = parse_query(route.query, list(request.args.items(multi=True)))
    body = _body(route.body)
    ids = {name: str(value) for name, value in args.items()}
    with service.store.lock:
        answer = route.view(service.call(space, user, ids, query, body, _decision()))
        if answer.made and "late-visibility" in _decision().data:
            service.store.hide(answer.made, _decision().late_seconds)
    return _response(answer)


def _body(model: type[Body] | None) -> Body | None:
    raw = request.get_data()
    if model is not None:
        return parse_body(model, raw, request.content_type)
    if raw:
        raise ApiError(400, "UNEXPECTED_BODY", "this call takes no body")
    return None


def _handle_auth(service: Service, route: AuthRoute) -> Response:
    parse_query(NoQuery, list(request.args.items(multi=True)))
    body = _body(route.body)
    with service.store.lock:
        return _response(route.view(service.tokens, body))


def _me(service: Service) -> Response:
    parse_query(NoQuery, list(request.args.items(multi=True)))
    with service.store.lock:
        return _response(service.tokens.me(_signed_in(service)))


def _file(service: Service, **args: Any) -> Response:
    """An attachment's content, at the address that its message shows."""
    if service.options.attachment_token:
        _signed_in(service)
    with service.store.lock:
        for space in service.store.spaces.values():
            row = space.attachments.get(str(args["id"]))
            if row is not None:
                response = Response(base64.b64decode(row.data), content_type=row.content_type)
                response.headers["Content-Disposition"] = (
                    f"attachment; filename*=UTF-8''{quote(row.filename)}"
                )
                response.headers["X-Content-Type-Options"] = "nosniff"
                return response
    raise not_found("attachment")


def _http_error(error: HTTPException) -> Response:
    # An unknown method of a known path is as undocumented as an unknown path.
    status = 404 if error.code in (404, 405, 308) else error.code or 500
    code = "NOT_FOUND" if status == 404 else "BAD_REQUEST"
    return _response(ApiError(status, code, f"{request.method} {request.path} does not exist").answer())


def _failure(app: Flask, error: Exception) -> Response:
    app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    message = f"the sandbox failed: {type(error).__name__}"
    return _response(plain({"error": {"code": "INTERNAL_ERROR", "message": message, "details": {}}}, 500))


def _finish(service: Service, response: Response) -> Response:
    if not _is_api():
        return response
    verdict = g.get("verdict")
    if verdict is not None:
        if service.options.rate_headers:
            response.headers["X-RateLimit-Limit"] = str(verdict.limit)
            response.headers["X-RateLimit-Remaining"] = str(verdict.remaining)
            # Whole seconds: rounded up, or a client that trusts it would come too early.
            response.headers["X-RateLimit-Reset"] = str(-int(-verdict.reset // 1))
        if service.options.retry_after and not verdict.allowed:
            response.headers["Retry-After"] = str(-int(-verdict.wait // 1))
    _log(service, response)
    if REPLAY not in request.environ:
        service.stopping.wait(service.options.latency / 2)
    return response


def _log(service: Service, response: Response) -> None:
    """``status`` is 0 when a fault kept the request from being carried out; a late commit is logged twice.

    ``counted`` is when the rate limit saw the request, ``time`` when its answer was ready.
    """
    decision = _decision()
    carried_out = decision.commits or REPLAY in request.environ or response.status_code == 429
    service.requests.append(
        {
            "method": request.method,
            "path": request.path.removeprefix(BASE_PATH),
            "status": response.status_code if carried_out else 0,
            "counted": g.get("counted"),
            "time": service.clock.now(),
            "user": g.get("user"),
            "fault": decision.connection,
            "data_faults": sorted(decision.data),
        }
    )
    if REPLAY not in request.environ:
        service.request_counts[request.endpoint or f"{request.method} (unknown)"] += 1
