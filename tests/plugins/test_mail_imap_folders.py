"""Which folders of a mailbox are read: on a real Dovecot, and of lists such as other servers send."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient import IMAPClient, imap_utf7
from pydantic import SecretStr

from dovecot import PASSWORD, USER, Dovecot, dovecot, dovecot_home, free_port
from mail_imap_double import ImapDouble, double, gmail
from tiketti_migrate.errors import SourceError, SourceUnreachable, UsageError
from tiketti_migrate_mail.imap_connect import connect
from tiketti_migrate_mail.imap_credentials import ImapCredentials
from tiketti_migrate_mail.imap_folders import choose_folders
from tiketti_migrate_mail.imap_list import readable, wire_name
from tiketti_migrate_mail.imap_options import ImapOptions
from tiketti_migrate_mail.imap_roles import role_by_name
from tiketti_migrate_mail.mailbox import Folder

OTHER = "anna@acme.test"


@contextmanager
def session(port: int, **given: Any) -> Iterator[tuple[IMAPClient, ImapOptions]]:
    options = ImapOptions(host="127.0.0.1", port=port, security="plain", **given)
    client = connect(options, ImapCredentials(USER, password=SecretStr(PASSWORD)))
    try:
        yield client, options
    finally:
        client.shutdown()


def chosen(
    lines: Sequence[bytes],
    *folders: str,
    after: str = "IMAP4rev1",
    answers: dict[str, Sequence[bytes]] | None = None,
    **given: Any,
) -> list[Folder]:
    server = ImapDouble(after=after, answers={"LIST": lines, **(answers or {})})
    with double(server), session(server.port, folder=folders, **given) as (client, options):
        return choose_folders(client, options)


def names(found: Sequence[Folder]) -> list[str]:
    return [one.name for one in found]


def listed(*wire: str, delimiter: str = "/") -> list[bytes]:
    return [*(f'* LIST () "{delimiter}" "{name}"'.encode() for name in wire), b"OK done"]


NAMESPACES = """
namespace inbox {
  inbox = yes
  separator = .
  prefix = INBOX.
  mailbox Enviados {
    special_use = \\Sent
  }
  mailbox Bin2 {
    special_use = \\Trash
  }
}
namespace {
  type = shared
  separator = .
  prefix = shared.%%u.
  location = maildir:%%h/Maildir:INDEXPVT=~/shared/%%u
  list = children
}
namespace {
  type = public
  separator = .
  prefix = Public.
  location = maildir:{home}/public
  list = yes
}
plugin {
  acl = vfile
  acl_shared_dict = file:{home}/shared.db
}
mail_plugins = acl
protocol imap {
  mail_plugins = acl imap_acl
}
"""


@pytest.fixture(scope="module")
def real() -> Iterator[Dovecot]:
    with dovecot_home() as home:
        server = Dovecot(home, free_port(), extra=NAMESPACES.replace("{home}", str(home)))
        for name in ("", "Enviados", "Bin2", "Drafts", "Kunden", "Kunden.Z&APw-rich", "Kunden.2024"):
            server.maildir(folder=name)
        server.maildir(folder="A &- B.&BB8EQAQ4BDIENQRC-")
        public = home / "public" / ".Support"
        for part in ("cur", "new", "tmp"):
            (public / part).mkdir(parents=True)
        (public / "dovecot-acl").write_text("anyone lr\n")
        for path in (home / "public", *(home / "public").rglob("*")):
            path.chmod(0o777)
        with dovecot(server):
            yield server


def test_inbox_and_sent_by_default(real: Dovecot) -> None:
    with session(real.port) as (client, options):
        found = choose_folders(client, options)
    assert [(one.name, one.role, one.key) for one in found] == [
        ("INBOX", "inbox", "INBOX"),
        ("INBOX/Enviados", "sent", "INBOX.Enviados"),
    ]


def test_all_folders_but_trash_and_drafts_and_also_shared_ones(real: Dovecot) -> None:
    with session(real.port, all_folders=True) as (client, options):
        found = choose_folders(client, options)
        # Each opens by its key, under whatever name it has.
        opened = [client.select_folder(one.key, readonly=True)[b"EXISTS"] for one in found]
    assert opened == [0] * len(found)
    assert names(found) == [
        "INBOX",
        "INBOX/Enviados",
        "INBOX/A & B/Привет",
        "INBOX/Kunden",
        "INBOX/Kunden/2024",
        "INBOX/Kunden/Zürich",
        "Public/Support",
    ]


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        (("kunden/*",), ["INBOX/Kunden/2024", "INBOX/Kunden/Zürich"]),
        (("INBOX/Kunden/ZÜRICH", "inbox"), ["INBOX", "INBOX/Kunden/Zürich"]),
        (("Kunden/20??",), ["INBOX/Kunden/2024"]),
        (("bin2",), ["INBOX/Bin2"]),
        (("Public/*",), ["Public/Support"]),
        (("A & B/*",), ["INBOX/A & B/Привет"]),
        (
            ("*",),
            [
                *("INBOX", "INBOX/Enviados", "INBOX/A & B/Привет", "INBOX/Bin2", "INBOX/Drafts"),
                *("INBOX/Kunden", "INBOX/Kunden/2024", "INBOX/Kunden/Zürich"),
            ],
        ),
    ],
)
def test_globs(real: Dovecot, globs: tuple[str, ...], expected: list[str]) -> None:
    with session(real.port, folder=globs) as (client, options):
        assert names(choose_folders(client, options)) == expected


def test_a_glob_that_matches_nothing_names_what_there_is(real: Dovecot) -> None:
    with (
        session(real.port, folder=("Inbox", "Suport")) as (client, options),
        pytest.raises(UsageError) as error,
    ):
        choose_folders(client, options)
    assert "--folder: no folder is called Suport (there is INBOX, INBOX/A & B/Привет, " in str(error.value)


def test_what_exchange_lists_beside_mail_can_be_left_out() -> None:
    lines = listed("INBOX", "Calendar", "Calendar/Birthdays", "Contacts", "Sent Items", "Clients")
    without = ("calendar*", "Contacts")
    assert names(chosen(lines, all_folders=True, without_folder=without)) == [
        "INBOX",
        "Sent Items",
        "Clients",
    ]
    assert names(chosen(lines, "C*", without_folder=without)) == ["Clients"]
    with pytest.raises(UsageError, match="--without-folder: no folder is called Calender"):
        chosen(lines, all_folders=True, without_folder=("Calender",))
    with pytest.raises(UsageError, match="no folder to be read"):
        chosen(lines, without_folder=("*",))


def test_gmail_is_read_by_all_mail_alone() -> None:
    after = "IMAP4rev1 X-GM-EXT-1 SPECIAL-USE"
    alone = [Folder("[Gmail]/Alle Nachrichten", "all", "[Gmail]/Alle Nachrichten")]
    assert chosen(gmail(), after=after) == alone
    assert chosen(gmail(), after=after, all_folders=True) == alone


def test_gmail_s_brackets_stand_for_themselves() -> None:
    found = chosen(gmail(), "[Gmail]/Entwürfe", "[gmail]/p*", after="IMAP4rev1 X-GM-EXT-1")
    assert found == [
        Folder("[Gmail]/Entwürfe", "drafts", "[Gmail]/Entw&APw-rfe"),
        Folder("[Gmail]/Papierkorb", "trash", "[Gmail]/Papierkorb"),
    ]


def test_all_and_a_folder_of_those_that_are_left_out() -> None:
    lines = listed("INBOX", "Trash", "Spam", "Projects")
    assert names(chosen(lines, "spam", all_folders=True)) == ["INBOX", "Projects", "Spam"]


def test_a_folder_of_all_mail_without_labels_is_read_only_if_it_is_named() -> None:
    lines = [rb'* LIST (\All) "/" virtual/All', *listed("INBOX", "Sent", "Work")]
    assert names(chosen(lines)) == ["INBOX", "Sent"]
    assert names(chosen(lines, all_folders=True)) == ["INBOX", "Sent", "Work"]
    assert names(chosen(lines, "virtual/all")) == ["virtual/All"]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Sent Items", "sent"),
        ("GESENDETE ELEMENTE", "sent"),
        ("E\u0301le\u0301ments envoye\u0301s", "sent"),
        ("Отправленные", "sent"),
        ("送信済み", "sent"),
        ("Lähetetyt", "sent"),
        ("Posta inviata", "sent"),
        ("Entwürfe", "drafts"),
        ("Junk E-mail", "junk"),
        ("Papierkorb", "trash"),
        ("Deleted Items", "trash"),
        ("Archiv", "archive"),
        ("Sent to ACME", "other"),
        ("Trashcans", "other"),
        ("", "other"),
    ],
)
def test_roles_by_the_names_that_programs_give(name: str, role: str) -> None:
    assert role_by_name(name) == role


def test_a_name_tells_a_role_only_at_the_top_and_below_the_inbox() -> None:
    lines = listed("INBOX", "INBOX.Sent", "Gesendet", "Kunden.Sent", "INBOX.Kunden.Sent", delimiter=".")
    assert names(chosen(lines)) == ["INBOX", "Gesendet", "INBOX/Sent"]


def test_a_flag_tells_more_than_a_name() -> None:
    lines = [rb'* LIST (\Junk) "/" Sent', rb'* LIST (\SENT \HasNoChildren) "/" Trash', *listed("INBOX")]
    assert [(one.name, one.role) for one in chosen(lines)] == [("INBOX", "inbox"), ("Trash", "sent")]


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


def test_inbox_first_then_sent_then_archives_then_by_name() -> None:
    lines = listed("zeta", "Éa", "Archive", "Trash", "inbox", "Sent", "eb", "Work/2024", "work")
    assert names(chosen(lines, "*")) == [
        *("inbox", "Sent", "Archive", "eb", "Trash", "work", "Work/2024", "zeta", "Éa"),
    ]


def test_without_an_inbox_it_says_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"no folder to be read.*there is Work"):
        chosen(listed("Work"))
    with pytest.raises(UsageError, match="lists no folders"):
        chosen([b"OK done"])


def test_at_most_twenty_names_are_told() -> None:
    with pytest.raises(UsageError, match="and 80 more") as error:
        chosen(listed(*(f"{number:03}{'x' * 500}" for number in range(100))), "none")
    assert len(str(error.value)) < 2500


def test_special_uses_are_asked_for_where_they_can_be() -> None:
    server = ImapDouble(
        after="IMAP4rev1 SPECIAL-USE LIST-EXTENDED", answers={"LIST": [rb'* LIST (\Sent) "/" INBOX', b"OK"]}
    )
    with double(server), session(server.port) as (client, options):
        choose_folders(client, options)
    assert 'LIST "" "*" RETURN (SPECIAL-USE)' in server.commands


FOREIGN = b'* NAMESPACE (("" "/")) (("user/" "/")) (("#shared/" "/")("" "/"))'


def test_folders_of_others_are_read_only_if_they_are_named_or_all_are() -> None:
    lines = listed("INBOX", "Work", "user/anna", "user/anna/Sent", "user/anna/Trash", "#shared/Help")
    how: dict[str, Any] = {"after": "IMAP4rev1 NAMESPACE", "answers": {"NAMESPACE": [FOREIGN, b"OK"]}}
    assert names(chosen(lines, **how)) == ["INBOX"]
    assert names(chosen(lines, "*", **how)) == ["INBOX", "Work"]
    with pytest.raises(UsageError, match="no folder is called Help"):
        chosen(lines, "Help", **how)
    assert names(chosen(lines, "user/ANNA*", **how)) == ["user/anna/Sent", "user/anna", "user/anna/Trash"]
    everything = chosen(lines, all_folders=True, **how)
    assert names(everything) == ["INBOX", "user/anna/Sent", "#shared/Help", "user/anna", "Work"]


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
