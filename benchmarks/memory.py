"""Peak memory of an import of 100,000 tickets beside that of 1,000.

    .venv/bin/python benchmarks/memory.py [--tickets 100000] [--least 1000]

Both read an export that is written ticket by ticket, stage it and load it into an unthrottled sandbox in a
process of its own. Every ticket has a description, a message, a label and a status; one in four brings a new
contact. Compared is the peak resident memory of the import process alone; the larger may have 1.2 times that
of the smaller, or this exits with 1. At 100,000 tickets it takes some ten minutes and 200 MB of disk.
"""

import argparse
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rig import Box, Used, environment, folder, measured, tool

from world import STATUSES

MOST_RATIO = 1.2
TICKETS_PER_CONTACT = 4
COMMENTS = 2


def tickets(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        requester = 1000 + number // TICKETS_PER_CONTACT
        made = f"2023-{1 + number % 12:02d}-{1 + number % 28:02d}T08:{number % 60:02d}"
        yield {
            "id": number + 1,
            "subject": f"Ticket {number + 1}",
            "status": STATUSES[number % len(STATUSES)],
            "priority": "normal",
            "requester_id": requester,
            "tags": [f"tag{number % 40}"],
            "created_at": f"{made}:00Z",
            "updated_at": f"{made}:30Z",
            "comments": [
                {
                    "id": number * COMMENTS + place + 1,
                    "author_id": requester if place == 0 else 900,
                    "body": f"Text {place} of ticket {number + 1}. " * 8,
                    "public": True,
                    "created_at": f"{made}:{place:02d}Z",
                }
                for place in range(COMMENTS)
            ],
        }


def users(count: int) -> Iterator[dict[str, Any]]:
    yield {"id": 900, "name": "Aino Agent", "email": "aino@acme.test", "role": "agent"}
    for number in range(-(-count // TICKETS_PER_CONTACT)):
        yield {
            "id": 1000 + number,
            "name": f"Customer {number}",
            "email": f"c{number}@example.com",
            "role": "end-user",
        }


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def run(count: int) -> Used:
    """One import of so many tickets, all of which arrive."""
    with folder() as place, Box("--limit", "off") as box:
        export = place / "export"
        export.mkdir()
        write_lines(export / "users.ndjson", users(count))
        write_lines(export / "tickets.ndjson", tickets(count))
        used = measured(tool("import", "zendesk", export, "--yes"), environment(box, place / "work"))
        made = box.request_counts["POST /tickets"]
        requests = box.request_counts.total()
    assert used.code == 0, f"the import ended with exit {used.code}"
    assert made == count, f"{made} tickets were made, not {count}"
    print(
        f"{count:>7,} tickets: peak {used.peak / 2**20:6.1f} MiB, {requests:,} requests in {used.wall:.0f} s,"
        f" {used.cpu / requests * 1000:.2f} ms CPU each",
        flush=True,
    )
    return used


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--least", type=int, default=1000)
    chosen = parser.parse_args()
    small, large = run(chosen.least), run(chosen.tickets)
    # A process begins with the peak of the one that started it (getrusage(2), ru_maxrss, and fork).
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert ours < small.peak, f"this script itself took {ours / 2**20:.1f} MiB: the peaks say nothing"
    ratio = large.peak / small.peak
    print(f"ratio {ratio:.2f}, at most {MOST_RATIO}")
    return 0 if ratio <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
