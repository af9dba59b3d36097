"""Logging in: to a real Dovecot, and to a double for what that never says."""

import json
import logging
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr

from dovecot import PASSWORD, USER, Dovecot, dovecot, dovecot_home, free_port
from mail_imap_client import connected, credentials, options, refused, token
from mail_imap_double import ImapDouble, double
from tiketti_migrate.errors import AccessDenied, SourceError, SourceUnreachable, UsageError
from tiketti_migrate_mail.imap_connect import connect
from tiketti_migrate_mail.imap_credentials import ImapCredentials
from tiketti_migrate_mail.imap_hints import login_hint
from tiketti_migrate_mail.imap_login import mechanism
from tiketti_migrate_mail.imap_options import ImapOptions

ODD_USER, ODD_PASSWORD = "a b=c,d@acme.test", 'p"a\\s s{3}%()*'
FOREIGN_USER, FOREIGN_PASSWORD = "zoë@acme.test", "пароль ¡ñ!"
# Whoever failed to log in waits the longer the next time; here only the tests would.
NO_PENALTY = (
    "auth_failure_delay = 0\nservice anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}"
)
CHALLENGE = {"status": "invalid_token", "schemes": "Bearer", "scope": "https://mail.acme.test/"}


class Certified:
    """A Dovecot with TLS and STARTTLS, and the authority of its certificate."""

    def __init__(self, server: Dovecot, ca_file: Path) -> None:
        self.server = server
        self.ca_file = ca_file

    def options(self, **given: Any) -> ImapOptions:
        port = self.server.port if given.get("security") == "starttls" else self.server.tls_port
        return options(port, **{"security": "tls", "ca_file": self.ca_file, **given})


@pytest.fixture(scope="module")
def certified() -> Iterator[Certified]:
    with dovecot_home() as home:
        yield from certified_in(home)


def certified_in(home: Path) -> Iterator[Certified]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home / "ca.pem")
    own = authority.issue_cert("127.0.0.1")
    own.private_key_pem.write_to_path(home / "key.pem")
    for part in own.cert_chain_pems:
        part.write_to_path(home / "cert.pem", append=True)
    server = Dovecot(
        home,
        free_port(),
        tls_port=free_port(),
        ssl="required",
        certificate=home / "cert.pem",
        key=home / "key.pem",
        users={USER: PASSWORD, ODD_USER: ODD_PASSWORD, FOREIGN_USER: FOREIGN_PASSWORD},
        extra=NO_PENALTY,
    )
    with dovecot(server):
        yield Certified(server, home / "ca.pem")


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("auth", ["auto", "login", "plain"])
@pytest.mark.parametrize(
    ("user", "password"),
    [(USER, PASSWORD), (ODD_USER, ODD_PASSWORD), (FOREIGN_USER, FOREIGN_PASSWORD)],
)
def test_a_real_server_lets_us_in(
    certified: Certified, security: str, auth: str, user: str, password: str
) -> None:
    how = certified.options(security=security, auth=auth)
    with connected(how, credentials(user, password)) as client:
        # Told only to those who are logged in.
        assert client.has_capability("SORT")
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 0


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(certified: Certified, security: str) -> None:
    with pytest.raises(UsageError, match=r"certificate of 127\.0\.0\.1:\d+ is not valid.*--ca-file"):
        connect(certified.options(security=security, ca_file=None), credentials())


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_another_host_is_refused(certified: Certified, security: str) -> None:
    with pytest.raises(UsageError, match=r"[Hh]ostname mismatch.*'localhost'.*--host"):
        connect(certified.options(security=security, host="localhost"), credentials())


def test_a_wrong_password_of_a_real_server(certified: Certified) -> None:
    with pytest.raises(
        AccessDenied, match=r"refuses the login of support@acme\.test: .*Authentication failed"
    ) as e:
        connect(certified.options(), credentials(password="not the password"))
    assert "--user" in str(e.value)
    assert "not the password" not in str(e.value)


