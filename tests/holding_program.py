"""The program as a user runs it, with a source that holds its files itself, as a mailbox does.

``import holding FOLDER``: each folder in it is a ticket, each folder in that a message, and what lies there
came with the message. HOLDING_EVERY in the environment: after how many records a checkpoint is committed.
"""

import hashlib
import os
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from pathlib import Path

from pydantic import BaseModel

from tiketti_migrate import extract, registry
from tiketti_migrate.api import Checkpoint, Content, Extracted, Source
from tiketti_migrate.cli import main
from tiketti_migrate.hookspecs import hookimpl
from tiketti_migrate.records import Attachment, Contact, Message, Outcome, Ticket

__all__ = ["HoldingOptions", "HoldingSource", "register_sources"]


class HoldingOptions(BaseModel):
    """Where it is."""

    paths: tuple[Path, ...]


class HoldingSource(Source):
    """Import a folder of folders."""

    name = "holding"
    title = "Holding"
    Options = HoldingOptions

    def __init__(self, options: HoldingOptions) -> None:
        super().__init__(options)
        (self._folder,) = options.paths

    def identity(self) -> str:
        return str(self._folder.resolve())

    def check(self) -> None:
        """It is there."""

    def extract(self, cursor: str | None) -> Iterator[Extracted]:
        yield Contact(source_id="c", name="Jane", email="jane@example.org")
        for folder in sorted(self._folder.iterdir()):
            if cursor is None or folder.name > cursor:
                yield from self._ticket(folder)
                yield Checkpoint(folder.name)

    @staticmethod
    def _ticket(folder: Path) -> Iterator[Extracted]:
        ticket = folder.name
        yield Ticket(source_id=ticket, subject=f"Ticket {ticket}", requester_id="c")
        for talk in sorted(folder.iterdir()):
            message = f"{ticket}-{talk.name}"
            yield Message(source_id=message, ticket_id=ticket, author_id="c", body=f"Text of {message}")
            for path in sorted(talk.iterdir()):
                data = path.read_bytes()
                yield Content(data)
                yield Attachment(
                    source_id=f"{message}/{path.name}",
                    message_id=message,
                    filename=path.name,
                    size=len(data),
                    sha256=hashlib.sha256(data).hexdigest(),
                )
        yield Outcome(source_id=ticket, status="resolved")


@hookimpl
def register_sources() -> list[type[Source]]:
    return [HoldingSource]


def _points(group: str) -> EntryPoints:
    own = EntryPoint("holding", "holding_program", registry.GROUP)
    return EntryPoints([*entry_points(group=group), own])


if __name__ == "__main__":
    setattr(registry, "entry_points", _points)  # noqa: B010 - it is not the module's own
    if every := os.environ.get("HOLDING_EVERY"):
        setattr(extract, "_CHECKPOINT_RECORDS", int(every))  # noqa: B010
    main()
