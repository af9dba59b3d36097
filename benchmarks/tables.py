"""Rows per second of a large table into the ledger, beside ``sqlite-utils insert --csv`` on the same file.

    .venv/bin/python benchmarks/tables.py [--rows 1000000] [--rounds 1]

The table has ten columns, a tenth of its descriptions in two lines, dates, labels, 20,000 requesters. Ours is
everything an import does before its first request: encoding, delimiter and columns detected, the order of the
dates told by the whole column, every value converted and validated, and ticket, first message, final status,
contacts, labels and agents staged in a ledger that survives a power cut. The peer puts the cells as text into
one table. Both are processes of their own, turn about, on an otherwise idle machine; the median counts. Then
``inspect`` of the same file. Exits with 1 when ours is slower or takes more than 150 MB.
"""

import argparse
import csv
import datetime as dt
import json
import os
import random
import shutil
import statistics
import sys
from pathlib import Path

from rig import WORDS, Used, folder, measured, peers, tool

MOST_MEMORY = 150_000_000
HEADER = (
    *("Ticket ID", "Subject", "Description", "Status", "Priority", "Requester Name", "Requester Email"),
    *("Created at", "Updated at", "Tags", "Assignee"),
)
STAGE = """
import sys, threading
from pathlib import Path
from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS
from tiketti_migrate.registry import Registry
from tiketti_migrate.store import Workspace
source = Registry().source("csv")
reader = source(source.Options(paths=(Path(sys.argv[1]),)))
with Workspace(Path(sys.argv[2])) as workspace:
    extract(reader, workspace.ledger, KINDS, Quiet(), threading.Event())
    print(workspace.ledger.views.counts()["ticket"]["pending"])
"""


def write_table(path: Path, rows: int) -> None:
    chance = random.Random(7)
    begun = dt.datetime(2015, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            person = chance.randrange(20_000)
            made = begun + dt.timedelta(minutes=number * 5)
            text = " ".join(chance.choices(WORDS, k=18))
            writer.writerow(
                [
                    number + 1,
                    " ".join(chance.choices(WORDS, k=4)),
                    text.replace(" ", "\n", 1) if number % 10 == 0 else text,
                    chance.choice(("open", "pending", "solved", "closed")),
                    chance.choice(("low", "normal", "high", "urgent")),
                    f"Person {person}",
                    f"person{person}@example-{person % 97}.com",
                    made.isoformat(sep=" "),
                    (made + dt.timedelta(hours=5)).isoformat(sep=" "),
                    ",".join(chance.sample(WORDS[:6], 2)),
                    f"Agent {number % 12}",
                ]
            )


def run(command: list[str]) -> Used:
    used = measured(command, {**os.environ, "PYTHONHASHSEED": "0"})
    assert used.code == 0, f"{command[:3]} ended with exit {used.code}"
    return used


def show(name: str, used: Used, rows: int) -> None:
    rate, peak = rows / used.wall, used.peak / 1e6
    print(f"{name:22} {rate:8,.0f} rows/s {used.wall:7.1f} s {used.cpu:7.1f} s CPU {peak:6.1f} MB peak")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    peer_tool = peers().parent / "sqlite-utils"
    ratios, most = [], 0
    with folder() as place:
        table = place / "tickets.csv"
        write_table(table, chosen.rows)
        print(f"{chosen.rows:,} rows, {table.stat().st_size / 1e6:.0f} MB")
        for number in range(chosen.rounds):
            database, workspace = place / f"peer-{number}.db", place / f"workspace-{number}"
            peer = run([str(peer_tool), "insert", str(database), "tickets", str(table), "--csv"])
            ours = run([sys.executable, "-c", STAGE, str(table), str(workspace)])
            assert int(ours.out) == chosen.rows, f"{ours.out} tickets are staged"
            show("sqlite-utils insert", peer, chosen.rows)
            show("staged by us", ours, chosen.rows)
            ratios.append(peer.wall / ours.wall)
            most = max(most, ours.peak)
            database.unlink()
            shutil.rmtree(workspace)
        looked = run(tool("inspect", "csv", table, "--json"))
        assert json.loads(looked.out)["records"]["ticket"] == chosen.rows
        show("inspect", looked, chosen.rows)
    ratio, most = statistics.median(ratios), max(most, looked.peak)
    print(f"{ratio:.2f} x the rows per second of the peer; {most / 1e6:.0f} MB peak")
    return 0 if ratio >= 1 and most <= MOST_MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
