"""Dates that a user gives as options of a source: one way to write them, one zone."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

__all__ = ["GivenDate"]

# Not left to the parser of dates: to that a plain 2024 is a second in the year 1970.
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def _is_date(given: Any) -> Any:
    is_number = isinstance(given, int | float)
    if is_number or (isinstance(given, str) and not _DATE.fullmatch(given.strip())):
        raise PydanticCustomError("date", "is no date such as 2024-01-31 or 2024-01-31T12:00:00Z")
    return given.strip() if isinstance(given, str) else given


def _in_utc(given: datetime) -> datetime:
    if not 1970 < given.year < 9999:
        raise PydanticCustomError("date", "is no date of a helpdesk")
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)


# 2024-01-31, 2024-01-31T12:00 or 2024-01-31T12:00:00Z; in UTC where it names no zone.
GivenDate = Annotated[datetime, BeforeValidator(_is_date), AfterValidator(_in_utc)]
