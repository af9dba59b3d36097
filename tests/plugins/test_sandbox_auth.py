"""Tokens, roles and organizations of the sandbox."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx
import jwt
import pytest

from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(limit="off")) as running:
        yield running


def get(box: Sandbox, path: str, token: str, **headers: str) -> httpx.Response:
    return httpx.get(box.url + path, headers={"Authorization": f"Bearer {token}", **headers})


def login(box: Sandbox, password: str = "sandbox-password") -> httpx.Response:
    return httpx.post(f"{box.url}/auth/login", json={"email": "Agent@sandbox.test", "password": password})


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_login_answers_as_documented(box: Sandbox) -> None:
    answer = login(box).json()
    assert set(answer) == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 900)
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["exp"] - time.time() == pytest.approx(900, abs=30)
    me = get(box, "/auth/me", answer["access_token"]).json()
    assert {key: me[key] for key in ("id", "email", "name")} == answer["user"]
    assert me["organizations"] == [{"id": box.organization_id(), "name": "Sandbox Oy", "role": "agent"}]


def test_a_refresh_gives_no_new_refresh_token_and_ends_with_the_logout(box: Sandbox) -> None:
    refresh_token = login(box).json()["refresh_token"]
    body = {"refresh_token": refresh_token}
    refreshed = httpx.post(f"{box.url}/auth/refresh", json=body).json()
    assert set(refreshed) == {"access_token", "token_type", "expires_in"}
    assert get(box, "/auth/me", refreshed["access_token"]).status_code == 200
    assert httpx.post(f"{box.url}/auth/logout", json=body).status_code == 204
    assert code(httpx.post(f"{box.url}/auth/refresh", json=body)) == (401, "TOKEN_REVOKED")


def test_wrong_credentials_and_tokens_are_401(box: Sandbox) -> None:
    assert code(login(box, "wrong")) == (401, "INVALID_CREDENTIALS")
    assert code(httpx.get(f"{box.url}/tickets")) == (401, "UNAUTHORIZED")
    assert code(get(box, "/tickets", "nonsense")) == (401, "INVALID_TOKEN")
    assert code(get(box, "/tickets", box.refresh_token())) == (401, "INVALID_TOKEN")
    access = {"refresh_token": box.token()}
    assert code(httpx.post(f"{box.url}/auth/refresh", json=access)) == (401, "INVALID_TOKEN")
    forged = jwt.encode({"sub": "x", "kind": "access", "exp": 9e9, "jti": "1"}, "k" * 64, "HS256")
    assert code(get(box, "/tickets", forged)) == (401, "INVALID_TOKEN")


def test_tokens_expire_on_the_clock_of_the_server() -> None:
    with Sandbox(SandboxOptions(limit="off", token_lifetime=60, refresh_lifetime=120)) as box:
        token, refresh = box.token(), {"refresh_token": box.refresh_token()}
        box.set_skew(61)
        assert code(get(box, "/tickets", token)) == (401, "TOKEN_EXPIRED")
        assert httpx.post(f"{box.url}/auth/refresh", json=refresh).status_code == 200
        box.set_skew(121)
        assert code(httpx.post(f"{box.url}/auth/refresh", json=refresh)) == (401, "TOKEN_EXPIRED")


def test_every_date_follows_the_skew() -> None:
    with Sandbox(SandboxOptions(skew=7200)) as box:
        headers = {"Authorization": f"Bearer {box.token()}"}
        body = {"name": "Jane", "email": "jane@example.test"}
        answer = httpx.post(f"{box.url}/contacts", json=body, headers=headers)
        ahead = time.time() + 7200
        date = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        assert date == pytest.approx(ahead, abs=30)
        assert int(answer.headers["X-RateLimit-Reset"]) == pytest.approx(ahead, abs=90)
        shown = time.strftime("%Y-%m-%dT%H", time.gmtime(date))
        assert answer.json()["data"]["created_at"].startswith(shown)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/tickets", "admin manager agent clerk viewer"),
        ("POST", "/tickets", "admin manager agent clerk"),
        ("PATCH", f"/tickets/{UNKNOWN}", "admin manager agent clerk"),
        ("DELETE", f"/tickets/{UNKNOWN}", "admin manager"),
        ("POST", f"/tickets/{UNKNOWN}/messages", "admin manager agent clerk"),
        ("POST", f"/tickets/{UNKNOWN}/labels", "admin manager agent clerk"),
        ("POST", f"/tickets/{UNKNOWN}/time-entries", "admin manager agent clerk"),
        ("POST", "/contacts", "admin manager agent clerk"),
        ("GET", "/labels", "admin manager agent clerk viewer"),
        ("POST", "/labels", "admin manager"),
        ("DELETE", f"/labels/{UNKNOWN}", "admin manager"),
        ("GET", "/webhooks", "admin"),
        ("POST", "/webhooks", "admin"),
    ],
)
def test_roles_may_do_what_the_pages_say(box: Sandbox, method: str, path: str, allowed: str) -> None:
    for role in ("admin", "manager", "agent", "clerk", "viewer"):
        headers = {"Authorization": f"Bearer {box.token(f'{role}@sandbox.test')}"}
        body: dict[str, str] | None = {} if method in ("POST", "PATCH") else None
        status = httpx.request(method, box.url + path, headers=headers, json=body).status_code
        assert (status != 403) == (role in allowed.split()), role


def test_organizations_are_chosen_by_header_and_kept_apart(box: Sandbox) -> None:
    multi = box.token("multi@sandbox.test")
    first, second = box.organization_id(), box.organization_id("Second Oy")
    assert code(get(box, "/contacts", multi)) == (400, "ORGANIZATION_REQUIRED")
    headers = {"Authorization": f"Bearer {multi}", "X-Organization-Id": second}
    body = {"name": "Jane", "email": "jane@second.test"}
    made = httpx.post(f"{box.url}/contacts", json=body, headers=headers).json()["data"]
    path = f"/contacts/{made['id']}"
    assert get(box, path, multi, **{"X-Organization-Id": second}).status_code == 200
    assert get(box, path, multi, **{"X-Organization-Id": first}).status_code == 404
    assert get(box, path, box.token()).status_code == 404
    foreign = get(box, "/contacts", box.token(), **{"X-Organization-Id": second})
    assert code(foreign) == (403, "ORGANIZATION_FORBIDDEN")
    names = [row["name"] for row in get(box, "/auth/me", multi).json()["organizations"]]
    assert names == ["Sandbox Oy", "Second Oy"]
    assert [row["id"] for row in box.snapshot("Second Oy")["contacts"]] == [made["id"]]
    assert box.snapshot("Sandbox Oy")["contacts"] == []


def test_accounts_are_listed_with_role_and_password(box: Sandbox) -> None:
    roles = {account.email: account.role for account in box.accounts}
    assert roles["clerk@sandbox.test"] == "clerk"
    assert {account.password for account in box.accounts} == {"sandbox-password"}
    assert "sandbox-password" not in repr(box.accounts)
    added = box.add_user("new@sandbox.test", "New Agent", "viewer")
    assert get(box, "/auth/me", box.token(added.email)).json()["name"] == "New Agent"


def test_files_ask_for_the_token_when_told_to() -> None:
    with Sandbox(SandboxOptions(attachment_token=True)) as box:
        headers = {"Authorization": f"Bearer {box.token()}"}
        with httpx.Client(base_url=box.url, headers=headers) as api:
            person = {"name": "J", "email": "j@example.test"}
            contact = api.post("/contacts", json=person).json()["data"]
            body = {"subject": "S", "contact_id": contact["id"], "description": "Hi"}
            ticket = api.post("/tickets", json=body).json()["data"]
            message = api.get(f"/tickets/{ticket['id']}/messages").json()["data"][0]
        url = box.add_attachment(message["id"], "a.bin", b"\0\1")["url"]
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers=headers).content == b"\0\1"


def test_a_page_of_another_name_cannot_reach_it(box: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {box.token()}", "Host": "evil.example"}
    assert code(httpx.get(f"{box.url}/tickets", headers=headers)) == (403, "WRONG_HOST")
