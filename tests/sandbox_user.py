"""A user of the sandbox: requests and what every test of it needs first.

The clients load no certificates: all is plain HTTP on loopback, and loading them takes longer than a test.
"""

import uuid
from typing import Any

import httpx

from tiketti_migrate_tiketti.sandbox import Sandbox

__all__ = ["client", "data", "error", "new_contact", "new_label", "new_ticket"]


def client(box: Sandbox, email: str = "admin@sandbox.test") -> httpx.Client:
    return httpx.Client(
        verify=False, base_url=box.url, headers={"Authorization": f"Bearer {box.token(email)}"}
    )


def data(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()["data"]


def error(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    content = response.json()["error"]
    assert set(content) == {"code", "message", "details"}
    return str(content["code"])


def new_contact(api: httpx.Client, **fields: Any) -> dict[str, Any]:
    body = {"name": "Jane Doe", "email": f"{uuid.uuid4()}@example.test", **fields}
    made: dict[str, Any] = data(api.post("/contacts", json=body), 201)
    return made


def new_ticket(api: httpx.Client, contact: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"subject": "Printer", "contact_id": contact["id"], **fields}
    made: dict[str, Any] = data(api.post("/tickets", json=body), 201)
    return made


def new_label(api: httpx.Client) -> dict[str, Any]:
    body = {"name": f"Label {uuid.uuid4()}", "color": "#EF4444"}
    made: dict[str, Any] = data(api.post("/labels", json=body), 201)
    return made
