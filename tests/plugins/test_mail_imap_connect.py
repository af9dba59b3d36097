"""What servers say before and after somebody logs in, and what is in between: TLS, greetings, errors."""

import socket
import ssl
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from imapclient import SocketTimeout

from dovecot import USER, free_port
from mail_imap_client import connected, credentials, options, refused
from mail_imap_double import ImapDouble, double, says_once
from tiketti_migrate.errors import AccessDenied, SourceError, SourceUnreachable, UsageError
from tiketti_migrate_mail.imap_connect import connect
from tiketti_migrate_mail.imap_credentials import ImapCredentials


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
