"""What requests may contain. Unknown fields and parameters are refused, as are values of another type."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from .answers import ApiError
from .clock import iso_stamp

__all__ = ["Body", "NoQuery", "Patch", "Query", "parse_body", "parse_query"]

MAX_BODY = 65_536

_DOMAIN_NAME = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
_DOMAIN = f"^{_DOMAIN_NAME}$"
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + _DOMAIN_NAME)
_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


def _no_nul(value: str) -> str:
    # PostgreSQL cannot store U+0000, so servers built on it refuse it.
    if "\0" in value:
        raise ValueError("must not contain a null character")
    return value


def _check_email(value: str) -> str:
    local = value.partition("@")[0]
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if len(value) > 254 or dotted or not _EMAIL.fullmatch(value):
        raise ValueError("is not a valid e-mail address")
    return value


def _check_https(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("must be an HTTPS URL")
    return value


def _check_date(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date of the form YYYY-MM-DD")
    date.fromisoformat(value)
    return value


def _check_moment(value: str) -> str:
    if not re.match(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", value):
        raise ValueError("must be a datetime such as 2023-05-01T12:30:00Z")
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("must name its time zone")
    return iso_stamp(moment)


def _check_ids(value: str) -> str:
    for part in value.split(","):
        if not re.match(_UUID, part):
            raise ValueError(f"{part!r} is not a UUID")
    return value.lower()


def _text(limit: int) -> StringConstraints:
    """Not blank; the server trims it."""
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=limit)


Id = Annotated[str, StringConstraints(pattern=_UUID, to_lower=True)]
Ids = Annotated[str, AfterValidator(_check_ids)]
EmailAddress = Annotated[str, AfterValidator(_check_email)]
HttpsUrl = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_check_https)]
DateText = Annotated[str, AfterValidator(_check_date)]
Moment = Annotated[str, AfterValidator(_check_moment)]
Name = Annotated[str, _text(255), AfterValidator(_no_nul)]
LabelName = Annotated[str, _text(50), AfterValidator(_no_nul)]
Phone = Annotated[str, _text(50), AfterValidator(_no_nul)]
Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,9}$")]
Domain = Annotated[str, StringConstraints(pattern=_DOMAIN)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
Notes = Annotated[str, StringConstraints(max_length=MAX_BODY), AfterValidator(_no_nul)]
MessageText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_BODY, pattern=r"\S"),
    AfterValidator(_no_nul),
]
Minutes = Annotated[int, Field(ge=1, le=1_000_000)]
Rate = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]

Status = Literal["open", "pending", "resolved", "closed"]
Priority = Literal["low", "normal", "high", "urgent"]


class Body(BaseModel):
    """A request's JSON object. A field that is left out has its default; null is refused where it says so."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Patch(Body):
    """Changes what it names; `changes` is empty for an empty object, which is refused."""

    def changes(self) -> dict[str, Any]:
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        if not changes:
            raise ApiError(422, "VALIDATION_ERROR", "the request changes nothing")
        return changes


class Query(BaseModel):
    """A request's parameters, all of them text at first."""

    model_config = ConfigDict(extra="forbid")


class NoQuery(Query):
    pass


class Paging(Query):
    page: int = Field(default=1, ge=1, le=1_000_000)
    per_page: int = Field(default=20, ge=1, le=100)


Flag = Literal["true", "false"]
B = TypeVar("B", bound=Body)
Q = TypeVar("Q", bound=Query)


def parse_body(model: type[B], raw: bytes, content_type: str | None) -> B:
    """Raises ApiError: 400 for what is not JSON, 422 for what is not the object wanted."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiError(400, "INVALID_CONTENT_TYPE", "the body must be application/json")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise ApiError(400, "INVALID_JSON", "the body is not valid JSON") from None
        raise _refusal(error) from None


def parse_query(model: type[Q], pairs: list[tuple[str, str]]) -> Q:
    """Raises ApiError 422 for unknown, repeated and wrong parameters."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ApiError(422, "VALIDATION_ERROR", "a parameter is given more than once")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> ApiError:
    details: dict[str, list[str]] = {}
    for problem in error.errors(include_url=False, include_input=False):
        details.setdefault(_place(problem), []).append(problem["msg"].removeprefix("Value error, "))
    message = "; ".join(f"{name}: {', '.join(problems)}" for name, problems in details.items())
    return ApiError(422, "VALIDATION_ERROR", message, details)


def _place(problem: ErrorDetails) -> str:
    return ".".join(str(part) for part in problem["loc"]) or "body"
