"""A source that yields what it is given, and a sink that keeps what it gets."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from tiketti_migrate.api import (
    Absent,
    Checkpoint,
    Content,
    Created,
    Extracted,
    Found,
    Lookup,
    Needs,
    NoOptions,
    Problem,
    Refs,
    Sink,
    SinkContext,
    Source,
    Standing,
)
from tiketti_migrate.errors import Conflict
from tiketti_migrate.records import Kind, Record

__all__ = ["ListSource", "MemorySink"]


class ListSource(Source):
    """Yields ``items`` with a checkpoint after each; its cursor is their number."""

    name = "list"
    title = "List"

    def __init__(self, items: Sequence[Record | Problem | Content], account: str = "list") -> None:
        super().__init__(NoOptions())
        self._items = items
        self._account = account

    def identity(self) -> str:
        return self._account

    def check(self) -> None:
        """There is nothing that could be wrong."""

    def extract(self, cursor: str | None) -> Iterator[Extracted]:
        for number, item in enumerate(self._items):
            if number >= int(cursor or 0):
                yield item
                yield Checkpoint(str(number + 1))


class MemorySink(Sink):
    """Keeps records by target id; e-mail addresses and label names are unique."""

    name = "memory"
    kinds: ClassVar[frozenset[str]] = frozenset(
        {"label", "company", "contact", "ticket", "message", "time_entry", "outcome", "link_note"}
    )
    resend_safe: ClassVar[frozenset[str]] = frozenset({"label", "contact", "outcome"})

    def __init__(self, context: SinkContext | None = None) -> None:
        super().__init__(NoOptions(), context or SinkContext())
        self._lock = threading.Lock()
        self.objects: dict[str, Record] = {}
        self.made_at: dict[str, datetime] = {}

    def identity(self) -> str:
        return "memory"

    def create(self, record: Record, refs: Refs) -> Created:  # noqa: ARG002 - the contract's signature
        with self._lock:
            if record.kind in ("label", "contact") and self._holder(record) is not None:
                raise Conflict(f"{record.natural_key} is taken", status=422, code="TAKEN")
            target_id = f"{record.kind}-{len(self.made_at) + 1}"
            self.objects[target_id] = record
            self.made_at[target_id] = datetime.now(UTC)
        return Created(target_id, code=f"MEM-{len(self.made_at)}" if record.kind == "ticket" else None)

    def _holder(self, record: Record) -> str | None:
        for target_id, held in self.objects.items():
            if held.kind == record.kind and held.natural_key == record.natural_key is not None:
                return target_id
        return None

    def find(
        self,
        record: Record,
        refs: Refs,  # noqa: ARG002 - the contract's signature
        since: datetime | None,  # noqa: ARG002
        known: frozenset[str],
    ) -> Lookup:
        with self._lock:
            if record.kind in ("label", "contact"):
                holder = self._holder(record)
                return Found(holder, created_at=self.made_at[holder]) if holder else Absent()
            for target_id, held in self.objects.items():
                same = (held.kind, held.source_id) == (record.kind, record.source_id)
                if same and target_id not in known:
                    return Found(target_id, ours=True, created_at=self.made_at[target_id])
        return Absent()

    def fetch(self, kind: Kind, target_id: str) -> Mapping[str, Any] | None:
        held = self.objects.get(target_id)
        return held.model_dump() if held is not None and held.kind == kind else None

    def delete(self, kind: Kind, target_id: str) -> bool:
        return self.fetch(kind, target_id) is not None and self.objects.pop(target_id, None) is not None

    def preflight(self, needs: Needs) -> Standing:  # noqa: ARG002 - nothing can be wrong here
        return Standing(user="nobody", organization="memory")
