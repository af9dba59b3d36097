"""A mailbox on a real Dovecot: what is read, that nothing changes there, and what a lost connection costs."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from dovecot import USER, Dovecot, dovecot, dovecot_home
from mail_filled import INBOX, a_mail, cut, filled, mailbox_of, put, running
from tiketti_migrate.api import Notice, Problem
from tiketti_migrate.errors import Interrupted, SourceUnreachable
from tiketti_migrate_mail.imap_mailbox import ImapMailbox
from tiketti_migrate_mail.imap_retry import Pace
from tiketti_migrate_mail.mailbox import Folder, FolderRemade, Head, Raw, Unread

MEBIBYTE = 1024 * 1024


@pytest.fixture
def home() -> Iterator[Path]:
    with dovecot_home() as path:
        yield path


def heads_of(mailbox: ImapMailbox, folder: Folder = INBOX) -> list[Head]:
    """Raises AssertionError for a Problem."""
    found = list(mailbox.heads(folder))
    assert all(isinstance(one, Head) for one in found), found
    return [one for one in found if isinstance(one, Head)]


def state_of(server: Dovecot) -> dict[str, str]:
    """Names and contents of all that makes up the mailbox; of lists of UIDs the validity and the UIDs."""
    root = server.home / "mail" / USER / "Maildir"
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_file() and not path.name.startswith("dovecot.index"):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.is_dir():
            found[name] = "folder"
    return found


def test_heads_and_mails_are_what_lies_in_the_folder(home: Path) -> None:
    with running(home, 1300) as (_, mailbox):
        folder = mailbox.folders()[0]
        heads = heads_of(mailbox, folder)
        mails = list(mailbox.mails(folder, [head.uid for head in heads]))
    assert [head.uid for head in heads] == list(range(1, 1301))
    assert [mail for mail in mails if isinstance(mail, Raw)] == [
        Raw(number + 1, a_mail(number), len(a_mail(number))) for number in range(1300)
    ]
    assert heads[7].header.splitlines()[0] == b"Message-ID: <7@acme.test>"
    assert b"not asked for" not in heads[7].header
    assert heads[7].size == len(a_mail(7))
    assert heads[7].flags >= {"seen"}
    assert heads[7].received is not None


def test_some_mails_are_read_and_those_that_are_gone_passed_over(home: Path) -> None:
    with running(home, 50) as (server, mailbox):
        heads_of(mailbox)
        for path in list((server.maildir() / "cur").iterdir())[:20]:
            if int(path.name.split(".")[0]) % 5 == 0:
                path.unlink()
        kept = sorted(
            int(path.name.split(".")[0]) - 1_500_000_000 + 1 for path in server.maildir().glob("cur/*")
        )
        wanted = [3, 4, 5, 11, 12, 29, 31, 41, 42, 50]
        mails = list(mailbox.mails(INBOX, wanted))
    assert [mail.uid for mail in mails] == [uid for uid in wanted if uid in kept]


def test_a_mail_that_others_delete_while_it_is_read_is_passed_over(home: Path) -> None:
    with running(home, 900) as (server, mailbox), mailbox_of(server) as other:
        heads_of(mailbox)
        reading = mailbox.mails(INBOX, range(1, 901))
        first = next(reading)
        client = other._session.wire().client
        client.select_folder("INBOX")
        client.delete_messages([700, 701, 850])
        client.expunge()
        found = [first.uid, *(mail.uid for mail in reading)]
    assert found == sorted(found)
    assert set(range(1, 901)) - set(found) <= {700, 701, 850}
    assert all(isinstance(uid, int) for uid in found)


def test_nothing_changes_on_the_server(home: Path) -> None:
    server = filled(home, 100)
    for number in range(100, 130):
        size = len(a_mail(number))
        name = f"{1_500_000_000 + number}.M1P1.host,S={size},W={size}"
        (server.maildir() / "new" / name).write_bytes(a_mail(number))
    put(server.maildir(folder="Sent"), 1, a_mail(1), flags="")
    folders = (INBOX, Folder("Sent", "sent", "Sent"))
    with dovecot(server):
        with mailbox_of(server, folders=folders) as mailbox:
            # Dovecot itself gives numbers to what it sees for the first time.
            for folder in mailbox.folders():
                heads_of(mailbox, folder)
        before = state_of(server)
        with mailbox_of(server, folders=folders) as mailbox:
            for folder in mailbox.folders():
                uids = [head.uid for head in heads_of(mailbox, folder)]
                assert sum(1 for _ in mailbox.mails(folder, uids)) == len(uids)
    assert state_of(server) == before
    assert sum(name.startswith("new/") for name in before) == 30


def test_twenty_cuts_cost_nothing(home: Path) -> None:
    told: list[Notice] = []
    with running(home, 2000, size=9000) as (server, _), mailbox_of(server, notify=told.append) as mailbox:
        uids = []
        for number, head in enumerate(mailbox.heads(INBOX)):
            assert isinstance(head, Head)
            uids.append(head.uid)
            if number % 400 == 150:
                cut(server)
        found = []
        for number, mail in enumerate(mailbox.mails(INBOX, uids)):
            assert isinstance(mail, Raw)
            assert mail.content == a_mail(mail.uid - 1, 9000)
            found.append(mail.uid)
            if number % 133 == 50:
                cut(server)
    assert uids == found == list(range(1, 2001))
    assert told
    assert all("trying again" in notice.text for notice in told)


def test_a_server_that_is_restarted_is_waited_for(home: Path) -> None:
    with running(home, 3000, size=9000) as (server, mailbox):
        uids = [head.uid for head in heads_of(mailbox)]
        reading = mailbox.mails(INBOX, uids)
        found = [mail.uid for mail in islice(reading, 100)]
        cut(server)
        server.stop()
        later = threading.Timer(0.3, server.start)
        later.start()
        found += [mail.uid for mail in reading]
        later.join()
    assert found == uids


def test_a_server_that_stays_away_is_given_up(home: Path) -> None:
    pace = Pace(first=0.001, longest=0.01)
    with running(home, 1000, size=9000) as (server, _), mailbox_of(server, pace=pace) as mailbox:
        uids = [head.uid for head in heads_of(mailbox)]
        reading = mailbox.mails(INBOX, uids)
        next(reading)
        cut(server)
        server.stop()
        with pytest.raises(SourceUnreachable, match="goes on from here"):
            list(reading)


def test_a_wait_ends_when_the_run_is_to_stop(home: Path) -> None:
    stopping = threading.Event()
    pace = Pace(first=60, longest=60)
    with (
        running(home, 1000, size=9000) as (server, _),
        mailbox_of(server, pace=pace, stopping=stopping, notify=lambda _notice: stopping.set()) as mailbox,
    ):
        uids = [head.uid for head in heads_of(mailbox)]
        reading = mailbox.mails(INBOX, uids)
        next(reading)
        cut(server)
        with pytest.raises(Interrupted):
            list(reading)


def test_numbers_that_mean_other_mails_are_noticed(home: Path) -> None:
    server = filled(home, 600)
    with dovecot(server), mailbox_of(server) as mailbox:
        folder = mailbox.folders()[0]
        uids = [head.uid for head in heads_of(mailbox, folder)]
        cut(server)
        server.stop()
        for path in list(server.maildir().glob("dovecot*")):
            path.unlink()
        (server.maildir() / "dovecot-uidlist").write_text("3 V99 N1 G0123456789abcdef0123456789abcdef\n")
        server.start()
        with pytest.raises(FolderRemade):
            list(mailbox.mails(folder, uids))
        # Looked at again as it is now, it can be read.
        again = folder._replace(validity="99")
        assert [head.uid for head in heads_of(mailbox, again)] == uids
        assert mailbox.state(again).validity == "99"


def test_a_folder_that_is_deleted_meanwhile_is_told(home: Path) -> None:
    server = filled(home, 1)
    for number in range(30):
        put(server.maildir(folder="Old"), number, a_mail(number))
    old = Folder("Old", "other", "Old")
    with dovecot(server), mailbox_of(server, folders=(INBOX, old)) as mailbox:
        folder = mailbox.folders()[1]
        uids = [head.uid for head in heads_of(mailbox, folder)]
        heads_of(mailbox, INBOX)
        shutil.rmtree(server.maildir(folder="Old"))
        left = list(mailbox.mails(folder, uids))
        problems = list(mailbox.heads(folder))
    assert [one.uid for one in left if isinstance(one, Unread)] == uids
    assert [(one.code, one.where) for one in problems if isinstance(one, Problem)] == [
        ("FOLDER_UNREADABLE", "Old")
    ]


def test_numbers_far_apart_are_no_trouble(home: Path) -> None:
    server = filled(home, 10)
    names = sorted(path.name for path in server.maildir().glob("cur/*"))
    wanted = [
        3,
        70,
        71,
        9_000,
        1_000_000,
        80_000_000,
        900_000_000,
        2_000_000_000,
        4_000_000_000,
        4_294_967_290,
    ]
    lines = [f"{uid} :{name.partition(':')[0]}\n" for uid, name in zip(wanted, names, strict=True)]
    start = "3 V1500000000 N4294967291 G0123456789abcdef0123456789abcdef\n"
    (server.maildir() / "dovecot-uidlist").write_text(start + "".join(lines))
    with dovecot(server), mailbox_of(server) as mailbox:
        assert [head.uid for head in heads_of(mailbox)] == wanted
        mails = list(mailbox.mails(INBOX, wanted))
    assert [mail.content for mail in mails if isinstance(mail, Raw)] == [a_mail(n) for n in range(10)]


def test_a_mail_that_is_too_large_is_cut(home: Path) -> None:
    server = filled(home, 3)
    large = a_mail(3, 60 * MEBIBYTE)
    put(server.maildir(), 3, large)
    put(server.maildir(), 4, a_mail(4))
    with dovecot(server), mailbox_of(server, largest=10 * MEBIBYTE) as mailbox:
        uids = [head.uid for head in heads_of(mailbox)]
        mails = list(mailbox.mails(INBOX, uids))
    assert [mail.uid for mail in mails] == [1, 2, 3, 4, 5]
    assert mails[3] == Raw(4, large[: 10 * MEBIBYTE], len(large))


def test_mails_can_be_read_without_their_heads(home: Path) -> None:
    with running(home, 700) as (_, mailbox):
        mails = list(mailbox.mails(INBOX, [1, 5, 699]))
    assert [mail.content for mail in mails if isinstance(mail, Raw)] == [a_mail(0), a_mail(4), a_mail(698)]


def test_two_folders_read_by_turns_are_not_mixed_up(home: Path) -> None:
    server = filled(home, 500)
    for number in range(500):
        put(server.maildir(folder="Sent"), number, a_mail(number + 1000))
    sent = Folder("Sent", "sent", "Sent")
    with dovecot(server), mailbox_of(server, folders=(INBOX, sent)) as mailbox:
        one, other = mailbox.mails(INBOX, range(1, 501)), mailbox.mails(sent, range(1, 501))
        for number in range(3):
            assert next(one) == Raw(number + 1, a_mail(number), len(a_mail(number)))
            assert next(other) == Raw(number + 1, a_mail(number + 1000), len(a_mail(number + 1000)))
        assert sum(1 for _ in one) == 497


MEASURED = """
import resource, sys, threading
from imapclient import IMAPClient
from tiketti_migrate_mail.imap_mailbox import ImapMailbox
from tiketti_migrate_mail.mailbox import Folder

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def connect():
    client = IMAPClient("127.0.0.1", int(sys.argv[1]), ssl=False, timeout=20)
    client.login(sys.argv[2], sys.argv[3])
    return client

before = peak()
mailbox = ImapMailbox(lambda _: [Folder("INBOX", "inbox", "INBOX")], connect,
    stopping=threading.Event(), notify=print, largest=50 * 1024 * 1024)
folder = mailbox.folders()[0]
uids = [head.uid for head in mailbox.heads(folder)]
print(sum(len(mail.content) for mail in mailbox.mails(folder, uids)), peak() - before)
"""


def test_memory_is_flat(home: Path) -> None:
    """300 MB of mails of 1 to 20 MB."""
    server = filled(home, 5)
    sizes = [MEBIBYTE, 3 * MEBIBYTE, 20 * MEBIBYTE, 6 * MEBIBYTE] * 10
    for number, size in enumerate(sizes, 5):
        put(server.maildir(), number, a_mail(number, size))
    with dovecot(server):
        command = [sys.executable, "-c", MEASURED, str(server.port), USER, server.users[USER]]
        shown = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout
    total, taken = map(int, shown.split())
    assert total == sum(path.stat().st_size for path in server.maildir().glob("cur/*"))
    assert taken < 80
