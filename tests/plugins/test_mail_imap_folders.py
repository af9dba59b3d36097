"""Which folders of a mailbox are read: on a real Dovecot, and of lists such as other servers send."""

from collections.abc import Iterator
from typing import Any

import pytest

from dovecot import Dovecot, dovecot, dovecot_home, free_port
from mail_imap_client import chosen, listed, names, session
from mail_imap_double import gmail
from tiketti_migrate.errors import UsageError
from tiketti_migrate_mail.folder_roles import role_by_name
from tiketti_migrate_mail.imap_folders import choose_folders
from tiketti_migrate_mail.mailbox import Folder

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
