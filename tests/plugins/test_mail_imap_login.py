"""Connecting to a mailbox and logging in: to a real Dovecot, and to a double for what that never says."""

import json
import logging
import socket
import ssl
import sys
import warnings
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from imapclient import IMAPClient, SocketTimeout
from pydantic import SecretStr

from dovecot import PASSWORD, USER, Dovecot, dovecot, dovecot_home, free_port
from mail_imap_double import ImapDouble, double, says_once
from tiketti_migrate.errors import AccessDenied, MigrationError, SourceError, SourceUnreachable, UsageError
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


def credentials(user: str = USER, password: str = PASSWORD, **given: Any) -> ImapCredentials:
    return ImapCredentials(user, password=SecretStr(password), **given)


def token(value: str = "ya29.secret-token") -> ImapCredentials:
    return ImapCredentials(USER, token=SecretStr(value))


def options(port: int, **given: Any) -> ImapOptions:
    return ImapOptions(**{"host": "127.0.0.1", "port": port, "security": "plain", **given})


def refused(server: ImapDouble, who: ImapCredentials | None = None, **given: Any) -> MigrationError:
    """The error of connecting to it, which holds no secret and hangs on no other error."""
    with double(server), pytest.raises(MigrationError) as caught:
        connect(options(server.port, **given), who or credentials())
    assert PASSWORD not in str(caught.value)
    assert "secret-token" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


@contextmanager
def connected(how: ImapOptions, who: ImapCredentials | None = None) -> Iterator[IMAPClient]:
    client = connect(how, who or credentials())
    try:
        yield client
    finally:
        client.shutdown()


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


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(context)
    server = ImapDouble(context=context, tls_first=True)
    error = refused(server, security="tls", ca_file=tmp_path / "ca.pem")
    assert "expired" in str(error)
    assert "renewed" in str(error)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read: No such file"), ("no certificate", "no certificates in PEM")],
)
def test_a_wrong_file_of_an_authority_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=words) as error:
        connect(options(1, security="tls", ca_file=path), credentials())
    assert str(path) in str(error.value)


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


def test_what_was_announced_before_the_login_is_forgotten() -> None:
    with (
        double(ImapDouble(before="IMAP4rev1 STARTTLS", after="IMAP4rev1 X-GM-EXT-1")) as server,
        connected(options(server.port)) as client,
    ):
        assert client.has_capability("X-GM-EXT-1")
        assert not client.has_capability("STARTTLS")
        assert not any(one.startswith("ID") for one in server.commands)


@pytest.mark.parametrize(
    "answer",
    [
        [b'* ID ("name" "Coremail")', b"OK"],
        [b"* ID NIL", b"OK"],
        [b"OK"],
        [b"BAD what?"],
        [b"* ID ((((", b"OK"],
    ],
)
def test_we_say_who_we_are_and_the_answer_does_not_matter(answer: list[bytes]) -> None:
    with double(ImapDouble(after="IMAP4rev1 ID", answers={"ID": answer})) as server:
        connect(options(server.port), credentials()).logout()
    assert any(one.startswith('ID ("name" "tiketti-migrate" "version" "') for one in server.commands)


def test_what_is_said_by_the_way_is_not_taken_for_what_the_server_can() -> None:
    server = ImapDouble(
        before="IMAP4rev1 X-NEW", answers={"LOGIN": [b"* CAPABILITY IMAP4rev1 X-OLD", b"OK welcome"]}
    )
    with double(server), connected(options(server.port, auth="login")) as client:
        assert client.has_capability("X-NEW")
        assert not client.has_capability("X-OLD")


def test_whoever_is_known_already_need_not_log_in() -> None:
    with double(ImapDouble(greeting=b"* PREAUTH welcome", after="IMAP4rev1 SORT")) as server:
        nobody = ImapCredentials(USER)
        connect(options(server.port), nobody).logout()
    assert server.said == []


@pytest.mark.parametrize(
    ("greeting", "error", "words"),
    [
        (b"* BYE [UNAVAILABLE] Temporary problem", SourceUnreachable, "Temporary problem"),
        (b"* BYE Too many connections from your host\x1b[2J", SourceUnreachable, "Too many connections"),
        (b"220 mail.acme.test ESMTP", UsageError, "does not speak IMAP"),
        (b"+OK POP3 ready", UsageError, "does not speak IMAP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n<html>", UsageError, "does not speak IMAP"),
        (b"\xff\xfe\x00" * 20, UsageError, "does not speak IMAP"),
        (b"* " + b"x" * 2_000_000, SourceUnreachable, "127.0.0.1"),
    ],
)
def test_greetings_that_let_nobody_in(greeting: bytes, error: type[Exception], words: str) -> None:
    found = refused(ImapDouble(greeting=greeting))
    assert type(found) is error
    assert words in str(found)
    assert str(found).isprintable()
    assert len(str(found)) < 600


