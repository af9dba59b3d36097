"""What both peers send: the streams in order, and one request for a record of each.

Ids of the account come from the answers to earlier writes, as in every such target.
"""

import os
from typing import Any

__all__ = ["STREAMS", "Ids", "base_url", "request_of", "sign_in"]

# Parents first. A property in *capitals* names a record of another stream.
STREAMS: dict[str, dict[str, list[str]]] = {
    "labels": {"name": ["string"], "color": ["string"]},
    "companies": {"name": ["string"], "notes": ["string"], "domains": ["string"]},
    "contacts": {"name": ["string"], "email": ["string"], "company": ["string", "null"]},
    "tickets": {
        "subject": ["string"],
        "contact": ["string"],
        "description": ["string"],
        "priority": ["string"],
        "labels": ["string"],
    },
    "messages": {"ticket": ["string"], "body": ["string"], "is_internal": ["boolean"]},
    "time_entries": {
        "ticket": ["string"],
        "duration_minutes": ["integer"],
        "description": ["string"],
        "billable": ["boolean"],
        "date": ["string"],
    },
    "outcomes": {"ticket": ["string"], "status": ["string"]},
}

Ids = dict[str, str]


def base_url() -> str:
    return os.environ["TIKETTI_BASE_URL"]


def sign_in(session: Any) -> None:
    """The same call that our own client begins with. ``session`` is one of requests."""
    body = {"email": os.environ["TIKETTI_EMAIL"], "password": os.environ["TIKETTI_PASSWORD"]}
    answer = session.post(f"{base_url()}/auth/login", json=body, timeout=120)
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def request_of(stream: str, record: dict[str, Any], ids: Ids) -> tuple[str, str, dict[str, Any]]:
    """Method, path and body. ``ids``: by the record's own id, of what was written before."""
    kept = {name: record[name] for name in STREAMS[stream] if record.get(name) is not None}
    ticket = ids.get(kept.pop("ticket", ""), "")
    match stream:
        case "companies":
            kept["domains"] = kept["domains"].split()
        case "contacts" if "company" in kept:
            kept["company_id"] = ids[kept.pop("company")]
        case "tickets":
            kept["contact_id"] = ids[kept.pop("contact")]
            kept["label_ids"] = [ids[name] for name in kept.pop("labels").split()]
        case "messages":
            return "POST", f"/tickets/{ticket}/messages", {**kept, "send_email": False}
        case "time_entries":
            return "POST", f"/tickets/{ticket}/time-entries", kept
        case "outcomes":
            return "PATCH", f"/tickets/{ticket}", kept
    return "POST", f"/{stream}", kept
