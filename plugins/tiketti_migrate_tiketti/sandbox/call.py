"""One request as a view sees it, and the helpers that every view uses."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

import orjson

from . import model
from .answers import Answer, ApiError, not_found
from .auth import Right
from .clock import Clock
from .faults import Decision
from .store import Space, Store
from .table import Row, Table
from .validation import Body, NoQuery, Paging, Query

__all__ = ["Call", "Route", "found", "new_id"]

R = TypeVar("R", bound=Row)
SMALL_PAGE = 5


@dataclass(frozen=True)
class Call:
    """A request of a signed-in user, its parameters and body checked."""

    store: Store
    clock: Clock
    space: Space
    user: model.User
    args: dict[str, str]
    query: Any
    body: Any
    decision: Decision
    conflict_status: int
    files_url: str

    def conflict(self, field: str, code: str) -> ApiError:
        message = f"{field.capitalize()} has already been taken"
        return ApiError(self.conflict_status, code, message, {field: [message]})

    def page(
        self,
        rows: list[R],
        render: Callable[[R], dict[str, Any]],
        paging: Paging,
        totals: Callable[[list[R]], dict[str, Any]] | None = None,
    ) -> Answer:
        """One page of a list whose answer has a ``meta``; ``totals`` adds to it what covers all pages."""
        shown = self._ordered(self.store.visible(rows))
        size = min(paging.per_page, SMALL_PAGE) if self.has("small-pages") else paging.per_page
        first = (paging.page - 1) * size
        total = len(shown) + self.has("inflated-total")
        meta: dict[str, Any] = {"total": total, "page": paging.page, "per_page": size}
        if totals:
            meta["totals"] = totals(shown)
        data = self._rendered(shown[first : first + size], render)
        return Answer(
            200, orjson.dumps({"data": data} if self.has("no-total") else {"data": data, "meta": meta})
        )

    def whole(self, rows: list[R], render: Callable[[R], dict[str, Any]]) -> Answer:
        """A list that the API pages show without ``meta`` and paging."""
        data = self._rendered(self._ordered(self.store.visible(rows)), render)
        return Answer(200, orjson.dumps({"data": data}))

    def has(self, fault: str) -> bool:
        """Whether this fault of the data hits the request."""
        return fault in self.decision.data

    def _ordered(self, rows: list[R]) -> list[R]:
        if not self.has("shuffle-list"):
            return rows
        return Random(self.decision.chance).sample(rows, len(rows))

    def _rendered(self, rows: list[R], render: Callable[[R], dict[str, Any]]) -> list[dict[str, Any]]:
        data = [render(row) for row in self._cut(rows)]
        if self.has("brief-list"):
            data = [{k: v for k, v in item.items() if k not in ("created_at", "notes")} for item in data]
        return data

    def _cut(self, rows: list[R]) -> list[R]:
        if not self.has("cut-list") or not rows:
            return rows
        lost = Random(self.decision.chance).sample(range(len(rows)), (len(rows) + 1) // 2)
        return [row for place, row in enumerate(rows) if place not in lost]


@dataclass(frozen=True)
class Route:
    """One documented call; ``path`` is written as on the API pages."""

    method: str
    path: str
    right: Right
    view: Callable[[Call], Answer]
    body: type[Body] | None = None
    query: type[Query] = NoQuery


def found(table: Table[R], row_id: str, kind: str) -> R:
    row = table.get(row_id)
    if row is None:
        raise not_found(kind)
    return row


def new_id() -> str:
    return str(uuid.uuid4())


def brief(row: Any, *names: str) -> dict[str, Any] | None:
    """The form in which an object stands in another one: ``{"id", "name"}``; None for no object."""
    return {name: getattr(row, name) for name in names} if row is not None else None


def first_missing(table: Table[R], ids: Iterable[str]) -> str | None:
    return next((row_id for row_id in ids if table.get(row_id) is None), None)
