"""An export as a whole: which files hold what, in which order they are read, and whose account it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import UsageError
from tiketti_migrate_zendesk.archives import Unpacking
from tiketti_migrate_zendesk.files import File, find
from tiketti_migrate_zendesk.hosts import hosts_of
from tiketti_migrate_zendesk.looking import Part, look_into, read_part
from tiketti_migrate_zendesk.recognise import ORDER
from tiketti_migrate_zendesk.values import text

__all__ = ["Export", "Part", "open_export", "read_part"]


@dataclass(frozen=True)
class Export:
    """The usable files in reading order, a Problem for each other one, the account's hosts (main first)."""

    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    hosts: tuple[str, ...]

    @property
    def host(self) -> str | None:
        """The main host, if the files name any."""
        return self.hosts[0] if self.hosts else None


def open_export(paths: Iterable[Path], scratch: Path) -> Export:
    """Look into every file; what is packed is unpacked into ``scratch``, which has to stay.

    Raises UsageError or SourceError when there is nothing to read, when the files are of two accounts, and
    when ``scratch`` is full.
    """
    looked_in = tuple(paths)
    files, problems = find(looked_in)
    unpacking = Unpacking(scratch)
    parts: list[Part] = []
    for file in files:
        for found in _opened(file, unpacking):
            problems.append(found) if isinstance(found, Problem) else parts.append(found)
    if not parts:
        raise _nothing(looked_in, problems)
    parts.sort(key=_rank)
    return Export(tuple(parts), tuple(problems), hosts_of(parts))


def _opened(file: File, unpacking: Unpacking) -> list[Part | Problem]:
    found: list[Part | Problem] = []
    try:
        for one in unpacking.open(file):
            if isinstance(one, Problem):
                found.append(one)
                continue
            part = look_into(one)
            found.extend([part] if isinstance(part, Part) else part)
    except OSError as error:
        found.append(Problem("UNREADABLE_FILE", f"cannot be read: {error.strerror}", file.name))
    return found


def _rank(part: Part) -> tuple[int, str]:
    return max(ORDER.index(kind) for kind in part.kinds), part.file.name


def _nothing(paths: tuple[Path, ...], problems: list[Problem]) -> UsageError:
    where = ", ".join(text(str(path)) for path in paths)
    hint = "give the folder, the files or the archive of the account's export"
    words = "there is no Zendesk data here"
    if len(problems) == 1:
        words += f": {problems[0].where} {problems[0].message}"
    elif problems:
        words += f": none of the {len(problems)} files is of an account export"
    return UsageError(words, where=where, hint=hint)
