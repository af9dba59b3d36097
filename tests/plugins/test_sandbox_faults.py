"""Faults of the sandbox: what the client sees, and whether the write was done."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(limit="off")) as running:
        yield running


@pytest.fixture
def api(box: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {box.token()}"}
    with httpx.Client(base_url=box.url, headers=headers, timeout=5) as http:
        yield http


def add(api: httpx.Client, name: str = "Jane") -> httpx.Response:
    return api.post("/contacts", json={"name": name, "email": f"{name}@example.test"})


def names(box: Sandbox) -> list[str]:
    return [row["name"] for row in box.snapshot()["contacts"]]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("fault", "done"), [("drop-before", []), ("drop-after", ["Jane"])])
def test_a_dropped_connection(
    box: Sandbox, api: httpx.Client, fault: str, done: list[str], seed: int
) -> None:
    box.set_faults(f"seed={seed},{fault}=1")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        add(api)
    assert names(box) == done


def test_a_connection_is_dropped_in_both_ways(box: Sandbox, api: httpx.Client) -> None:
    box.set_faults("drop-before=1")
    seen = set()
    for _ in range(12):
        try:
            add(api)
        except httpx.TransportError as error:
            seen.add(type(error))
    assert seen == {httpx.RemoteProtocolError, httpx.ReadError}


@pytest.mark.parametrize(("fault", "done"), [("error-before", []), ("error-after", ["Jane"])])
def test_an_error_page(box: Sandbox, api: httpx.Client, fault: str, done: list[str]) -> None:
    box.fail_next("POST", "^/contacts$", fault)
    answer = add(api)
    assert answer.status_code in (500, 502)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]
    assert names(box) == done


@pytest.mark.parametrize(("fault", "done"), [("truncate-before", []), ("truncate-after", ["Jane"])])
def test_a_truncated_answer(box: Sandbox, api: httpx.Client, fault: str, done: list[str]) -> None:
    box.fail_next("POST", "^/contacts$", fault)
    with pytest.raises(httpx.RemoteProtocolError):
        add(api)
    assert names(box) == done


def test_a_truncated_answer_without_content(box: Sandbox, api: httpx.Client) -> None:
    made = add(api).json()["data"]
    box.fail_next("DELETE", "/contacts", "truncate-after")
    with pytest.raises(httpx.RemoteProtocolError):
        api.delete(f"/contacts/{made['id']}")
    assert names(box) == []


@pytest.mark.parametrize(
    ("fault", "status", "done"), [("html-before", 200, []), ("html-after", 201, ["Jane"])]
)
def test_a_page_instead_of_json(
    box: Sandbox, api: httpx.Client, fault: str, status: int, done: list[str]
) -> None:
    box.fail_next("POST", "^/contacts$", fault)
    answer = add(api)
    assert (answer.status_code, answer.text[:9]) == (status, "<!DOCTYPE")
    assert names(box) == done


@pytest.mark.parametrize(("fault", "done"), [("hang-before", []), ("hang-after", ["Jane"])])
def test_a_hanging_answer(box: Sandbox, api: httpx.Client, fault: str, done: list[str]) -> None:
    box.set_faults("hang-seconds=60")
    box.fail_next("POST", "^/contacts$", fault)
    with pytest.raises(httpx.ReadTimeout):
        api.post("/contacts", json={"name": "Jane", "email": "j@x.test"}, timeout=0.3)
    assert names(box) == done


def test_a_hang_ends_with_a_closed_connection(box: Sandbox, api: httpx.Client) -> None:
    box.set_faults("hang-seconds=0.3,hang-after=1")
    start = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        add(api)
    assert time.monotonic() - start >= 0.3


def test_a_redirect_leads_elsewhere_and_does_nothing(box: Sandbox, api: httpx.Client) -> None:
    box.fail_next("*", "contacts", "redirect-before")
    answer = add(api)
    assert answer.status_code == 302
    assert not answer.headers["Location"].startswith(box.url)
    assert names(box) == []


def test_a_late_commit_comes_after_the_client_was_cut_off(box: Sandbox, api: httpx.Client) -> None:
    box.set_faults("late-commit=1,late-seconds=0.4")
    with pytest.raises(httpx.RemoteProtocolError):
        add(api)
    assert names(box) == []
    wait_for(lambda: names(box) == ["Jane"])
    assert [row["status"] for row in box.snapshot()["requests"]] == [0, 201]


def test_late_visibility_hides_from_lists_only(box: Sandbox, api: httpx.Client) -> None:
    box.set_faults("late-visibility=1,late-seconds=0.5")
    made = add(api).json()["data"]
    assert api.get(f"/contacts/{made['id']}").status_code == 200
    assert api.get("/contacts").json() == {
        "data": [],
        "meta": {"total": 0, "page": 1, "per_page": 20},
    }
    assert add(api).status_code == 422
    wait_for(lambda: api.get("/contacts").json()["meta"]["total"] == 1)


def test_a_cut_list_lacks_rows_but_not_in_its_total(box: Sandbox, api: httpx.Client) -> None:
    for name in ("a", "b", "c"):
        add(api, name)
    api.post("/labels", json={"name": "x", "color": "#000000"})
    box.set_faults("cut-list=1")
    cut = api.get("/contacts").json()
    assert (len(cut["data"]), cut["meta"]["total"]) == (1, 3)
    assert api.get("/labels").json() == {"data": []}


def test_altered_bodies_and_unwanted_emails(box: Sandbox, api: httpx.Client) -> None:
    contact = add(api).json()["data"]
    body = {"subject": "S", "contact_id": contact["id"]}
    path = f"/tickets/{api.post('/tickets', json=body).json()['data']['id']}/messages"
    box.fail_next("POST", "messages$", "alter-body")
    message = {"body": "[Z 1/2] see #123", "send_email": False}
    altered = api.post(path, json=message).json()["data"]
    assert altered["body"] == "[Z  1/2]  see  #123\n"
    assert ">#123</a>" in altered["body_html"]
    assert altered["email_sent"] is False
    box.fail_next("POST", "messages$", "email-anyway")
    assert api.post(path, json=message).json()["data"]["email_sent"] is True
    assert len(box.snapshot()["emails"]) == 1


def test_planned_faults_hit_as_often_as_planned_and_nothing_else(box: Sandbox, api: httpx.Client) -> None:
    box.fail_next("POST", "^/contacts$", "error-before", times=2)
    assert api.get("/contacts").status_code == 200
    assert [add(api).status_code >= 500 for _ in range(3)] == [True, True, False]


def test_the_rate_limit_counts_faulty_requests_and_comes_first(box: Sandbox, api: httpx.Client) -> None:
    box.set_limit("1/3600")
    box.set_faults("error-before=1")
    assert [add(api).status_code in (500, 502), add(api).status_code] == [True, 429]


def test_faults_spare_auth_unless_told_otherwise(box: Sandbox, api: httpx.Client) -> None:
    box.set_faults("error-before=1")
    assert api.get("/auth/me").status_code == 200
    box.set_faults("error-before=1,auth-faults=1")
    assert api.get("/auth/me").status_code >= 500


def test_one_seed_gives_one_sequence() -> None:
    def outcomes(seed: int) -> list[int]:
        spec = f"seed={seed},error-before=0.3,html-before=0.3"
        with Sandbox(SandboxOptions(limit="off", faults=spec)) as box:
            headers = {"Authorization": f"Bearer {box.token()}"}
            with httpx.Client(base_url=box.url, headers=headers) as api:
                return [api.get("/labels").status_code for _ in range(30)]

    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)
    assert {200} < set(outcomes(1))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("drop=0.1", "'drop' is unknown; known are: drop-before"),
        ("drop-before", "expected drop-before=NUMBER"),
        ("drop-before=often", "expected drop-before=NUMBER"),
        ("drop-before=1.5", "no probability"),
        ("drop-before=nan", "expected drop-before=NUMBER"),
        ("drop-before=0.6,drop-after=0.6", "more than 1"),
    ],
)
def test_a_wrong_specification_is_named(spec: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SandboxOptions(faults=spec)


def test_an_unknown_planned_fault_is_refused(box: Sandbox) -> None:
    with pytest.raises(ValueError, match="'explode' is unknown"):
        box.fail_next("GET", ".", "explode")


def test_many_connections_at_once_lose_and_repeat_nothing(box: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {box.token()}"}
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
    with httpx.Client(base_url=box.url, headers=headers, limits=limits) as api:

        def work(number: int) -> int:
            return add(api, f"n{number}").status_code

        with ThreadPoolExecutor(32) as pool:
            assert set(pool.map(work, range(320))) == {201}
    assert len(set(names(box))) == 320


def test_a_connection_is_kept_for_the_next_request(box: Sandbox, api: httpx.Client) -> None:
    streams: set[Any] = set()
    for _ in range(5):
        # Longer than the server's thread stays with the connection: it comes back from the selector.
        time.sleep(0.05)
        with api.stream("GET", "/labels") as answer:
            answer.read()
            streams.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(streams) == 1
