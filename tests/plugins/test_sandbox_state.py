"""The state file, the life of the server and its control pages."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions, StateFileError

PROGRAM = """
import sys
from pathlib import Path
from tiketti_migrate_tiketti.sandbox import SandboxOptions, serve
options = SandboxOptions(limit="off", state=Path(sys.argv[1]))
serve(options, lambda box: print(box.url, box.token(), flush=True))
"""
ADMIN = ("admin@sandbox.test", "sandbox-password")


def client(box: Sandbox) -> httpx.Client:
    return httpx.Client(base_url=box.url, headers={"Authorization": f"Bearer {box.token()}"})


def add(api: httpx.Client, name: str = "Jane") -> dict[str, Any]:
    answer = api.post("/contacts", json={"name": name, "email": f"{name}@example.test"})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()["data"]
    return made


def data_of(box: Sandbox) -> dict[str, Any]:
    snapshot = box.snapshot()
    del snapshot["requests"]
    return snapshot


def start_process(state: Path) -> tuple[subprocess.Popen[str], str, str]:
    command = [sys.executable, "-c", PROGRAM, str(state)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    url, token = process.stdout.readline().split()
    return process, url, token


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    options = SandboxOptions(limit="off", state=tmp_path / "state")
    with Sandbox(options) as box, client(box) as api:
        contact = add(api)
        token = box.token()
        body = {"subject": "S", "contact_id": contact["id"], "description": "Hi"}
        first, second = (api.post("/tickets", json=body).json()["data"] for _ in range(2))
        path = f"/tickets/{first['id']}"
        message = api.post(f"{path}/messages", json={"body": "Hello"}).json()["data"]
        box.add_attachment(message["id"], "a.txt", b"x")
        api.post(f"{path}/time-entries", json={"duration_minutes": 5})
        api.post("/labels", json={"name": "x", "color": "#000000"})
        api.post("/webhooks", json={"url": "https://x.test/", "events": ["ticket.deleted"]})
        api.delete(f"/tickets/{second['id']}")
        before = data_of(box)
    assert before["emails"]
    assert before["deliveries"]
    box.port = 0
    with Sandbox(options.model_copy(update={"port": int(api.base_url.port or 0)})) as again:
        assert data_of(again) == before
        headers = {"Authorization": f"Bearer {token}"}
        third = httpx.post(f"{again.url}/tickets", json=body, headers=headers).json()["data"]
        assert third["code"] == "SAND-3"


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "state"
    process, url, token = start_process(state)
    try:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as api:
            made = [add(api, f"n{number}")["id"] for number in range(50)]
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    with Sandbox(SandboxOptions(state=state)) as box:
        assert [row["id"] for row in box.snapshot()["contacts"]] == made


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_in_good_order_when_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    process, url, _ = start_process(tmp_path / "state")
    with process:
        assert httpx.get(f"{url}/auth/me").status_code == 401
        process.send_signal(number)
        assert process.wait(10) == 0


def test_a_line_torn_by_a_kill_is_dropped(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with Sandbox(SandboxOptions(state=state)) as box, client(box) as api:
        add(api)
    with state.open("ab") as journal:
        journal.write(b'[{"table":"contacts","organ')
    with Sandbox(SandboxOptions(state=state)) as box, client(box) as api:
        add(api, "Joe")
    with Sandbox(SandboxOptions(state=state)) as box:
        assert [row["name"] for row in box.snapshot()["contacts"]] == ["Jane", "Joe"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"SQLite format 3\0\n", "state:1: not JSON"),
        (b'{"some": "json"}\n', "state:1: not a sandbox's state file"),
        (b'{"format":"tiketti-sandbox","version":1}\n[{"table"\n', "state:2: not JSON"),
        (b'{"format":"tiketti-sandbox","version":1}\n{}\n', "state:2: no list of changes"),
        (
            b'{"format":"tiketti-sandbox","version":1}\n[{"table":"x","organization":"","row":{}}]\n',
            "state:2: a change that cannot be read",
        ),
    ],
)
def test_a_damaged_state_file_is_named_and_left_alone(tmp_path: Path, content: bytes, words: str) -> None:
    state = tmp_path / "state"
    state.write_bytes(content)
    with pytest.raises(StateFileError, match=words):
        Sandbox(SandboxOptions(state=state))
    assert state.read_bytes() == content


def test_a_state_file_that_cannot_be_made_or_is_in_use_is_named(tmp_path: Path) -> None:
    with pytest.raises(StateFileError, match="No such file"):
        Sandbox(SandboxOptions(state=tmp_path / "missing" / "state"))
    state = tmp_path / "state"
    with (
        Sandbox(SandboxOptions(state=state)),
        pytest.raises(StateFileError, match="another sandbox is using it"),
    ):
        Sandbox(SandboxOptions(state=state))


def test_a_file_of_mostly_history_is_rewritten_without_loss(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with Sandbox(SandboxOptions(limit="off", state=state)) as box, client(box) as api:
        contact = add(api)
        body = {"subject": "S", "contact_id": contact["id"]}
        ticket = api.post("/tickets", json=body).json()["data"]["id"]
        doomed = api.post("/tickets", json=body).json()["data"]["id"]
        api.delete(f"/tickets/{doomed}")
        for number in range(1100):
            box.edit_ticket(ticket, subject=f"S{number}")
        before, size = data_of(box), state.stat().st_size
    for _ in range(2):
        box = Sandbox(SandboxOptions(state=state))
        assert data_of(box) == before
        box.stop()
    assert state.stat().st_size < size / 10
    with Sandbox(SandboxOptions(state=state)) as box, client(box) as api:
        assert api.post("/tickets", json=body).json()["data"]["code"] == "SAND-3"


def test_a_stopped_server_is_gone_and_comes_back_with_its_data(tmp_path: Path) -> None:
    box = Sandbox(SandboxOptions(state=tmp_path / "state"))
    box.start()
    with client(box) as api:
        add(api)
        box.stop()
        with pytest.raises(httpx.ConnectError):
            api.get("/contacts")
        box.start()
        assert api.get("/contacts").json()["meta"]["total"] == 1
        add(api, "Joe")
    box.stop()
    with Sandbox(SandboxOptions(state=tmp_path / "state")) as again:
        assert len(again.snapshot()["contacts"]) == 2


def test_a_taken_port_is_an_error() -> None:
    with Sandbox() as box, pytest.raises(OSError, match="in use"):
        Sandbox(SandboxOptions(port=box.port)).start()


def test_the_control_pages_need_an_admin_and_meet_no_limit_and_no_fault() -> None:
    with Sandbox(SandboxOptions(limit="1/3600", faults="drop-before=1")) as box:
        control = box.url.replace("/api/v1", "/sandbox")
        assert httpx.get(f"{control}/snapshot").status_code == 401
        agent = ("agent@sandbox.test", "sandbox-password")
        assert httpx.get(f"{control}/snapshot", auth=agent).status_code == 401
        for spec, status in (("off", 200), ("fast", 422)):
            answer = httpx.post(f"{control}/limit", json={"spec": spec}, auth=ADMIN)
            assert answer.status_code == status
        assert httpx.post(f"{control}/faults", json={"spec": "bang=1"}, auth=ADMIN).status_code == 422
        assert httpx.post(f"{control}/faults", json={"spec": ""}, auth=ADMIN).status_code == 200
        with client(box) as api:
            add(api)
        second = {"organization": "Second Oy"}
        found = httpx.get(f"{control}/snapshot", auth=ADMIN, params=second).json()
        assert found["contacts"] == []
        assert len(httpx.get(f"{control}/snapshot", auth=ADMIN).json()["contacts"]) == 1
        assert httpx.get(f"{control}/counts", auth=ADMIN).json() == {"POST /contacts": 1}
