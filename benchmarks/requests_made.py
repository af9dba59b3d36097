"""Requests of an import beside the plan and beside the least that the data allow.

    .venv/bin/python benchmarks/requests_made.py [--tickets 200]

Three numbers that must be equal, in an empty account and in one that already holds contacts and labels:

made      as the server counted them
planned   as ``import --plan --json`` said before
least     one write for each label, company, contact, ticket, message that is no description, time entry and
          status that differs from what Tiketti made of the ticket, counted here from the export alone; one
          page of 100 for what was read; two calls to sign in (login, me)

Exits with 1 when they differ. (Not called requests.py: that would hide the package of this name.)
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from rig import Box, account, environment, folder, measured, plan_of, tool, write_export

from world import ARRIVES_AS

Data = dict[str, list[dict[str, Any]]]
PAGE = 100
PROBES = 2


def least_writes(data: Data, labels: set[str], emails: set[str]) -> Counter[str]:
    """What has to be written, given the names of labels and the addresses that are there already."""
    customers = {user["email"] for user in data["users"] if user["role"] == "end-user"}
    wanted = {tag for ticket in data["tickets"] for tag in ticket["tags"]}
    least = Counter(
        label=len(wanted - labels),
        company=len(data["organizations"]),
        contact=len(customers - emails),
        ticket=len(data["tickets"]),
    )
    for ticket in data["tickets"]:
        comments = ticket["comments"]
        carried = bool(comments) and comments[0]["public"]
        rest = comments[1:] if carried else comments
        least["message"] += len(rest)
        least["time_entry"] += bool(ticket["custom_fields"][0]["value"])
        # A public reply may move the status, so that even an open ticket has to be told.
        answered = any(comment["public"] for comment in rest)
        least["outcome"] += answered or ARRIVES_AS[ticket["status"]] != "open"
    return least


def pages(objects: int) -> int:
    """Pages of a list; an empty one is read, too."""
    return max(1, -(-objects // PAGE))


def reads(before: dict[str, Any]) -> int:
    """Sign in (2), webhooks, the searches for an earlier import, labels, companies, contacts."""
    return 2 + 1 + PROBES + 1 + pages(len(before["companies"])) + pages(len(before["contacts"]))


def fill(api: httpx.Client, data: Data) -> None:
    """Half of the contacts and labels, some in other spelling, and 230 contacts of somebody else."""
    customers = [user for user in data["users"] if user["role"] == "end-user"]
    for user in customers[::2]:
        api.post("/contacts", json={"name": user["name"], "email": user["email"].upper()}).raise_for_status()
    for number in range(230):
        api.post(
            "/contacts", json={"name": "Other", "email": f"other{number}@example.net"}
        ).raise_for_status()
    for name in ("ALL", "tag1", "other"):
        api.post("/labels", json={"name": name, "color": "#EF4444"}).raise_for_status()
    api.post("/companies", json={"name": "Another Oy"}).raise_for_status()


def compare(box: Box, data: Data, export: Path, place: Path, title: str) -> bool:
    before = box.snapshot()
    labels = {label["name"].casefold() for label in before["labels"]}
    emails = {contact["email"].casefold() for contact in before["contacts"]}
    writes = least_writes(data, labels, emails)
    least = writes.total() + reads(before)
    planned = plan_of(box, export, place / "planned")["requests"]
    counted = box.request_counts
    ran = measured(tool("import", "zendesk", export, "--yes"), environment(box, place / "work"))
    counted = box.request_counts - counted
    made = counted.total()
    print(f"{title}: {made} made, {planned} planned, {least} at least; difference {made - least}")
    print(f"  at least: {dict(writes)} and {reads(before)} reads and auth calls")
    if made != least:
        print(f"  made: {dict(counted)}")
    return ran.code == 0 and made == planned == least


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tickets", type=int, default=200)
    chosen = parser.parse_args()
    data = account(chosen.tickets)
    equal = True
    for title, filled in (("empty account", False), ("account in use", True)):
        with folder() as place, Box("--limit", "off") as box:
            if filled:
                with box.api() as api:
                    fill(api, data)
            equal &= compare(box, data, write_export(place / "export", data), place, title)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
