"""What the server says: the envelope, lists with paging, and errors."""

from dataclasses import dataclass
from typing import Any

import orjson

__all__ = ["Answer", "ApiError", "created", "no_content", "not_found", "one", "plain"]

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes = b""
    content_type: str = JSON
    # The object that the request made: what the fault late-visibility hides.
    made: str | None = None


class ApiError(Exception):
    """Ends a request with ``{"error": {"code", "message", "details"}}``."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}

    def answer(self) -> Answer:
        error = {"code": self.code, "message": self.message, "details": self.details}
        return plain({"error": error}, self.status)


def plain(content: Any, status: int = 200) -> Answer:
    """JSON without the envelope."""
    return Answer(status, orjson.dumps(content))


def one(data: Any) -> Answer:
    return plain({"data": data})


def created(data: dict[str, Any]) -> Answer:
    return Answer(201, orjson.dumps({"data": data}), made=str(data["id"]))


def no_content() -> Answer:
    return Answer(204)


def not_found(kind: str) -> ApiError:
    """``TICKET_NOT_FOUND`` and its kind."""
    return ApiError(404, f"{kind.upper().replace(' ', '_')}_NOT_FOUND", f"{kind.capitalize()} not found")


def invalid(name: str, message: str, code: str = "VALIDATION_ERROR", status: int = 422) -> ApiError:
    """A field or parameter with a wrong value."""
    return ApiError(status, code, f"{name}: {message}", {name: [message]})
