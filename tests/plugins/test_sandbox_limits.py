"""The rate limit of the sandbox, seen over HTTP."""

import math
import time

import httpx
import pytest

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions

HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def client(box: Sandbox, email: str = "admin@sandbox.test") -> httpx.Client:
    return httpx.Client(base_url=box.url, headers={"Authorization": f"Bearer {box.token(email)}"})


def statuses(api: httpx.Client, number: int) -> list[int]:
    return [api.get("/auth/me").status_code for _ in range(number)]


def start_of_window(seconds: float) -> None:
    """Windows lie on multiples of their length; start in a fresh one, so that a test fits into it."""
    time.sleep(seconds - time.time() % seconds + 0.01)


def test_a_fixed_window_counts_down_refuses_and_starts_anew() -> None:
    with Sandbox(SandboxOptions(limit="3/1")) as box, client(box) as api:
        start_of_window(1)
        answers = [api.get("/auth/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"3"}
        refused = answers[3]
        assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
        assert "Retry-After" not in refused.headers
        reset = int(refused.headers["X-RateLimit-Reset"])
        assert reset == math.ceil(time.time())
        time.sleep(max(0.0, reset - time.time()) + 0.01)
        assert statuses(api, 3) == [200, 200, 200]


def test_a_sliding_window_frees_one_request_at_a_time() -> None:
    options = SandboxOptions(limit="2/0.6", window="sliding")
    with Sandbox(options) as box, client(box) as api:
        assert statuses(api, 1) == [200]
        time.sleep(0.3)
        assert statuses(api, 2) == [200, 429]
        time.sleep(0.35)
        assert statuses(api, 2) == [200, 429]


def test_every_key_has_its_own_count_and_auth_calls_count_too() -> None:
    with Sandbox(SandboxOptions(limit="2/3600")) as box, client(box, "agent@sandbox.test") as agent:
        credentials = {"email": "AGENT@sandbox.test", "password": "wrong"}
        assert agent.post("/auth/login", json=credentials, headers={}).status_code == 401
        with httpx.Client(base_url=box.url) as nobody:
            assert nobody.post("/auth/login", json=credentials).status_code == 401
            assert nobody.post("/auth/login", json=credentials).status_code == 429
        assert statuses(agent, 1) == [429]
        with client(box) as admin:
            assert statuses(admin, 2) == [200, 200]


def test_the_headers_stand_on_errors_too_or_nowhere() -> None:
    with Sandbox(SandboxOptions()) as box, client(box) as api:
        for path in ("/nowhere", "/tickets?sort=x"):
            assert all(name in api.get(path).headers for name in HEADERS)
    with Sandbox(SandboxOptions(limit="1/3600", rate_headers=False)) as box, client(box) as api:
        answers = [api.get("/auth/me"), api.get("/auth/me")]
        assert [answer.status_code for answer in answers] == [200, 429]
        assert not any(name in answer.headers for name in HEADERS for answer in answers)


def test_retry_after_is_sent_when_asked_for() -> None:
    with Sandbox(SandboxOptions(limit="1/3600", retry_after=True)) as box, client(box) as api:
        assert "Retry-After" not in api.get("/auth/me").headers
        assert 0 < int(api.get("/auth/me").headers["Retry-After"]) <= 3600


def test_without_a_limit_a_huge_one_is_announced() -> None:
    with Sandbox(SandboxOptions(limit="off")) as box, client(box) as api:
        answer = api.get("/auth/me")
        assert answer.headers["X-RateLimit-Limit"] == "1000000"
        assert answer.headers["X-RateLimit-Remaining"] == "1000000"


def test_the_limit_may_change_while_it_runs() -> None:
    with Sandbox(SandboxOptions(limit="off")) as box, client(box) as api:
        box.set_limit("1/3600")
        assert statuses(api, 2) == [200, 429]
        box.set_limit("5/3600")
        assert statuses(api, 1) == [200]
        with pytest.raises(ValueError, match="REQUESTS/SECONDS"):
            box.set_limit("fast")


@pytest.mark.parametrize("limit", ["", "100", "0/60", "10/0", "-1/60", "10/x"])
def test_a_wrong_limit_is_refused_with_the_options(limit: str) -> None:
    with pytest.raises(ValueError, match="REQUESTS/SECONDS"):
        SandboxOptions(limit=limit)


def test_latency_delays_every_answer() -> None:
    with Sandbox(SandboxOptions(latency=0.2)) as box, client(box) as api:
        start = time.monotonic()
        assert api.get("/auth/me").status_code == 200
        assert time.monotonic() - start >= 0.2
