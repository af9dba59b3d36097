"""What a user says of a mailbox over IMAP, and where its password and token come from."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from person import at_a_terminal
from tiketti_migrate.errors import AccessDenied, UsageError
from tiketti_migrate.options import build, parameters
from tiketti_migrate_mail.imap_credentials import ImapCredentials
from tiketti_migrate_mail.imap_options import ImapOptions


def options(**given: Any) -> ImapOptions:
    return build(ImapOptions, {"host": "imap.acme.test", "user": "support@acme.test", **given})


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("imap.gmail.com", "imap.gmail.com"),
        (" IMAP.Acme.Test. ", "imap.acme.test"),
        ("localhost", "localhost"),
        ("10.0.0.7", "10.0.0.7"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("mail_1.intern", "mail_1.intern"),
    ],
)
def test_a_host_in_any_usual_form(given: str, host: str) -> None:
    assert options(host=given).host == host


@pytest.mark.parametrize(
    "given",
    ["", "imaps://imap.acme.test", "imap.acme.test:993", "a b", "a..b", "me@acme", "a\nb", "-", "x" * 300],
)
def test_anything_else_is_no_host(given: str) -> None:
    with pytest.raises(UsageError, match="--host: is no host"):
        options(host=given)


@pytest.mark.parametrize(
    ("given", "port"),
    [
        ({}, 993),
        ({"security": "starttls"}, 143),
        ({"security": "plain", "host": "127.0.0.1"}, 143),
        ({"security": "starttls", "port": 1143}, 1143),
    ],
)
def test_the_port_follows_the_encryption(given: dict[str, Any], port: int) -> None:
    assert options(**given).endpoint[1] == port


def test_the_server_as_it_is_shown() -> None:
    assert options().at == "imap.acme.test:993"
    assert options(host="::1").at == "[::1]:993"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"host": None}, "--host is missing"),
        ({"security": "plain"}, "on this machine only"),
        ({"security": "off"}, "--security"),
        ({"port": 0}, "--port"),
        ({"port": 65536}, "--port"),
        ({"user": "a\r\nA1 DELETE INBOX"}, "--user"),
        ({"user": "a\1auth=Bearer x"}, "--user"),
        ({"user": " "}, "--user"),
        ({"token_command": "get 'token"}, "--token-command"),
        ({"token_command": " "}, "--token-command"),
        ({"folder": ("",)}, "--folder"),
    ],
)
def test_wrong_options_are_refused_by_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        options(**given)


def test_every_option_is_a_flag_and_none_carries_a_secret() -> None:
    flags = {flag for one in parameters(ImapOptions) for flag in one.opts}
    assert {"--host", "--port", "--user", "--security", "--ca-file", "--auth", "--token-command"} <= flags
    assert {"--folder", "--all-folders", "--without-folder", "--from", "--since"} <= flags
    assert not {"--password", "--token"} & flags


def test_user_and_password_from_the_environment() -> None:
    environment = {"TIKETTI_IMAP_USER": "me@acme.test", "TIKETTI_IMAP_PASSWORD": " p ä\n"}
    found = ImapCredentials.read(options(user=None), environment)
    assert (found.user, found.by_token) == ("me@acme.test", False)
    assert found.password().get_secret_value() == " p ä"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "--user is missing"),
        ({"TIKETTI_IMAP_USER": "a\0b"}, "TIKETTI_IMAP_USER"),
        (
            {"TIKETTI_IMAP_USER": "a", "TIKETTI_IMAP_PASSWORD": "x\r\nA1 DELETE INBOX"},
            "TIKETTI_IMAP_PASSWORD",
        ),
        ({"TIKETTI_IMAP_USER": "a", "TIKETTI_IMAP_PASSWORD": "x\udc80"}, "TIKETTI_IMAP_PASSWORD"),
        ({"TIKETTI_IMAP_USER": "a", "TIKETTI_IMAP_TOKEN": "two words"}, "TIKETTI_IMAP_TOKEN"),
        ({"TIKETTI_IMAP_USER": "a", "TIKETTI_IMAP_TOKEN": "x\1\1"}, "TIKETTI_IMAP_TOKEN"),
    ],
)
def test_credentials_that_cannot_be_are_refused_without_showing_them(
    environment: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        ImapCredentials.read(options(user=None), environment)
    assert "DELETE" not in str(refused.value)
    assert "two words" not in str(refused.value)


def test_nothing_shows_the_secrets() -> None:
    found = ImapCredentials("me", password=SecretStr("open sesame"), token=SecretStr("ya29.x"))
    assert "sesame" not in f"{found!r} {found} {vars(found)}"
    assert "ya29" not in f"{found!r} {found} {vars(found)}"


def test_without_a_terminal_it_says_what_to_set() -> None:
    found = ImapCredentials.read(options(), {})
    with pytest.raises(UsageError, match="set TIKETTI_IMAP_PASSWORD"):
        found.password()


def test_a_password_is_asked_for_once() -> None:
    asked = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "open sesame"

    found = ImapCredentials("me", host="imap.acme.test", ask=ask)
    assert [found.password().get_secret_value() for _ in range(3)] == ["open sesame"] * 3
    assert asked == ["Password of me at imap.acme.test: "]


def test_a_password_typed_at_a_terminal_is_not_seen(tmp_path: Path) -> None:
    program = (
        "from tiketti_migrate_mail.imap_credentials import ImapCredentials\n"
        "from tiketti_migrate_mail.imap_options import ImapOptions\n"
        "found = ImapCredentials.read(ImapOptions(host='imap.acme.test', user='me'), {})\n"
        "print(len(found.password().get_secret_value()))"
    )
    answers = [("Password of me at imap.acme.test: ", "sesame!")]
    code, shown = at_a_terminal(tmp_path, os.environ, "-c", program, answers=answers, program=())
    assert code == 0, shown
    assert shown.splitlines()[-1] == "7"
    assert "sesame" not in shown


def command(code: str) -> str:
    return f'{sys.executable} -c "{code}"'


def test_a_token_comes_from_a_command_and_again_when_it_was_refused(tmp_path: Path) -> None:
    counter = tmp_path / "count"
    code = f"f = open('{counter}', 'a+'); f.write('x'); print(f'token-{{f.tell()}}'); print('more')"
    found = ImapCredentials.read(options(token_command=command(code)), {"TIKETTI_IMAP_TOKEN": "old"})
    assert found.by_token
    before = found.may_be_stale
    assert [found.token().get_secret_value() for _ in range(2)] == ["token-1", "token-1"]
    assert (before, found.may_be_stale) == (False, True)
    found.forget_token()
    assert found.token().get_secret_value() == "token-2"


def test_a_token_of_the_environment_cannot_be_renewed() -> None:
    found = ImapCredentials.read(options(), {"TIKETTI_IMAP_TOKEN": "ya29.x"})
    found.forget_token()
    assert not found.may_be_stale
    assert found.token().get_secret_value() == "ya29.x"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("/no/such/program --secret", UsageError, "/no/such/program: --token-command cannot be run"),
        (command("import sys; print('hidden'); sys.exit(3)"), AccessDenied, r"failed \(exit code 3\)"),
        (command("pass"), UsageError, "can be no OAuth token"),
        (command("print('hidden words')"), UsageError, "can be no OAuth token"),
        (command("print('hidden' * 100000)"), UsageError, "can be no OAuth token"),
        (
            command("import sys; sys.stdout.buffer.write(bytes(range(128, 256)))"),
            UsageError,
            "can be no OAuth",
        ),
    ],
)
def test_a_command_that_gives_no_token(text: str, error: type[Exception], words: str) -> None:
    found = ImapCredentials.read(options(token_command=text), {})
    with pytest.raises(error, match=words) as refused:
        found.token()
    assert "hidden" not in str(refused.value)


def test_the_command_goes_through_no_shell(tmp_path: Path) -> None:
    text = f"echo token; touch {tmp_path}/made $(touch {tmp_path}/made)"
    found = ImapCredentials.read(options(token_command=text), {})
    with pytest.raises(UsageError):
        found.token()
    assert not list(tmp_path.iterdir())
