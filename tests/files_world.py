"""A user whose helpdesk has files, and an account in which each comment has one."""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from file_server import HOST, FileServer
from person import at_a_terminal
from tiketti_migrate_tiketti.sanitising import plain_text
from world import World, account

__all__ = ["BASE", "FilesWorld", "content", "digest", "has_seen", "with_files"]

PROGRAM = (Path(__file__).parent / "fetching_program.py",)
BASE = "https://files.example.com/acme"


class FilesWorld(World):
    """A user whose helpdesk has files."""

    program = PROGRAM

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-W", "error", *map(str, (*self.program, *arguments))],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def at_a_terminal(self, *arguments: str | Path, answers: Sequence[tuple[str, str]]) -> tuple[int, str]:
        """The same with a person at it."""
        return at_a_terminal(self.folder, self.environment, *arguments, answers=answers, program=self.program)

    def texts(self) -> dict[str, str]:
        """What people read, by the id in the token."""
        held = self.box.snapshot("Sandbox Oy")["messages"]
        texts = [plain_text(one["body_html"] or one["body"]) for some in held.values() for one in some]
        return {text.partition("]")[0].rpartition("/")[2]: text for text in texts}

    def html(self) -> str:
        """All that stands in messages."""
        held = self.box.snapshot("Sandbox Oy")["messages"]
        return "\n".join(str(one["body_html"] or one["body"]) for some in held.values() for one in some)

    def states(self) -> dict[str, int]:
        """Attachments by state."""
        return {state: count for state, count in self.status()["records"]["attachment"].items() if count}


def content(number: int) -> bytes:
    return f"file {number} ".encode() * (100 + number)


def digest(number: int) -> str:
    return hashlib.sha256(content(number)).hexdigest()


def with_files(server: FileServer, tickets: int = 3, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """Each comment has a file; those that are served are right."""
    data = account(tickets)
    number = 0
    for ticket in data["tickets"]:
        for comment in ticket["comments"]:
            comment["attachments"] = [
                {
                    "id": 50_000 + number,
                    "file_name": f"file {number}.bin",
                    "content_url": f"https://{HOST}/a/{number}",
                    "size": len(content(number)),
                    "content_type": "application/octet-stream",
                    **more,
                }
            ]
            server.answers[f"/a/{number}"] = content(number)
            number += 1
    return data


def has_seen(server: FileServer, least: int) -> bool:
    return len(server.seen) >= least