def test_nothing_secret_is_logged(certified: Certified, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for auth in ("login", "plain"):
        with connected(certified.options(auth=auth), credentials(ODD_USER, ODD_PASSWORD)):
            pass
    encoded = b64encode(f"\0{ODD_USER}\0{ODD_PASSWORD}".encode()).decode()
    assert ODD_PASSWORD not in caplog.text
    assert encoded not in caplog.text


@pytest.mark.parametrize(
    ("announced", "by_token", "auth", "way"),
    [
        ("AUTH=PLAIN AUTH=LOGIN", False, "auto", "plain"),
        ("AUTH=NTLM", False, "auto", "login"),
        ("", False, "auto", "login"),
        ("LOGINDISABLED AUTH=PLAIN", False, "auto", "plain"),
        ("AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER", True, "auto", "oauthbearer"),
        ("AUTH=PLAIN AUTH=XOAUTH2", True, "auto", "xoauth2"),
        ("AUTH=PLAIN", True, "auto", "xoauth2"),
        ("AUTH=PLAIN", False, "login", "login"),
        ("AUTH=OAUTHBEARER", True, "plain", "plain"),
        ("", True, "oauthbearer", "oauthbearer"),
    ],
)
def test_the_way_in(announced: str, by_token: bool, auth: str, way: str) -> None:
    assert mechanism(options(1, auth=auth), announced.split(), by_token=by_token) == way


@pytest.mark.parametrize("auth", ["auto", "login"])
def test_login_is_not_tried_where_it_is_disabled(auth: str) -> None:
    server = ImapDouble(before="IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2 AUTH=GSSAPI")
    error = refused(server, auth=auth)
    assert isinstance(error, UsageError)
    assert "only by GSSAPI, XOAUTH2" in str(error)
    assert "TIKETTI_IMAP_TOKEN" in str(error)
    assert "LOGIN" not in server.commands


def test_login_in_the_clear_where_that_is_disabled_says_to_encrypt() -> None:
    error = refused(ImapDouble(before="IMAP4rev1 STARTTLS LOGINDISABLED"))
    assert isinstance(error, UsageError)
    assert "--security starttls" in str(error)


@pytest.mark.parametrize(
    ("user", "password", "said"),
    [
        (r'b\o"b', r'x"\y', rb'LOGIN "b\\o\"b" "x\"\\y"'),
        ("zoë", 'ñ"\\', 'LOGIN "zoë" ñ"\\'.encode()),
    ],
)
def test_names_and_passwords_are_quoted(user: str, password: str, said: bytes) -> None:
    with (
        double(ImapDouble()) as server,
        connected(options(server.port, auth="login"), credentials(user, password)),
    ):
        assert server.said == [said]


def test_oauth_without_a_token_says_what_to_set() -> None:
    error = refused(ImapDouble(), auth="xoauth2")
    assert isinstance(error, UsageError)
    assert "TIKETTI_IMAP_TOKEN" in str(error)


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ("xoauth2", b"user=support@acme.test\1auth=Bearer ya29.secret-token\1\1"),
        ("oauthbearer", b"n,a=support@acme.test,\1auth=Bearer ya29.secret-token\1\1"),
    ],
)
def test_a_token_goes_as_its_mechanism_wants(auth: str, said: bytes) -> None:
    with double(ImapDouble()) as server, connected(options(server.port, auth=auth), token()):
        assert server.said == [said]


def test_signs_that_mean_something_in_a_message_are_escaped_in_names() -> None:
    who = ImapCredentials("a=b,c", token=SecretStr("ya29"))
    with double(ImapDouble()) as server, connected(options(server.port, auth="oauthbearer"), who):
        assert server.said == [b"n,a=a=3Db=2Cc,\1auth=Bearer ya29\1\1"]


@pytest.mark.parametrize(("auth", "reply"), [("xoauth2", b""), ("oauthbearer", b"\1")])
def test_why_a_token_is_refused_is_asked_and_told(auth: str, reply: bytes) -> None:
    server = ImapDouble(
        judge=lambda _: b"NO SASL authentication failed", reason=b64encode(json.dumps(CHALLENGE).encode())
    )
    error = refused(server, token(), auth=auth)
    assert isinstance(error, AccessDenied)
    assert "SASL authentication failed (OAuth: invalid_token, https://mail.acme.test/)" in str(error)
    assert "--token-command" in str(error)
    assert server.replies == [reply]


@pytest.mark.parametrize("reason", [b"bm8ganNvbg==", b64encode(b"[" * 40_000), b64encode(b'"\x1b[2J"'), b""])
def test_a_reason_that_is_no_object_is_told_as_it_is(reason: bytes) -> None:
    error = refused(ImapDouble(judge=lambda _: b"NO no", reason=reason), token())
    assert isinstance(error, AccessDenied)
    assert str(error).isprintable()
    assert len(str(error)) < 700


def test_a_reason_that_cannot_be_decoded_is_an_error_as_well() -> None:
    assert isinstance(refused(ImapDouble(judge=lambda _: b"NO no", reason=b"=A="), token()), SourceError)


def test_a_server_that_never_stops_asking_is_left() -> None:
    server = ImapDouble(answers={"AUTHENTICATE": [b"+ "] * 50 + [b"OK"]})
    assert isinstance(refused(server), SourceUnreachable)


