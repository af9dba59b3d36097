"""A user whose source holds its files itself, see holding_program."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from files_world import FilesWorld

__all__ = ["HoldingWorld", "bytes_of", "digest_of", "write_source"]


class HoldingWorld(FilesWorld):
    """The files of its source lie in ``source``, those of its workspace in ``kept``."""

    program = (Path(__file__).parent / "holding_program.py",)

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def kept(self) -> Path:
        return self.workspace / "attachments"

    def kept_files(self) -> set[str]:
        """Names of all that lies there."""
        return {path.name for path in self.kept.rglob("*") if path.is_file()}

    def has_kept(self, least: int) -> bool:
        """Whether so many are there by now."""
        return len(list(self.kept.glob("*/*"))) >= least

    def planned(self, *more: str) -> Any:
        """``import --plan --json``."""
        return json.loads(
            self.run("import", "holding", self.source, "--plan", "--json", *more).assert_exit(0).out
        )

    def assert_all_kept(self) -> None:
        """Each file of the source, with its bytes, under its name, and nothing else."""
        expected = {digest_of(path) for path in self.source.rglob("*") if path.is_file()}
        assert self.kept_files() == expected
        for name in expected:
            assert digest_of(self.kept / name[:2] / name) == name

    def committed(self) -> list[str]:
        """SHA-256 of each attachment that the ledger has a row of."""
        with sqlite3.connect(self.workspace / "migration.db", timeout=20) as ledger:
            rows = ledger.execute(
                "SELECT json_extract(record, '$.sha256') FROM row WHERE kind = 'attachment'"
            ).fetchall()
        ledger.close()
        return [row[0] for row in rows]


def bytes_of(number: int, size: int = 700) -> bytes:
    return f"held {number} ".encode() * (size // 8)


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_source(folder: Path, tickets: int = 3, messages: int = 2, size: int = 700) -> Path:
    """One file a message, numbered from 0; the last one of each ticket has the same logo, too."""
    number = 0
    for ticket in range(tickets):
        for message in range(messages):
            place = folder / f"t{ticket:04}" / f"m{message}"
            place.mkdir(parents=True)
            (place / f"file {number}.bin").write_bytes(bytes_of(number, size))
            number += 1
        (place / "logo.png").write_bytes(b"logo")
    return folder
