"""Lists of folders as servers send them: names in every form, odd lines, without an end."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient import imap_utf7

from mail_imap_client import chosen, listed, names, session
from mail_imap_double import ImapDouble, double
from tiketti_migrate.errors import SourceError, SourceUnreachable, UsageError
from tiketti_migrate_mail.imap_folders import choose_folders
from tiketti_migrate_mail.imap_list import readable, wire_name


@pytest.mark.parametrize(
    "line",
    [
        rb'* LIST (\NoSelect) "/" Box',
        rb'* LIST (\NonExistent \Noselect) "/" Box',
        rb'* LIST () "/" ""',
        b"* LIST",
        b"* LIST garbage (((",
        rb'* LIST (\Sent "/" Box',
        b"* LSUB () NIL Box",
        b"* STATUS Box (MESSAGES 3)",
        b"* OK [ALERT] Box",
    ],
)
def test_what_is_no_folder_is_passed_over(line: bytes) -> None:
    assert names(chosen([line, *listed("INBOX")], all_folders=True)) == ["INBOX"]


@pytest.mark.parametrize(
    ("line", "name", "key"),
    [
        (b'* LIST () NIL "flat/name"', "flat/name", "flat/name"),
        (b'* LIST () "." a.b', "a/b", "a.b"),
        (rb'* LIST () "\\" "a\\b"', "a/b", "a\\b"),
        (rb'* LIST () "/" "say \"hi\" \\o/"', 'say "hi" \\o/', 'say "hi" \\o/'),
        (b'* LIST () "/" {7}\r\nlit "\\x', 'lit "\\x', 'lit "\\x'),
        (b'* LIST () "/" Two words', "Two words", "Two words"),
        (b'* LIST () "/" "bad "quotes" here"', 'bad "quotes" here', 'bad "quotes" here'),
        (b'* LIST () "/" 2024', "2024", "2024"),
        (b'* LIST () "/" "NIL"', "NIL", "NIL"),
        (b'* LIST () "/" wild*%', "wild*%", "wild*%"),
        (b'* LIST () "/" "More" ("CHILDINFO" ("SUBSCRIBED"))', "More", "More"),
        (b'* LIST () "/" More ("CHILDINFO" ("SUBSCRIBED"))', "More", "More"),
        (b'* list () "/" "&ZeVnLIqe-"', "日本語", "&ZeVnLIqe-"),
        (b'* LIST () "/" "R&-D"', "R&D", "R&-D"),
        (b'* LIST () "/" "R&D"', "R&D", "R&D"),
        (b'* LIST () "/" "&AGE-bc"', "abc", "&AGE-bc"),
        ('* LIST () "/" "Kündigung"'.encode(), "Kündigung", "KÃ¼ndigung"),
        (b'* LIST () "/" "K\xfcndigung"', "Kündigung", "Kündigung"),
        (b'* LIST () "/" "a\x1b[2J\x00b"', "a\ufffd[2J\ufffdb", "a\x1b[2J\x00b"),
        (b'* LIST () "/" "&IC4-gpj.exe"', "\ufffdgpj.exe", "&IC4-gpj.exe"),
        (b'* LIST () "/" "&2AA-"', "\ufffd", "&2AA-"),
        (b'* LIST () "/" "&MAA-x"', " x", "&MAA-x"),
    ],
)
def test_names_in_every_form(line: bytes, name: str, key: str) -> None:
    line = line.replace(b"* list", b"* LIST")
    found = chosen([line, *listed("INBOX")], all_folders=True)
    assert [(one.name, one.key) for one in found[1:]] == [(name, key)]


@pytest.mark.parametrize("raw", ["Kündigung".encode(), b"K\xfcndigung", b"R&-D", rb"a\b"])
def test_a_folder_opens_under_the_name_that_it_was_listed_with(raw: bytes) -> None:
    quoted = wire_name(raw.decode("latin-1"))
    server = ImapDouble(answers={"LIST": [b'* LIST () "/" ' + quoted, b"OK"]})
    with double(server), session(server.port, folder=("*",)) as (client, options):
        client.select_folder(choose_folders(client, options)[0].key, readonly=True)
    assert server.commands[-1].encode("latin-1") == b"EXAMINE " + quoted


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_every_name_comes_back_from_modified_utf_7(name: str) -> None:
    wire = imap_utf7.encode(name).decode()
    shown = readable(wire, None)
    assert wire_name(wire)[1:-1].replace(rb"\"", b'"').replace(rb"\\", b"\\") == wire.encode()
    assert all(sign == " " or not sign.isspace() for sign in shown)
    if name.isprintable():
        assert shown == readable(imap_utf7.encode(shown).decode(), None)


@given(st.binary(max_size=60))
def test_no_name_is_an_error(raw: bytes) -> None:
    wire = raw.decode("latin-1")
    for delimiter in ("/", ".", None):
        assert "\x1b" not in readable(wire, delimiter)
        readable(wire, delimiter).encode()


def test_duplicates_and_the_inbox_in_any_case_are_one() -> None:
    lines = [*listed("Inbox", "INBOX", "Work", "Work")[:-1], rb'* LIST (\Sent) "/" Work', b"OK done"]
    assert [(one.key, one.role) for one in chosen(lines)] == [("Inbox", "inbox"), ("Work", "sent")]


@pytest.mark.parametrize(
    "answer",
    [
        [b"NO not for you"],
        [b"* NAMESPACE NIL NIL NIL", b"OK"],
        [b'* NAMESPACE (("" NIL))', b"OK"],
        [b'* NAMESPACE (("" "/" "X-PARAM" ("FLAG"))) NIL NIL', b"OK"],
        [b"* NAMESPACE ((((", b"OK"],
        [b"* NAMESPACE 1 2 3", b"OK"],
        [b"OK"],
    ],
)
def test_namespaces_that_nobody_can_understand_are_none(answer: Sequence[bytes]) -> None:
    found = chosen(listed("INBOX", "Sent"), after="IMAP4rev1 NAMESPACE", answers={"NAMESPACE": answer})
    assert names(found) == ["INBOX", "Sent"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"BAD User is authenticated but not connected.", SourceUnreachable),
        (b"NO [UNAVAILABLE] later", SourceUnreachable),
        (b"NO no", SourceError),
    ],
)
def test_a_list_that_is_refused(answer: bytes, error: type[Exception]) -> None:
    server = ImapDouble(answers={"LIST": [answer]})
    with double(server), session(server.port) as (client, options), pytest.raises(error):
        choose_folders(client, options)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b'* LIST () "/" {99999999999999}', SourceError),
        (b"* BYE Server is shutting down", SourceUnreachable),
        (b"<html>", SourceUnreachable),
    ],
)
def test_a_list_that_breaks_off(line: bytes, error: type[Exception]) -> None:
    server = ImapDouble(answers={"LIST": [line, b"OK"]})
    with double(server), session(server.port) as (client, options), pytest.raises(error):
        choose_folders(client, options)


def test_100_000_folders() -> None:
    lines = listed("INBOX", *(f"Kunden.{number}.Z&APw-rich" for number in range(100_000)), delimiter=".")
    assert len(chosen(lines, "Kunden/*1/z*h")) == 10_000


@pytest.mark.parametrize("sign", ["(", '\\"', "&", "&-", "*", ".", "&AAAA"])
def test_a_name_of_a_megabyte(sign: str) -> None:
    name = sign * (900_000 // len(sign))
    lines = [f'* LIST () "." "{name}"'.encode(), *listed("INBOX")]
    assert len(chosen(lines, "*")) == 2
    with pytest.raises(UsageError, match="no folder is called"):
        chosen(lines, f"*{sign}*" * 10 + "none")


def test_a_list_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiketti_migrate_mail.imap_list._LARGEST_ANSWER", 10_000)
    server = ImapDouble(answers={"LIST": listed(*(f"x{number}" for number in range(1000)))})
    with (
        double(server),
        session(server.port) as (client, options),
        pytest.raises(SourceError, match="without an end"),
    ):
        choose_folders(client, options)


def test_special_uses_are_asked_for_where_they_can_be() -> None:
    server = ImapDouble(
        after="IMAP4rev1 SPECIAL-USE LIST-EXTENDED", answers={"LIST": [rb'* LIST (\Sent) "/" INBOX', b"OK"]}
    )
    with double(server), session(server.port) as (client, options):
        choose_folders(client, options)
    assert 'LIST "" "*" RETURN (SPECIAL-USE)' in server.commands