def test_a_token_that_expired_is_asked_for_again(tmp_path: Path) -> None:
    counter = tmp_path / "count"
    code = f"f = open('{counter}', 'a+'); f.write('x'); print(f'token-{{f.tell()}}')"
    who = ImapCredentials(USER, token_command=f'{sys.executable} -c "{code}"')
    current = [b"token-1"]
    server = ImapDouble(
        judge=lambda said: b"OK" if b"Bearer " + current[0] + b"\1" in said else b"NO expired"
    )
    with double(server):
        connect(options(server.port), who).logout()
        connect(options(server.port), who).logout()
        assert len(server.said) == 2
        current[0] = b"token-2"
        connect(options(server.port), who).logout()
        current[0] = b"none"
        # Once: a new token that is refused, too, is told.
        with pytest.raises(AccessDenied):
            connect(options(server.port), who)
    assert counter.read_text() == "xxx"


@pytest.mark.parametrize(
    ("host_words", "answer", "hint"),
    [
        ("Gmail", b"NO [ALERT] Application-specific password required: https://x (Failure)", "app password"),
        ("Gmail", b"NO [ALERT] Please log in via your web browser: https://x (Failure)", "app password"),
        ("Microsoft", b"NO [AUTHENTICATIONFAILED] Basic auth is disabled", "OAuth token"),
        ("--user", b"NO [AUTHENTICATIONFAILED] Authentication failed.", "TIKETTI_IMAP_PASSWORD"),
        ("--user", b"BAD what is PLAIN?", "TIKETTI_IMAP_PASSWORD"),
    ],
)
def test_hints_by_what_the_server_says(host_words: str, answer: bytes, hint: str) -> None:
    error = refused(ImapDouble(judge=lambda _: answer))
    assert isinstance(error, AccessDenied)
    assert error.hint is not None
    assert host_words in error.hint
    assert hint in error.hint
    assert "[b" not in error.message


@pytest.mark.parametrize(
    "answer",
    [
        b"NO [UNAVAILABLE] Temporary authentication failure.",
        b"NO [ALERT] Too many simultaneous connections. (Failure)",
        b"NO [LIMIT] LOGIN Rate limit hit",
        b"NO Server Unavailable. 15",
        b"BAD Request is throttled. Suggested Backoff Time: 92339 milliseconds",
    ],
)
@pytest.mark.parametrize("auth", ["login", "plain"])
def test_a_server_that_is_only_busy_is_no_refusal(answer: bytes, auth: str) -> None:
    error = refused(ImapDouble(judge=lambda _: answer), auth=auth)
    assert isinstance(error, SourceUnreachable)
    assert answer.partition(b" ")[2].decode() in str(error)


@pytest.mark.parametrize("auth", ["login", "plain"])
def test_a_server_that_repeats_what_it_was_sent_gives_nothing_away(
    auth: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    encoded = b64encode(f"\0{USER}\0{PASSWORD}".encode())
    repeated = (lambda said: b"NO " + said) if auth == "login" else (lambda _: b"NO " + encoded)
    error = refused(ImapDouble(judge=repeated), auth=auth)
    assert encoded.decode() not in str(error) + caplog.text
    assert PASSWORD not in caplog.text
    assert "***" in str(error)


def test_nor_does_one_that_breaks_off_with_it() -> None:
    error = refused(ImapDouble(answers={"LOGIN": [f"* BYE {PASSWORD}".encode(), b"OK"]}), auth="login")
    assert isinstance(error, SourceUnreachable)
    assert "***" in str(error)


@pytest.mark.parametrize(
    ("host", "words", "by_token", "hint"),
    [
        ("imap.gmail.com", "Invalid credentials (Failure)", False, "app password"),
        ("imap.gmail.com", "Invalid credentials (Failure)", True, "https://mail.google.com/"),
        ("outlook.office365.com", "AUTHENTICATE failed.", False, "OAuth token"),
        ("outlook.office365.com", "LOGIN failed.", True, "IMAP.AccessAsUser.All"),
        ("imap.mail.yahoo.com", "no", False, "app password"),
        ("imap.163.com", "no", False, "code"),
        ("imap.gmx.net", "no", False, "switched on"),
        ("notgmail.com", "no", False, "--user"),
        ("imap.acme.test", "no", True, "about an hour"),
    ],
)
def test_hints_by_provider(host: str, words: str, by_token: bool, hint: str) -> None:
    assert hint in login_hint(host, words, by_token=by_token)
