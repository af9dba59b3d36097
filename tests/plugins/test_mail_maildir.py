"""Maildir folders: names, flags, links, packed mails, changes while they are read."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mail_folders import Read, mail, read
from tiketti_migrate.errors import UsageError
from tiketti_migrate_mail.file_options import MaildirOptions
from tiketti_migrate_mail.mailbox import Head
from tiketti_migrate_mail.maildir import MaildirMailbox

FIRST = "1000000001.M1P1.host"


def put(folder: Path, name: str, content: bytes = mail("Hi")) -> Path:
    """A file ``cur/...`` or ``new/...`` of a folder that is made if need be."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def opened(*paths: Path, **options: object) -> MaildirMailbox:
    return MaildirMailbox(MaildirOptions(paths=paths, **options))  # type: ignore[arg-type]


def test_folders_of_maildir_plus_plus(tmp_path: Path) -> None:
    for name in (
        "",
        ".Sent",
        ".Projects.2024",
        ".Entw&APw-rfe",
        ".Trash",
        ".Kunden &- Co",
        ".Z&",
        ".übung",
    ):
        put(tmp_path / name, f"cur/{FIRST}:2,S")
    (tmp_path / ".git").mkdir()
    found = read(opened(tmp_path))
    assert found.names == ["INBOX", "Kunden & Co", "Projects/2024", "Sent", "Z&", "übung"]
    assert [folder.role for folder in found.folders[:4]] == ["inbox", "other", "other", "sent"]
    assert found.told() == [("FOLDER_LEFT_OUT", "drafts, junk and trash", 0)]
    assert "Entwürfe, Trash" in found.problems[0].message


def test_folders_in_folders(tmp_path: Path) -> None:
    for name in ("Inbox", "Inbox/Sub", "Archive/Deep/Deeper", "INBOX.Sent", "a/b", ".a.directory/c"):
        put(tmp_path / name, f"new/{FIRST}")
    (tmp_path / "a/other").mkdir()
    found = read(opened(tmp_path))
    assert found.names == ["Inbox", "a/b", "a/c", "Archive/Deep/Deeper", "INBOX/Sent", "Inbox/Sub"]


def test_several_accounts_are_told_apart(tmp_path: Path) -> None:
    for account in ("support", "sales"):
        put(tmp_path / account, f"new/{FIRST}")
        put(tmp_path / account / ".Sent", f"new/{FIRST}")
    found = read(opened(tmp_path / "support", tmp_path / "sales"))
    assert found.names == ["sales/INBOX", "support/INBOX", "sales/Sent", "support/Sent"]


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("cur/1.host:2,", set()), ("cur/1.host:2,S", {"seen"}), ("cur/1.host:2,RS", {"seen", "answered"}),
        ("cur/1.host;2,FS", {"seen", "flagged"}), ("cur/1.host!2,DS", {"seen", "draft"}),
        ("new/1.host", set()),
        ("cur/1.host:2,PSabc", {"seen"}), ("cur/1.host,S=12,W=14:2,S", {"seen"}), ("cur/1.host", set()),
        ("cur/1.host:1,x", set()),
    ],
)  # fmt: skip
def test_flags_stand_in_the_name(tmp_path: Path, name: str, flags: set[str]) -> None:
    put(tmp_path, name)
    found = read(opened(tmp_path))
    assert [head.flags for head in found.all_heads()] == [frozenset(flags)]
    assert found.contents() == [mail("Hi")]


def test_deleted_ones_and_those_on_their_way_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "cur/1.host:2,ST")
    put(tmp_path, "tmp/2.host")
    put(tmp_path, "cur/3.host:2,S", mail("There"))
    put(tmp_path, "cur/.nfs4711")
    found = read(opened(tmp_path))
    assert (found.contents(), found.told()) == ([mail("There")], [("DELETED_MAIL", "INBOX", 0)])


def test_numbers_rise_with_the_names_and_stay_when_flags_change(tmp_path: Path) -> None:
    names = ["1000000003.b", "1000000001.a", "1000000002.c", "1000000001.a2"]
    paths = [put(tmp_path, f"new/{name}", mail(name)) for name in names]
    box = opened(tmp_path)
    before = read(box)
    assert [raw.content for raw in before.raws["INBOX"]] == [mail(name) for name in sorted(names)]
    for path in paths:
        path.rename(tmp_path / "cur" / f"{path.name}:2,S")
    after = read(opened(tmp_path))
    assert after.folders == before.folders
    assert after.contents() == before.contents()
    put(tmp_path, "new/1000000000.z")
    assert read(opened(tmp_path)).folders[0].validity != before.folders[0].validity


