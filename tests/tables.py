"""Tables as people have them: bytes opened as a file, and everything read out of it."""

from pathlib import Path

from tiketti_migrate.api import Problem
from tiketti_migrate_csv.tables import How, Table, open_table

Rows = list[tuple[int, list[str]]]
DETECT = How()


class Reader:
    """Opens bytes as a file of a folder, ``tickets.csv`` unless named otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "tickets.csv"
        self.scratch = folder / "scratch"
        self.scratch.mkdir()

    def __call__(self, data: bytes, how: How = DETECT, name: str = "tickets.csv") -> Table:
        self.path = self.folder / name
        self.path.write_bytes(data)
        return open_table(self.path, how, self.scratch)


def contents(table: Table) -> tuple[Rows, list[Problem]]:
    """All rows and all problems."""
    rows: Rows = []
    problems: list[Problem] = []
    for batch in table.batches():
        rows += batch.rows
        problems += batch.problems
    return rows, problems


def cells_of(table: Table) -> list[list[str]]:
    """The cells of a table that has nothing wrong with it."""
    rows, problems = contents(table)
    assert problems == []
    return [cells for _, cells in rows]


def problems_of(table: Table) -> list[tuple[str, str]]:
    """Codes and places."""
    return [(problem.code, problem.where) for problem in contents(table)[1]]
