"""What the benchmarks share: the sandbox in a process of its own, and the program as a user runs it.

No benchmark itself. The account and what has to arrive of it are those of the tests (tests/world.py).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from world import account, write_export  # noqa: E402 - lies beside the benchmarks, not on the path

__all__ = [
    "ORGANIZATION", "PEERS", "WORDS", "Box", "Used", "account", "environment", "folder", "measured", "peers",
    "tool", "write_export",
]  # fmt: skip

PEERS = Path(__file__).parent / "peers"
# What texts are made of.
WORDS = (
    *("printer", "invoice", "login", "password", "network", "slow", "error", "update", "customer", "order"),
    *("delivery", "request", "account", "please", "kindly", "urgent", "the", "and", "of", "for", "with"),
    *("cannot", "open", "blank", "screen", "return", "refund", "Übergabe", "käyttäjä"),
)
ORGANIZATION = "Sandbox Oy"
ADMIN = "admin@sandbox.test"
PASSWORD = "sandbox-password"


class Box:
    """``tiketti-migrate sandbox ARGUMENTS`` as a process of its own, read through its control endpoints.

    Has what tests/world.py asks of a sandbox.
    """

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.url = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tiketti_migrate", "sandbox", *self._arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.url = line.strip().partition("=")[2]
        assert self.url, "the sandbox did not start"
        # No certificates are loaded: all is plain HTTP on loopback.
        self._control = httpx.Client(
            verify=False, base_url=self.url.removesuffix("/api/v1"), auth=(ADMIN, PASSWORD), timeout=120
        )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._control.close()
        self._process.terminate()
        self._process.communicate()

    @property
    def pid(self) -> int:
        return self._process.pid

    def snapshot(self, organization: str = ORGANIZATION) -> dict[str, Any]:
        """Everything held, with the newest 100,000 lines of the request log."""
        return self._get("snapshot", organization=organization)

    @property
    def request_counts(self) -> Counter[str]:
        """Requests seen so far by method and path."""
        return Counter(self._get("counts"))

    def set_faults(self, spec: str) -> None:
        """See the sandbox's faults."""
        self._control.post("/sandbox/faults", json={"spec": spec}).raise_for_status()

    def _get(self, name: str, **params: str) -> dict[str, Any]:
        answer = self._control.get(f"/sandbox/{name}", params=params)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    @contextmanager
    def api(self) -> Iterator[httpx.Client]:
        """A signed-in client, to put things into the account beforehand."""
        with httpx.Client(verify=False, base_url=self.url, timeout=30) as client:
            answer = client.post("/auth/login", json={"email": ADMIN, "password": PASSWORD})
            client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
            yield client


def environment(box: Box, workspace: Path) -> dict[str, str]:
    """The user's shell, with nothing of the surroundings that could change what is measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIKETTI_")}
    return kept | {
        "TIKETTI_BASE_URL": box.url,
        "TIKETTI_EMAIL": ADMIN,
        "TIKETTI_PASSWORD": PASSWORD,
        "TIKETTI_MIGRATE_WORKSPACE": str(workspace),
    }


@dataclass(frozen=True)
class Used:
    """One finished process. ``cpu``: seconds in user and system mode; ``peak``: resident bytes at most."""

    code: int
    out: str
    wall: float
    cpu: float
    peak: int


def measured(command: list[str], env: Mapping[str, str], stdin: Path | None = None) -> Used:
    """Run a command to its end; its own resources are counted, not those of what ran before it."""
    given = (stdin or Path(os.devnull)).open()
    with given, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=dict(env), stdin=given, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, err):
            file.seek(0)
        if process.returncode != 0:
            sys.stderr.write(err.read()[-4000:])
        return Used(process.returncode, out.read(), wall, _cpu(usage), usage.ru_maxrss * 1024)


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def tool(*arguments: str | Path) -> list[str]:
    """The program's command line."""
    return [sys.executable, "-m", "tiketti_migrate", *map(str, arguments)]


def plan_of(box: Box, export: Path, workspace: Path) -> dict[str, Any]:
    """``import --plan --json``."""
    ran = measured(tool("import", "zendesk", export, "--plan", "--json"), environment(box, workspace))
    assert ran.code == 0, f"the plan ended with exit {ran.code}"
    content: dict[str, Any] = json.loads(ran.out)
    return content


@contextmanager
def folder() -> Iterator[Path]:
    """A place for the export and the workspaces, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tiketti-benchmark-") as name:
        yield Path(name)


def peers() -> Path:
    """The peers' interpreter; the environment is made when it is not there or of other versions."""
    place, wanted = PEERS / ".venv", (PEERS / "requirements.txt").read_text()
    python, stamp = place / "bin" / "python", place / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "-r", PEERS / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    return python