def test_mails_that_move_or_go_while_they_are_read(tmp_path: Path) -> None:
    paths = [put(tmp_path, f"new/{n}.host", mail(str(n))) for n in range(1, 5)]
    box = opened(tmp_path)
    (folder,) = box.folders()
    paths[0].rename(tmp_path / "cur/1.host:2,S")
    heads = [one for one in box.heads(folder) if isinstance(one, Head)]
    assert (heads[0].uid, heads[0].flags) == (1, frozenset({"seen"}))
    paths[1].unlink()
    paths[2].rename(tmp_path / "cur/3.host:2,RS")
    put(tmp_path, "new/0.host")
    found = list(box.mails(folder, [head.uid for head in heads]))
    assert [raw.content for raw in found] == [mail("1"), mail("3"), mail("4")]
    assert [raw.uid for raw in found] == [1, 3, 4]


def test_packed_mails_of_dovecot(tmp_path: Path) -> None:
    large = mail("Hi", b"x" * 2_000_000 + b"\n")
    put(tmp_path, "cur/1.host,S=40:2,S", gzip.compress(mail("Packed")))
    put(tmp_path, "cur/2.host:2,S", gzip.compress(large))
    put(tmp_path, "cur/3.host:2,S", b"\x28\xb5\x2f\xfd....")
    put(tmp_path, "cur/4.host:2,S", gzip.compress(mail("Broken"))[:-20])
    put(tmp_path, "cur/5.host:2,S", b"\x1f\x8bnothing")
    found = read(opened(tmp_path, largest_mail=1))
    assert [head.size for head in found.all_heads()][:2] == [len(mail("Packed")), len(large)]
    assert found.contents()[0] == mail("Packed")
    assert found.contents()[1] == large[:1_000_000]
    assert found.raws["INBOX"][1].size > 1_000_000
    assert [(one.code, one.where) for one in found.problems] == [
        ("UNREADABLE_FILE", "INBOX/3.host:2,S"), ("UNREADABLE_FILE", "INBOX/5.host:2,S")
    ]  # fmt: skip
    assert "zstd" in found.problems[0].message


def test_a_bomb_is_unpacked_to_the_limit(tmp_path: Path) -> None:
    put(tmp_path, "cur/1.host:2,S", gzip.compress(mail("Bomb") + b"\0" * 200_000_000, compresslevel=1))
    found = read(opened(tmp_path, largest_mail=1))
    assert len(found.contents()[0]) == 1_000_000


def test_when_a_mail_came_is_the_earlier_of_name_and_file(tmp_path: Path) -> None:
    os.utime(put(tmp_path, "cur/1000000001.a:2,S"), (1_700_000_000, 1_700_000_000))
    os.utime(put(tmp_path, "cur/1700000001.b:2,S"), (1_000_000_000, 1_000_000_000))
    os.utime(put(tmp_path, "cur/unnumbered:2,S"), (1_000_000_002, 1_000_000_002))
    found = [head.received for head in read(opened(tmp_path)).all_heads()]
    assert found == [datetime.fromtimestamp(second, UTC) for second in (1e9 + 1, 1e9, 1e9 + 2)]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(mail("Secret"))
    box = tmp_path / "box"
    put(box, "cur/1.host:2,S", mail("Hi"))
    (box / "cur/2.host:2,S").symlink_to(tmp_path / "secret")
    (box / "cur/3.host:2,S").symlink_to(box / "cur/1.host:2,S")
    put(tmp_path / "elsewhere", "cur/1.host:2,S")
    (box / ".Sent").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(box / "cur/4.host:2,S")
    found = read(opened(box))
    assert found.contents() == [mail("Hi"), mail("Hi")]
    assert [one[:2] for one in found.told()] == [
        ("LINK_OUTSIDE", str(box / ".Sent")), ("LINK_OUTSIDE", "INBOX/2.host:2,S")
    ]  # fmt: skip


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    put(tmp_path, "cur/1.host:2,S").chmod(0)
    put(tmp_path, "cur/2.host:2,S", mail("Ho"))
    found = read(opened(tmp_path))
    assert (found.contents(), found.told()) == ([mail("Ho")], [("UNREADABLE_FILE", "INBOX/1.host:2,S", 1)])


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsencode(put(tmp_path, "cur/1.host:2,S", mail("Hi")).parent) + b"/\xff\n.host:2,S"
    Path(os.fsdecode(name)).write_bytes(mail("Odd"))
    box = opened(tmp_path)
    found = read(box)
    assert found.contents() == [mail("Hi"), mail("Odd")]
    shown = box.where(found.folders[0], 2)
    assert shown.startswith("INBOX/")
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("name", "words"),
    [("nothing", "there is no such folder"), ("file", "import mbox"), ("empty", "cur, new and tmp")],
)
def test_a_wrong_path_is_refused_with_a_hint(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match=words):
        opened(tmp_path / name).folders()


def test_an_empty_folder_is_read_as_empty(tmp_path: Path) -> None:
    put(tmp_path, "tmp/x")
    found: Read = read(opened(tmp_path))
    assert (found.names, found.contents(), found.told()) == (["INBOX"], [], [])