@pytest.mark.parametrize("before", ["SMTP", "", "\x80"])
def test_a_server_that_knows_no_imap4_is_told(before: str) -> None:
    assert isinstance(refused(ImapDouble(before=before)), SourceError)


def test_a_server_that_hangs_up_without_a_word() -> None:
    with says_once() as port, pytest.raises(SourceUnreachable, match="closed the connection"):
        connect(options(port), credentials())


def test_a_server_that_does_not_speak_tls() -> None:
    with says_once(b"* OK ready\r\n") as port, pytest.raises(UsageError, match=r"not speak TLS.*starttls"):
        connect(options(port, security="tls"), credentials())


def test_a_server_that_says_nothing_is_not_waited_for_without_an_end() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(SourceUnreachable, match=r"does not answer.*--security"),
    ):
        connect(options(silent.getsockname()[1]), credentials(), timeout=SocketTimeout(connect=0.2, read=0.2))


def test_nothing_listens() -> None:
    with pytest.raises(SourceUnreachable, match="nothing listens at 127"):
        connect(options(free_port()), credentials())


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


def test_what_worked_before_may_work_again() -> None:
    who = credentials()
    with double(ImapDouble()) as server:
        connect(options(server.port), who).shutdown()
    # As behind a hotel's login page.
    assert type(refused(ImapDouble(greeting=b"HTTP/1.1 302 Found"), who)) is SourceUnreachable
    assert type(refused(ImapDouble(judge=lambda _: b"NO changed"), who)) is AccessDenied


def test_a_server_that_breaks_off_while_tls_is_set_up() -> None:
    with says_once() as port, pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1"):
        connect(options(port, security="tls"), credentials())


def test_a_server_whose_tls_is_too_old(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    error = refused(ImapDouble(context=context, tls_first=True), security="tls", ca_file=tmp_path / "ca.pem")
    assert type(error) is SourceError
    assert "TLS" in str(error)


def test_an_unknown_host() -> None:
    with pytest.raises((UsageError, SourceUnreachable), match=r"nowhere\.invalid:993"):
        connect(options(993, host="nowhere.invalid", security="tls"), credentials())


class TestStarttls:
    """What somebody in between could try before there is encryption."""

    @pytest.fixture
    def ca(self, tmp_path: Path) -> trustme.CA:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        return authority

    def server(self, ca: trustme.CA, **given: Any) -> ImapDouble:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1").configure_cert(context)
        return ImapDouble(**{"before": "IMAP4rev1 STARTTLS AUTH=PLAIN", "context": context, **given})

    def test_what_was_said_before_is_not_believed(self, ca: trustme.CA, tmp_path: Path) -> None:
        server = self.server(
            ca,
            greeting=b'* OK ready\r\n* LIST () "/" injected\r\n* CAPABILITY IMAP4rev1 STARTTLS X-EVIL',
            answers={"STARTTLS": [b"OK go on\r\n* CAPABILITY IMAP4rev1 X-WORSE\r\n* LIST () NIL worse"]},
        )
        how = {"security": "starttls", "ca_file": tmp_path / "ca.pem"}
        with double(server), connected(options(server.port, **how)) as client:
            assert client.list_folders() == []
            assert not client.has_capability("X-EVIL")
            assert not client.has_capability("X-WORSE")

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"before": "IMAP4rev1 AUTH=PLAIN"}, "offers no STARTTLS"),
            ({"greeting": b"* PREAUTH welcome"}, "before anything is encrypted"),
            ({"answers": {"STARTTLS": [b"NO not now"]}, "context": None}, "127.0.0.1"),
        ],
    )
    def test_nothing_is_sent_in_the_clear(
        self, ca: trustme.CA, tmp_path: Path, given: dict[str, Any], words: str
    ) -> None:
        server = self.server(ca, **given)
        error = refused(server, security="starttls", ca_file=tmp_path / "ca.pem")
        assert words in str(error)
        assert server.said == []
