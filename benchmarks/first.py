"""How soon the first ticket is in Tiketti, and whether open tickets come before closed ones.

    .venv/bin/python benchmarks/first.py [--tickets 1000] [--contacts 300] [--labels 40] [--companies 100]

Counts, in the server's log, the requests from the first write on until the first ticket was made: at most
ten, whatever the account holds. Then compares the order in which tickets were made with the order asked for:
open and pending ones first, oldest first inside each group. Exits with 1 otherwise.
"""

import argparse
import sys
from typing import Any

from rig import Box, account, environment, folder, measured, tool, write_export

from world import ARRIVES_AS

MOST = 10
SIDE_BY_SIDE = 32


def many(tickets: int, contacts: int, labels: int, companies: int) -> dict[str, list[dict[str, Any]]]:
    """The tests' account with more of everything that a ticket needs first; every ticket has four labels."""
    data = account(tickets, comments=2)
    agent, sample = data["users"][0], data["users"][1]
    data["organizations"] = [
        {"id": 50 + number, "name": f"Company {number}", "domain_names": [f"c{number}.example"]}
        for number in range(companies)
    ]
    data["users"] = [agent] + [
        {
            **sample,
            "id": 100 + number,
            "name": f"Customer {number}",
            "email": f"c{number}@example.com",
            "organization_id": 50 + number % companies,
        }
        for number in range(contacts)
    ]
    for number, ticket in enumerate(data["tickets"]):
        ticket["requester_id"] = 100 + number % contacts
        ticket["tags"] = sorted({f"label{(number + step) % labels}" for step in range(0, 4 * 7, 7)})
        for comment in ticket["comments"]:
            if comment["author_id"] != agent["id"]:
                comment["author_id"] = ticket["requester_id"]
    return data


def requests_until_first(log: list[dict[str, Any]]) -> int:
    """From the first write on, that one and the ticket included."""
    writes = [r for r in log if r["method"] != "GET" and not r["path"].startswith("/auth/")]
    begun = log.index(writes[0])
    first = next(r for r in writes if r["path"] == "/tickets" and r["status"] == 201)
    return log.index(first) - begun + 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("tickets", 1000), ("contacts", 300), ("labels", 40), ("companies", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    chosen = parser.parse_args()
    data = many(chosen.tickets, chosen.contacts, chosen.labels, chosen.companies)
    with folder() as place, Box("--limit", "off") as box:
        export = write_export(place / "export", data)
        ran = measured(tool("import", "zendesk", export, "--yes"), environment(box, place / "work"))
        held = box.snapshot()
    until = requests_until_first(held["requests"])
    rank = {
        ticket["subject"]: (ARRIVES_AS[ticket["status"]] in ("resolved", "closed"), ticket["created_at"])
        for ticket in data["tickets"]
    }
    made = [rank[ticket["subject"]] for ticket in held["tickets"]]
    early = displaced([closed for closed, _ in made])
    late = displaced(made)
    print(f"first ticket: request {until} after the preflight (at most {MOST})")
    print(f"of {len(made)} tickets made, closed ones before open ones: {early}; not oldest first: {late}")
    good = until <= MOST and len(made) == chosen.tickets and not early and not late
    return 0 if ran.code == 0 and good else 1


def displaced(made: list[Any]) -> int:
    """How many came before or after their turn by more than the requests side by side can explain."""
    first: dict[Any, int] = {}
    last: dict[Any, int] = {}
    for turn, one in enumerate(sorted(made)):
        first.setdefault(one, turn)
        last[one] = turn
    return sum(
        not first[one] - SIDE_BY_SIDE <= place <= last[one] + SIDE_BY_SIDE for place, one in enumerate(made)
    )


if __name__ == "__main__":
    sys.exit(main())
