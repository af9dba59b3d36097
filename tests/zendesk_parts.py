"""Helpers of the tests that read files of Zendesk exports: raw items and problems, without the conversion."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.export import Export, open_export, read_part
from tiketti_migrate_zendesk.recognise import Item

__all__ = ["Desk", "Found", "ticket"]


@dataclass(frozen=True)
class Found:
    """All that an export says."""

    export: Export
    items: Sequence[Item]
    problems: Sequence[Problem]

    def ids(self, kind: str = "ticket") -> list[Any]:
        return [item.raw.get("id") for item in self.items if item.kind == kind]

    def raws(self, kind: str) -> list[dict[str, Any]]:
        return [dict(item.raw) for item in self.items if item.kind == kind]

    def told(self) -> list[tuple[str, str, int]]:
        return [(problem.code, problem.where, problem.lost) for problem in self.problems]

    def words(self) -> str:
        return "\n".join(f"{problem.where}: {problem.message}" for problem in self.problems)


class Desk:
    """A folder of files to read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "export"
        self.folder.mkdir()
        self.scratch = folder / "scratch"
        self.scratch.mkdir()

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, *paths: Path) -> Found:
        export = open_export(paths or (self.folder,), self.scratch)
        entries = [*export.problems, *self._entries(export)]
        items = [one for one in entries if isinstance(one, Item)]
        return Found(export, items, [one for one in entries if isinstance(one, Problem)])

    def read_one(self, name: str, content: str | bytes) -> Found:
        return self.read(self.file(name, content))

    def _entries(self, export: Export) -> Iterator[Item | Problem]:
        for part in export.parts:
            yield from read_part(part)


def ticket(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "subject": f"Ticket {number}", "requester_id": 1, "status": "open", **more}
